import { createHash } from 'node:crypto';
import t from 'tap';
import { newMemory, reserve } from '../../src/wasm/assembler.js';
import { RangedMd5, type Ranges } from '../../src/checksum/stream/ranged-md5.js';
import { Random } from '../support/random-trees.js';

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const hex = (digest: Uint8Array): string => Buffer.from(digest).toString('hex');

/** Feeds `stream` in pieces of random lengths, has another one go on now and then, and ranges watched from some piece on. */
function digest(stream: Uint8Array, ranges: Ranges, random: Random): { whole: string; first: number; ended: string[] } {
  const memory = newMemory(0);
  let running = new RangedMd5(memory);
  const at = reserve(memory, stream.length) + 64 * random.below(3);
  const ended: string[] = [];
  let first = -1;
  for (let done = 0; done < stream.length;) {
    if (first < 0 && random.below(4) === 0) running = new RangedMd5(memory, running.begun);
    if (first < 0 && random.below(2) === 0) first = running.watch(ranges);
    const length = Math.min(64 * (1 + random.below(20)), stream.length - done);
    const bytes = new Uint8Array(memory.buffer, at, length);
    bytes.set(stream.subarray(done, done + length));
    ended.push(...running.update(bytes).map(hex));
    done += length;
  }
  if (first < 0) first = running.watch(ranges);
  return { whole: hex(running.digest()), first, ended };
}

t.test('a stream and its ranges have the digests that node:crypto gives, for all lengths', async (t) => {
  const random = new Random(7);
  for (let length = 0; length < 700; length++) {
    const stream = random.bytes(length + 64 * random.below(30));
    const offsets: number[] = [];
    const lengths: number[] = [];
    for (let position = 0; position < stream.length;) {
      const range = Math.min(1 + random.below(random.below(2) === 0 ? 200 : 5000), stream.length - position);
      offsets.push(position);
      lengths.push(range);
      position = 64 * (Math.ceil((position + range) / 64) + random.below(3));
    }
    const ranges = { offsets: Float64Array.from(offsets), lengths: Float64Array.from(lengths) };
    const { whole, first, ended } = digest(stream, ranges, random);
    const expected = offsets.map((offset, i) => md5(stream.subarray(offset, offset + lengths[i]))).slice(first);
    if (whole !== md5(stream)) t.fail(`stream of ${stream.length} bytes`);
    if (ended.join() !== expected.join()) t.fail(`ranges of a stream of ${stream.length} bytes`);
  }
  t.pass('700 streams');
});

t.test('ranges that begin before the watch are left out', async (t) => {
  const memory = newMemory(0);
  const running = new RangedMd5(memory);
  const at = reserve(memory, 256);
  running.update(new Uint8Array(memory.buffer, at, 128));
  t.equal(running.watch({ offsets: Float64Array.of(0, 64, 128), lengths: Float64Array.of(64, 100, 1) }), 2);
  t.strictSame(running.update(new Uint8Array(memory.buffer, at, 64)).map(hex), [md5(new Uint8Array(1))]);
});
