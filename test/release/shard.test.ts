// Shares of a release, and lists of checksums: properties.
import fc from 'fast-check';
import t from 'tap';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toPath } from '../../src/format/bytes.js';
import { shardOf } from '../../src/release/shard.js';
import { sumsName, sumsText, writeSums } from '../../src/release/sums.js';

const images = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), size: fc.nat({ max: 1e9 }) }), {
  selector: ({ name }) => name,
  maxLength: 40,
});

t.test('every image is in exactly one share, the same one in every order', async () => {
  fc.assert(
    fc.property(images, fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.nat()), (list, count, random) => {
      const share = (all: typeof list): Map<string, number> =>
        new Map(
          Array.from({ length: count }, (_, i) => shardOf(all, { index: i + 1, count })).flatMap((mine, i) =>
            mine.map(({ name }) => [name, i]),
          ),
        );
      const together = Array.from({ length: count }, (_, i) => shardOf(list, { index: i + 1, count })).flat();
      if (together.length !== list.length || new Set(together).size !== list.length) return false;
      const [before, after] = [share(list), share([...list].sort(() => (random.next().value % 3) - 1))];
      return list.every(({ name }) => before.get(name) === after.get(name));
    }),
  );
});

t.test('shares are balanced: none is larger than the mean and the largest image', async () => {
  fc.assert(
    fc.property(images, fc.integer({ min: 1, max: 9 }), (list, count) => {
      const loads = Array.from({ length: count }, (_, i) =>
        shardOf(list, { index: i + 1, count }).reduce((sum, { size }) => sum + size + 1, 0),
      );
      const total = loads.reduce((sum, load) => sum + load, 0);
      const largest = Math.max(0, ...list.map(({ size }) => size + 1));
      return Math.max(...loads) <= total / count + largest;
    }),
  );
});

t.test('sha256sum and md5sum accept the lists, whatever the names', async (t) => {
  const cwd = t.testdir({});
  const names = ['b.iso', 'a b.iso', '*star', 'back\\slash', '\xfcmlaut', '-n', ' blank ', 'B.iso'];
  const files = names.map((name) => {
    const bytes = Buffer.from(name, 'latin1');
    writeFileSync(toPath(`${cwd}/${name}`), bytes);
    const digests = {
      md5: createHash('md5').update(bytes).digest('hex'),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
    return { name, digests };
  });
  for (const [algorithm, program] of [
    ['sha256', 'sha256sum'],
    ['md5', 'md5sum'],
  ] as const) {
    const path = join(cwd, sumsName(algorithm));
    t.equal(await writeSums(path, sumsText(files, algorithm)), true);
    const { status, stderr } = spawnSync(program, ['-c', '--strict', '--quiet', path], { cwd, encoding: 'utf8' });
    t.equal(status, 0, stderr);
    const listed = readFileSync(path, 'latin1')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\\?[0-9a-f]+ {2}/, ''));
    t.strictSame(listed, [...listed].sort(), 'sorted by bytes');
    const before = statSync(path);
    t.equal(await writeSums(path, sumsText([...files].reverse(), algorithm)), false, 'the same list is left alone');
    t.equal(statSync(path).ino, before.ino);
  }
});
