// Their templates rebuilt by us, and .tmp files that pass from one program to the other.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Algorithm } from '../../src/checksum/algorithm.js';
import { digestOf } from '../../src/checksum/digest.js';
import { encodeDesc, encodeHeader } from '../../src/format/template.js';
import { makeImage, type MakeImageResult } from '../../src/rebuild/make-image.js';
import type { TreeFile } from '../../src/tree/types.js';
import { verifyImage } from '../../src/verify/verify-image.js';
import { oracle } from '../support/oracle.js';
import { data, entriesOf, imageOf, noise, part, sectionOf, treeFile } from '../support/template-builder.js';

/** Runs a program and returns its exit code. */
function run(program: string, args: readonly string[], cwd: string): number | null {
  return spawnSync(program, args, { cwd, stdio: 'ignore' }).status;
}

function sources(dir: string): TreeFile[] {
  return readdirSync(dir)
    .sort()
    .map((name) => treeFile(`${dir}/${name}`));
}

const ours = (dir: string, files: TreeFile[], image = `${dir}/ours.iso`): Promise<MakeImageResult> =>
  makeImage({ image, template: `${dir}/x.template`, files });

/** A folder with a tree of files in two halves and an image of them with much between. */
function scene(t: Test): { dir: string; image: Buffer } {
  const dir = t.testdir();
  mkdirSync(`${dir}/a`);
  mkdirSync(`${dir}/b`);
  const files = [1024, 2000, 4096, 131_063, 131_064, 300_000].map((length, i) => noise(length, i + 1));
  files.forEach((bytes, i) => writeFileSync(`${dir}/${i % 2 === 0 ? 'a' : 'b'}/f${i}`, bytes));
  const text = Buffer.from('some text that packs well, and '.repeat(10_000));
  const image = Buffer.concat([
    noise(777, 99),
    files[0],
    text,
    files[1],
    files[2],
    Buffer.alloc(5000, 7),
    files[3],
    noise(400_000, 98),
    files[4],
    files[0],
    files[5],
    Buffer.from('end'),
  ]);
  writeFileSync(`${dir}/theirs.iso`, image);
  return { dir, image };
}

const MAKE = ['mt', '-r', 'quiet', '-i', 'theirs.iso', '-j', 'x.jigdo', '-t', 'x.template'];

t.test("jigdo-file's templates", async (t) => {
  const jigdoFile = oracle(t, 'jigdo-file');
  const mkimage = oracle(t, 'jigit-mkimage');
  if (!jigdoFile) return;
  const { dir, image } = scene(t);
  for (const options of [
    '-9',
    '-0',
    '--bzip2 -9',
    '--bzip2 -1',
    '-C sha256',
    '-C sha256 --bzip2 -3',
    '--min-length=256',
  ]) {
    t.equal(run(jigdoFile, [...MAKE, '-f', ...options.split(' '), 'a', 'b'], dir), 0);
    const result = await ours(dir, [...sources(`${dir}/a`), ...sources(`${dir}/b`)]);
    t.match(result, { status: 'created', needed: 7 }, options);
    t.ok(readFileSync(`${dir}/ours.iso`).equals(image), `${options}: the image`);
    if (mkimage) {
      const label = `A=${dir}`;
      run(mkimage, ['-j', 'x.jigdo', '-t', 'x.template', '-m', label, '-o', 'mk.iso'], dir);
      t.ok(readFileSync(`${dir}/mk.iso`).equals(readFileSync(`${dir}/ours.iso`)), `${options}: as jigit-mkimage`);
    }
    rmSync(`${dir}/ours.iso`);
  }
});

t.test('.tmp files of one completed by the other', async (t) => {
  const jigdoFile = oracle(t, 'jigdo-file');
  if (!jigdoFile) return;
  for (const algorithm of ['md5', 'sha256']) {
    const { dir, image } = scene(t);
    t.equal(run(jigdoFile, [...MAKE, '-C', algorithm, 'a', 'b'], dir), 0);
    const theirs = (...files: string[]): number | null =>
      run(jigdoFile, ['mi', '-r', 'quiet', '-i', 'other.iso', '-t', 'x.template', ...files], dir);

    t.match(await ours(dir, sources(`${dir}/a`)), { status: 'incomplete', needed: 7, found: 4 });
    t.equal(theirs('a'), 1);
    t.ok(readFileSync(`${dir}/ours.iso.tmp`).equals(readFileSync(`${dir}/other.iso.tmp`)), 'the same .tmp');

    t.match(await ours(dir, sources(`${dir}/b`), `${dir}/other.iso`), { status: 'created', needed: 3, found: 3 });
    t.ok(readFileSync(`${dir}/other.iso`).equals(image), `${algorithm}: begun by jigdo-file, finished by us`);
    rmSync(`${dir}/other.iso`);

    copyFileSync(`${dir}/ours.iso.tmp`, `${dir}/other.iso.tmp`);
    t.equal(theirs('b'), 0);
    t.ok(readFileSync(`${dir}/other.iso`).equals(image), `${algorithm}: begun by us, finished by jigdo-file`);
    rmSync(`${dir}/other.iso`);

    // Back and forth, a file at a time.
    t.equal(theirs('a/f0'), 1);
    t.match(await ours(dir, [treeFile(`${dir}/b/f1`)], `${dir}/other.iso`), { found: 1 });
    t.equal(theirs('a/f2', 'b/f3'), 1);
    t.match(await ours(dir, [treeFile(`${dir}/a/f4`)], `${dir}/other.iso`), { needed: 2, found: 1 });
    t.equal(theirs('b/f5'), 0);
    t.ok(readFileSync(`${dir}/other.iso`).equals(image), `${algorithm}: back and forth`);
  }
});

t.test('the worked example, byte for byte (docs/spec/template-format.md 8)', async (t) => {
  const jigdoFile = oracle(t, 'jigdo-file');
  if (!jigdoFile) return;
  const dir = t.testdir();
  mkdirSync(`${dir}/src`);
  const f1 = Buffer.from(Array.from({ length: 1100 }, (_, i) => (31 * i * i + 7 * i + 3) & 255));
  const f2 = Buffer.from(Array.from({ length: 1500 }, (_, i) => (i * i * i + 11 * i + (i >> 8)) & 255));
  const pieces = [data('HEAD'), part(f1), data('middle'), part(f2), part(f1), data('TAIL!')];
  writeFileSync(`${dir}/src/f1`, f1);
  writeFileSync(`${dir}/src/f2`, f2);
  writeFileSync(`${dir}/theirs.iso`, imageOf(pieces));
  for (const algorithm of ['md5', 'sha256'] as Algorithm[]) {
    t.equal(run(jigdoFile, [...MAKE, '-f', '-C', algorithm, 'src'], dir), 0);
    const { entries, image } = entriesOf(pieces, { algorithm });
    const template = Buffer.concat([
      encodeHeader(algorithm, 'jigdo-file/0.8.0'),
      sectionOf(Buffer.from('HEADmiddleTAIL!')),
      encodeDesc(entries, [image]),
    ]);
    t.same(template, readFileSync(`${dir}/x.template`), `${algorithm}: the template`);
    await ours(dir, [treeFile(`${dir}/src/f2`)]);
    t.equal(run(jigdoFile, ['mi', '-i', 'other.iso', '-t', 'x.template', 'src/f2'], dir), 1);
    t.same(readFileSync(`${dir}/ours.iso.tmp`), readFileSync(`${dir}/other.iso.tmp`), `${algorithm}: the .tmp`);
    t.equal(readFileSync(`${dir}/ours.iso.tmp`).length, algorithm === 'md5' ? 3872 : 3715 + 0xdd);
    rmSync(`${dir}/ours.iso.tmp`);
    rmSync(`${dir}/other.iso.tmp`);
  }
});

t.test("libjte's templates (xorriso), and an ISO as source", async (t) => {
  const xorriso = oracle(t, 'xorriso');
  if (!xorriso) return;
  const { dir } = scene(t);
  writeFileSync(`${dir}/a/more.txt`, 'a file that changes, too small for a template');
  const sums = (algorithm: Algorithm): string =>
    [...sources(`${dir}/a`), ...sources(`${dir}/b`)]
      .map(({ rest, size }) => {
        const digest = Buffer.from(digestOf(algorithm, readFileSync(rest))).toString('hex');
        return `${digest}  ${String(size).padStart(12)}  ${rest}\n`;
      })
      .join('');
  for (const [algorithm, packing] of [
    ['md5', 'gzip'],
    ['md5', 'bzip2'],
    ['sha256', 'gzip'],
    ['sha256', 'bzip2'],
  ] as const) {
    writeFileSync(`${dir}/sums`, sums(algorithm));
    const options = ['-as', 'mkisofs', '-o', 'jte.iso', '-r', '-J', '-V', 'JTE', '-md5-list', 'sums'];
    options.push('-jigdo-checksum-algorithm', algorithm, '-jigdo-template-compress', packing);
    options.push('-jigdo-jigdo', 'x.jigdo', '-jigdo-template', 'x.template', '-jigdo-map', `A=${dir}`, 'a', 'b');
    for (const file of ['jte.iso', 'x.template']) rmSync(`${dir}/${file}`, { force: true });
    t.equal(run(xorriso, options, dir), 0);
    const iso = readFileSync(`${dir}/jte.iso`);
    const result = await ours(dir, [...sources(`${dir}/a`), ...sources(`${dir}/b`)]);
    t.match(result, { status: 'created', needed: 6 }, `${algorithm} ${packing}`);
    t.ok(readFileSync(`${dir}/ours.iso`).equals(iso), 'the image');
    rmSync(`${dir}/ours.iso`);
    t.match(await ours(dir, [treeFile(`${dir}/jte.iso`)]), { status: 'created' }, 'from the old ISO');
    t.ok(readFileSync(`${dir}/ours.iso`).equals(iso), 'the image');
    rmSync(`${dir}/ours.iso`);
  }
});

t.test('verify says what jigdo-file says', async (t) => {
  const jigdoFile = oracle(t, 'jigdo-file');
  if (!jigdoFile) return;
  const { dir, image } = scene(t);
  t.equal(run(jigdoFile, [...MAKE, 'a', 'b'], dir), 0);
  const wrong = Buffer.from(image);
  wrong[1000] ^= 1;
  const cases = { good: image, wrong, short: image.subarray(1), long: Buffer.concat([image, Buffer.of(0)]) };
  for (const [name, bytes] of Object.entries(cases)) {
    writeFileSync(`${dir}/${name}.iso`, bytes);
    const theirs = run(jigdoFile, ['ver', '-r', 'quiet', '-i', `${name}.iso`, '-t', 'x.template'], dir);
    const { exitCode } = await verifyImage({ image: `${dir}/${name}.iso`, template: `${dir}/x.template` });
    t.equal(exitCode, theirs, name);
  }
  t.notOk(existsSync(`${dir}/good.iso.tmp`));
});
