import { execFileSync } from 'node:child_process';
import { unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { MemoryReader } from '../../src/io/reader.js';
import { ExtentReader } from '../../src/rebuild/located.js';
import { headSum } from '../../src/rebuild/head-sum.js';
import { Plan } from '../../src/rebuild/plan.js';
import { findParts, type PartCache } from '../../src/rebuild/sources.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import type { TreeFile } from '../../src/tree/types.js';
import { rsum64, rsum64Bytes } from '../../src/checksum/rsum64.js';
import { Log } from '../support/log.js';
import { noise, part, templateOf, treeFile, type BuilderOptions } from '../support/template-builder.js';

function planFor(files: readonly Uint8Array[], options: BuilderOptions = {}): Plan {
  return new Plan(
    openTemplate(
      new MemoryReader(
        templateOf(
          files.map((bytes) => part(bytes)),
          options,
        ),
      ),
    ),
  );
}

function filesIn(t: Test, contents: Record<string, Uint8Array>): TreeFile[] {
  const dir = t.testdir();
  return Object.entries(contents).map(([name, bytes]) => {
    writeFileSync(`${dir}/${name}`, bytes);
    return treeFile(`${dir}/${name}`);
  });
}

/** `[part, leaf name, verified]` of what was found. */
async function find(...args: Parameters<typeof findParts>): Promise<[number, string, boolean][]> {
  const found = await findParts(...args);
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([part, { located, verified }]) => [part, located.name.replace(/.*\//, ''), verified]);
}

t.test('length and head decide; the digest only where they cannot', async (t) => {
  const [a, b, c] = [noise(2000), noise(2000, 2), noise(3000, 3)];
  const files = filesIn(t, { b, other: noise(2000, 4), c, a, again: a });
  t.same(await find(planFor([a, b, c]), files), [
    [0, 'a', false],
    [1, 'b', false],
    [2, 'c', false],
  ]);
  t.same(await find(planFor([a, b, c]), files, { strict: true }), [
    [0, 'a', true],
    [1, 'b', true],
    [2, 'c', true],
  ]);
  t.same(await find(planFor([a, b, c]), files, { wanted: [1] }), [[1, 'b', false]]);
  t.same(
    await find(planFor([a, b, c], { blockLength: 0 }), files),
    [
      [0, 'a', true],
      [1, 'b', true],
      [2, 'c', true],
    ],
    'without sums, by digest',
  );
  t.same(await find(planFor([a], { algorithm: 'sha256' }), files, { strict: true }), [[0, 'a', true]]);
});

t.test('many files with the same head', async (t) => {
  const alike = Array.from({ length: 40 }, (_, i) => Buffer.concat([Buffer.alloc(2000), noise(100, i + 1)]));
  const files = filesIn(t, Object.fromEntries(alike.map((bytes, i) => [`f${i}`, bytes])));
  const found = await find(planFor(alike.slice(0, 30)), files.reverse());
  t.same(
    found,
    Array.from({ length: 30 }, (_, i) => [i, `f${i}`, i > 0]),
    'each by its digest; the last one left needs none',
  );
});

t.test('files of other lengths are not opened', async (t) => {
  const a = noise(2000);
  const files = filesIn(t, { shorter: noise(1999), gone: a, a });
  for (const { rest } of files.slice(0, 2)) unlinkSync(rest);
  const log = new Log();
  t.same(await find(planFor([a]), files, { reporter: log }), [[0, 'a', false]]);
  t.equal(log.warnings.length, 1);
  t.match(log.warnings[0], /`.*gone' for input: No such file or directory - excluded/);
});

t.test('a file that cannot be read is told once, though images are looked into as well', async (t) => {
  const [a, short] = [noise(2000), noise(1500, 2)];
  const files = filesIn(t, { gone: a, a });
  unlinkSync(files[0].rest);
  const log = new Log();
  t.same(await find(planFor([a, short]), files, { reporter: log }), [[0, 'a', false]]);
  t.equal(log.warnings.length, 1);
});

t.test('what was read wholly is remembered', async (t) => {
  const a = noise(2000);
  const known: [string, string, Buffer][] = [];
  const cache: PartCache = {
    digest: () => undefined,
    remember: ({ rest }, algorithm, digest) => known.push([rest, algorithm, Buffer.from(digest)]),
  };
  const files = filesIn(t, { a });
  await find(planFor([a]), files, { cache });
  t.same(known, [], 'only its head was read');
  await find(planFor([a]), files, { cache, strict: true });
  t.same(known, [[files[0].rest, 'md5', Buffer.from(digestOf('md5', a))]]);
});

t.test('wrong head sums: what is not found otherwise is found by its digest', async (t) => {
  const [a, b, c] = [noise(2000), noise(2000, 2), noise(3000, 3)];
  const impostor = Buffer.from(a);
  impostor[1999] ^= 1;
  const kinds: Record<string, [NonNullable<BuilderOptions['wrongSum']>, number, boolean[]]> = {
    zeros: [() => new Uint8Array(8), 3, [true, true, true]],
    random: [(_, i) => noise(8, i + 50), 3, [true, true, true]],
    'of the first alone': [(right, i) => (i === 0 ? noise(8) : right), 1, [true, false, false]],
  };
  for (const [name, [wrongSum, wrong, verified]] of Object.entries(kinds)) {
    t.test(name, async (t) => {
      const files = filesIn(t, { impostor, b, other: noise(2000, 4), c, a, again: a });
      const plan = planFor([a, b, c], { wrongSum });
      const log = new Log();
      const names = ['a', 'b', 'c'];
      const all = (strict: boolean): [number, string, boolean][] =>
        names.map((name, i) => [i, name, strict || verified[i]]);
      t.same(await find(plan, files, { reporter: log }), all(false));
      t.same(log.warnings.length, 1);
      const told =
        wrong === 1 ? /\brsum64\) of 1 file are wrong - it was/ : /\brsum64\) of 3 files are wrong - they were/;
      t.match(log.warnings[0], told);
      t.same(await find(plan, files, { strict: true }), all(true));
      t.same(await find(plan, files, { wanted: [2] }), all(false).slice(2));

      execFileSync('tar', [
        '-C',
        dirname(files[0].rest),
        '-cf',
        `${files[0].rest}.tar`,
        'impostor',
        'b',
        'other',
        'c',
        'a',
      ]);
      const packed = `${files[0].rest}.iso.gz`;
      writeFileSync(packed, gzipSync(noise(5000)));
      const images = [treeFile(packed), treeFile(`${files[0].rest}.tar`)];
      const found = await find(plan, images, { reporter: log });
      t.same(
        found,
        all(false).map(([i, name, verified]) => [i, `impostor.tar: ${name}`, verified]),
        'in an image',
      );
      t.equal(log.warnings.length, 2, 'nothing of the packed one, since nothing is missing');
    });
  }
});

t.test('only what may still be wanted is read for its digest, and once', async (t) => {
  const [a, b] = [noise(2000), noise(3000, 3)];
  const impostor = Buffer.from(b);
  impostor[2999] ^= 1;
  const read: string[] = [];
  const cache: PartCache = {
    digest: () => undefined,
    remember: ({ rest }) => read.push(basename(rest)),
  };
  const log = new Log();
  const options = { cache, reporter: log, strict: true };
  const files = filesIn(t, { other: noise(2000, 4), a, impostor, different: noise(3000, 5), longer: noise(3001) });
  t.same(await find(planFor([a, noise(4000, 4)]), files, options), [[0, 'a', true]]);
  t.same(read, ['a'], 'other heads of that length are not looked at, since the part is there');
  read.length = 0;
  t.same(await find(planFor([a, b]), files, options), [[0, 'a', true]]);
  t.same(read, ['a', 'impostor', 'different']);
  t.same(log.warnings, [], 'nothing is wrong with the sums of what is nowhere');
});

t.test('interrupted', async (t) => {
  const a = noise(2000);
  await t.rejects(findParts(planFor([a]), filesIn(t, { a }), { signal: AbortSignal.abort() }), {
    message: 'Interrupted',
  });
});

t.test('sum of a head longer than the reading buffer', async (t) => {
  const bytes = noise(200_000);
  for (const length of [0, 1, 65_536, 65_537, 150_000, 300_000]) {
    const expected = Buffer.from(rsum64Bytes(rsum64(bytes, 0, Math.min(length, bytes.length)))).toString('latin1');
    t.equal(headSum(new MemoryReader(bytes), length), expected, `${length}`);
  }
});

t.test('extents as a file', async (t) => {
  const bytes = noise(1000);
  const extents = [
    { offset: 500, length: 100 },
    { offset: 0, length: 50 },
    { offset: 900, length: 100 },
  ];
  const whole = Buffer.concat(extents.map(({ offset, length }) => bytes.subarray(offset, offset + length)));
  const reader = new ExtentReader(new MemoryReader(bytes), extents, 'x');
  t.equal(reader.size, 250);
  for (const [position, length] of [
    [0, 250],
    [0, 300],
    [99, 2],
    [100, 50],
    [120, 100],
    [249, 1],
    [250, 10],
  ]) {
    const target = new Uint8Array(length);
    const n = reader.read(target, position);
    t.ok(whole.subarray(position, position + length).equals(target.subarray(0, n)), `${length} bytes at ${position}`);
  }
  const short = new ExtentReader(new MemoryReader(bytes), [{ offset: 950, length: 100 }], 'x');
  t.equal(short.read(new Uint8Array(100), 0), 50, 'an image that was cut off');
});
