import t from 'tap';
import { spawnSync } from 'node:child_process';
import { appendFileSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/checksum/digest.js';
import { examine } from '../../src/tree/examine.js';
import { BIT, CHANGED, digestsFound, packFiles, STATE } from '../../src/tree/file-batch.js';
import { readHead } from '../../src/tree/head.js';
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

t.test('files that were found, of all lengths, hashed together or alone', async (t) => {
  const folder = t.testdir({});
  const random = new Random(1);
  const lengths = [...LENGTHS, ...Array.from({ length: 30 }, () => random.below(5000))];
  const contents = lengths.map((length) => random.bytes(length));
  const files = contents.map((content, i) => {
    const path = join(folder, `${i}`);
    writeFileSync(path, content);
    const digests = i % 7 === 3 ? BIT.sha256 : i % 7 === 4 ? BIT.md5 | BIT.sha256 : i % 7 === 5 ? 0 : BIT.md5;
    const wanted = digests === 0 || i % 2 === 0 ? digests | BIT.head : digests;
    return { path, wanted, length: content.length, ...statSync(path, { bigint: true }) };
  });
  unlinkSync(files[20].path);
  truncateSync(files[21].path, files[21].length - 1);
  appendFileSync(files[22].path, 'more');
  const found = {
    mtimes: BigInt64Array.from(files, ({ mtimeNs }) => mtimeNs),
    inodes: BigUint64Array.from(files, ({ ino }) => ino),
  };
  let read = 0;
  const count = (length: number): undefined => void (read += length);
  const findings = await examine({ ...packFiles(files), headLength: 256, found }, count);
  const { missing, unreadable } = STATE;
  t.strictSame([...findings.states.slice(20, 23)], [missing, unreadable, unreadable]);
  t.strictSame(
    [...findings.reasons],
    [21, 22].map((i) => [i, CHANGED]),
  );
  let expectedBytes = 0;
  for (const [i, { path, wanted, length }] of files.entries()) {
    if (i >= 20 && i <= 22) continue;
    const algorithms = (['md5', 'sha256'] as const).filter((each) => wanted & BIT[each]);
    const expected = Object.fromEntries(algorithms.map((each) => [each, digestOf(each, contents[i])]));
    const digests = digestsFound(findings, i);
    const copies = Object.fromEntries(Object.entries(digests).map(([each, digest]) => [each, new Uint8Array(digest)]));
    t.strictSame(copies, expected, `digests of ${length} bytes`);
    const head = wanted & BIT.head ? readHead(path, length, 256) : undefined;
    t.strictSame(findings.heads.get(i), head, `head of ${length} bytes`);
    expectedBytes += (algorithms.length > 0 ? length : 0) + (head ? 256 : 0);
  }
  t.equal(read, expectedBytes);
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
    const { missing, closed, unreadable } = STATE;
    t.strictSame([...found.states.slice(-7, -3)], [missing, missing, missing, missing]);
    t.strictSame([...found.states.slice(-3)], [unreadable, unreadable, closed]);
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
        const digest = digestsFound(found, i)[algorithm];
        t.strictSame(digest && new Uint8Array(digest), expected, `${algorithm} of ${content.length} bytes`);
      }
    }
  }
});
