import { createHash } from 'node:crypto';
import t from 'tap';
import { LANES_SCRATCH, Md5Lanes } from '../../src/checksum/md5-lanes.js';
import { Random } from '../support/random-trees.js';

const SCRATCH = 64;
const DATA = SCRATCH + Math.ceil(LANES_SCRATCH / 64) * 64;

t.test('gives what node:crypto gives, for all lengths, in any pieces', (t) => {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  const bytes = new Uint8Array(memory.buffer);
  const random = new Random(1);
  bytes.set(random.bytes(bytes.length - DATA), DATA);
  const lanes = new Md5Lanes(memory, SCRATCH);
  const lengths = [...Array.from({ length: 200 }, (_, i) => i), 1000, 4095, 4096, 4097, 30_000, 100_001];
  const wrong: number[] = [];
  for (const count of [1, 2, 3, 4, 5, lengths.length]) {
    const computed: number[] = [];
    lanes.hash(
      lengths.slice(-count).map((length) => {
        const start = DATA + random.below(1000);
        const expected = createHash('md5')
          .update(bytes.subarray(start, start + length))
          .digest('hex');
        return {
          length,
          // In pieces of 64 to 1063 bytes.
          locate: (offset) => ({ address: start + offset, length: 64 + random.below(1000) }),
          done: (digest) => {
            computed.push(length);
            if (Buffer.from(digest).toString('hex') !== expected) wrong.push(length);
          },
        };
      }),
    );
    t.equal(computed.length, count, 'every message has its digest');
  }
  t.strictSame(wrong, []);
  t.end();
});
