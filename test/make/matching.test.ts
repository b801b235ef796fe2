// The matcher against brute force, in small worlds of repetitions. test/long/matching.test.ts has many more of them.
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { rsum64 } from '../../src/checksum/rsum64.js';
import { MemoryReader } from '../../src/io/reader.js';
import { RunJoiner } from '../../src/make/run-matches.js';
import { checkWorld } from '../support/check-world.js';
import { bestCoverByForce, Random } from '../support/random-trees.js';
import { scan, type ScanWay } from '../support/scan.js';

/** Scans as it is, in short stretches, and with digests that are known. */
async function checkAll(
  t: Test,
  files: readonly Buffer[],
  image: Buffer,
  ways: readonly ScanWay[] = [],
): Promise<void> {
  const expected = bestCoverByForce(files, image, 256);
  for (const way of [{}, { stretch: 100 }, { known: true }, ...ways]) {
    const { parts } = await scan(join(t.testdir({}), 'world'), files, image, way);
    t.strictSame(parts, expected, JSON.stringify(way));
  }
}

t.test('two repetitions of one period that share bytes at their border', async (t) => {
  const first = Buffer.alloc(4096, Buffer.from([0, 0, 0, 1]));
  const second = Buffer.alloc(4096, Buffer.from([0, 0, 0, 2]));
  await checkAll(t, [first], Buffer.concat([first, second]));
  await checkAll(t, [first, second], Buffer.concat([first, second, first, second]));
  // The last bytes of the first are the first bytes of the second: three of a period of four.
  const turned = Buffer.from('2000'.repeat(1024));
  await checkAll(
    t,
    [Buffer.from('0001'.repeat(64)), turned],
    Buffer.concat([Buffer.from('1000'.repeat(1024)), turned]),
  );
});

t.test('equal sums of heads do not hide files', async (t) => {
  const words = ['abXYbaZW', 'baXYabZW'];
  const [one, other] = words.map((word) => Buffer.alloc(1024, word));
  t.strictSame(rsum64(one, 0, 256), rsum64(other, 0, 256));
  await checkAll(t, [one, other], Buffer.concat([one, other, one]));
  // One of the heads repeats itself, the other does not; the first of the tree gives the name.
  const once = Buffer.from(one);
  once.write(words[1], 8);
  t.strictSame(rsum64(one, 0, 256), rsum64(once, 0, 256));
  // The run is found by the third one's head.
  const image = Buffer.concat([Buffer.alloc(2000, 'XYbaZWab'), once, Buffer.alloc(1500, 'ZWabXYba'), once]);
  const turned = Buffer.alloc(300, 'baZWabXY');
  for (const files of [
    [one, once, turned],
    [once, one, turned],
  ]) {
    await checkAll(t, files, image);
  }
  // Both lie in one run, half a period apart.
  const [left, right] = ['abba', 'baab'].map((word) => Buffer.alloc(300, word));
  t.strictSame(rsum64(left, 0, 256), rsum64(right, 0, 256));
  await checkAll(t, [left, right], Buffer.from(`xx${'abba'.repeat(160)}`), [{ stretch: 2 }]);
});

t.test('a file that begins where a short run ends', async (t) => {
  const zeros = Buffer.alloc(300);
  const other = Buffer.concat([Buffer.alloc(250), new Random(1).bytes(400)]);
  for (let offset = 0; offset < 64; offset += 7) {
    const image = Buffer.concat([new Random(2).bytes(offset), zeros, other.subarray(250), new Random(3).bytes(100)]);
    await checkAll(t, [Buffer.alloc(256), other], image);
  }
});

t.test('a run that goes on where the next search sees no head of it', (t) => {
  const image = Buffer.concat([Buffer.alloc(603, 'abcdef'), Buffer.alloc(600, 'fedcba')]);
  const joiner = new RunJoiner(new MemoryReader(image));
  const run = { period: 6, start: 0, end: 600, heads: [{ head: 0, start: 0 }] };
  t.strictSame(joiner.add([run], 600), [], 'it may go on');
  const next = { period: 6, start: 603, end: 1203, heads: [{ head: 1, start: 603 }] };
  t.strictSame(joiner.add([next], Infinity), [{ ...run, end: 603 }, next]);
  t.end();
});

t.test('the best cover of every small world', async (t) => {
  const dir = t.testdir({});
  for (let seed = 1; seed <= 250; seed++) {
    const failure = await checkWorld(join(dir, 'world'), seed);
    if (failure) t.strictSame(failure.found, failure.expected, failure.name);
  }
  t.pass('250 worlds');
});
