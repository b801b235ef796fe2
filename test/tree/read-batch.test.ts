import t from 'tap';
import { spawnSync } from 'node:child_process';
import { appendFileSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, type Algorithm } from '../../src/checksum/digest.js';
import { examine } from '../../src/tree/examine.js';
import { BIT, digestFound, packFiles, STATE } from '../../src/tree/file-batch.js';
import { readBatch } from '../../src/tree/read-batch.js';
import { readHead } from '../../src/tree/head.js';
import type { ReadTask } from '../../src/tree/read-facts.js';
import { Random } from '../support/random-trees.js';

/** Around the pieces and blocks in which digests are computed, and two that are longer than all others together. */
const LENGTHS = [
  0,
  1,
  55,
  56,
  63,
  64,
  65,
  1023,
  1024,
  3000,
  65_535,
  65_536,
  65_537,
  131_072,
  200_000,
  3 << 20,
  1 << 20,
];

t.test('files of all lengths, hashed together or alone', async (t) => {
  const folder = t.testdir({});
  const random = new Random(1);
  const lengths = [...LENGTHS, ...Array.from({ length: 30 }, () => random.below(5000))];
  const contents = lengths.map((length) => random.bytes(length));
  const tasks = contents.map((content, i): ReadTask => {
    const path = join(folder, `${i}`);
    writeFileSync(path, content);
    const { size, mtimeNs, ino } = statSync(path, { bigint: true });
    const file = { prefix: '', rest: path, size: Number(size), mtimeNs, ino };
    const algorithms: Algorithm[] = i % 7 === 3 ? ['sha256'] : i % 7 === 4 ? ['md5', 'sha256'] : ['md5'];
    return { file, headLength: i % 2 === 0 ? 256 : 0, algorithms };
  });
  const path = (i: number): string => tasks[i].file.rest;
  unlinkSync(path(20));
  truncateSync(path(21), tasks[21].file.size - 1);
  appendFileSync(path(22), 'more');
  let read = 0;
  const outcomes = await readBatch(tasks, (length) => void (read += length));
  t.match(outcomes[20], { failure: 'open', reason: 'No such file or directory' });
  t.match(outcomes[21], { failure: 'changed' });
  t.match(outcomes[22], { failure: 'changed' });
  for (const [i, { algorithms, headLength, file }] of tasks.entries()) {
    if (i >= 20 && i <= 22) continue;
    const expected = Object.fromEntries(algorithms.map((each) => [each, digestOf(each, contents[i])]));
    const head = headLength > 0 ? readHead(file.rest, file.size, headLength) : undefined;
    t.strictSame({ ...outcomes[i] }, { ...(head && { head }), ...expected }, `${file.size} bytes`);
  }
  t.ok(read >= lengths.reduce((a, b) => a + b) - tasks[20].file.size - 1);
});

t.test('files of which nothing is known: looked at, or read at once', async (t) => {
  const folder = t.testdir({ folder: {} });
  const random = new Random(2);
  const contents = new Map<string, Uint8Array>();
  for (const length of LENGTHS) {
    const path = join(folder, `${length}`);
    contents.set(path, random.bytes(length));
    writeFileSync(path, contents.get(path) as Uint8Array);
  }
  const fifo = join(folder, 'fifo');
  spawnSync('mkfifo', [fifo]);
  symlinkSync('loop', join(folder, 'loop'));
  const others = ['gone', 'gone/1', 'gone/2', '3000/below', 'fifo', 'folder', 'loop'].map((name) => join(folder, name));
  const paths = [...contents.keys(), ...others];
  for (const wanted of [0, BIT.md5, BIT.sha256, BIT.md5 | BIT.sha256]) {
    const found = await examine(
      packFiles(paths.map((path) => ({ path, wanted, length: path.endsWith('/1023') ? 1000 : NaN }))),
      () => undefined,
    );
    const { missing, unreadable } = STATE;
    t.strictSame([...found.states.slice(-7)], [missing, missing, missing, missing, unreadable, unreadable, unreadable]);
    t.strictSame(
      [-3, -2, -1].map((i) => found.reasons.get(paths.length + i)),
      ['Not a regular file', 'Is a directory', 'Too many levels of symbolic links'],
    );
    for (const [i, [path, content]] of [...contents].entries()) {
      const stat = statSync(path, { bigint: true });
      t.equal(found.states[i], STATE.found);
      t.strictSame([found.sizes[i], found.mtimes[i], found.inodes[i]], [content.length, stat.mtimeNs, stat.ino]);
      for (const algorithm of ['md5', 'sha256'] as const) {
        const expected = wanted & BIT[algorithm] && !path.endsWith('/1023') ? digestOf(algorithm, content) : undefined;
        const digest = digestFound(found, i, algorithm);
        t.strictSame(digest && new Uint8Array(digest), expected, `${algorithm} of ${content.length} bytes`);
      }
    }
  }
});
