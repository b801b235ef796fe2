// Every image of the corpus, in both directions with the real programs: what we find beside what jigdo-file finds, our
// templates rebuilt by them, theirs by us, and rebuilds that one begins and the other ends.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { openCache } from '../../src/cache/open.js';
import { NO_CACHE } from '../../src/cache/types.js';
import { fromText, toPath } from '../../src/format/bytes.js';
import { SILENT } from '../../src/io/reporter.js';
import { pathOf } from '../../src/tree/types.js';
import { CORPUS_SIZE, openCorpus, type CorpusImage, type PlacedFile } from '../support/corpus.js';
import { oracle } from '../support/oracle.js';
import {
  factsOf,
  filesOf,
  labelOf,
  makeOurs,
  makeTheirs,
  rebuildByThem,
  rebuildByUs,
  run,
  sameBytes,
  type Settings,
  type TemplateFacts,
} from './support.js';

const jigdoFile = oracle(t, 'jigdo-file') ?? '';
const mkimage = oracle(t, 'jigit-mkimage') ?? '';
const images = jigdoFile && mkimage ? (openCorpus(t) ?? []) : [];

const USUAL: Settings = { algorithm: 'md5', compression: 'gzip' };
const OTHERS: readonly Settings[] = [
  { algorithm: 'md5', compression: 'bzip2' },
  { algorithm: 'sha256', compression: 'gzip' },
  { algorithm: 'sha256', compression: 'bzip2' },
];

/** Every how manieth image is compared with other settings, too. */
const EVERY = process.env.JIGDO_LONG ? 1 : 6;

/** On these jigdo-file takes seconds for a megabyte: once is enough. */
const SLOW = /runs\./;

for (const [i, image] of images.entries()) {
  // Some images also with other settings than the usual ones, in turn.
  const other = i % EVERY === 0 && !SLOW.test(image.name) ? [OTHERS[(i / EVERY) % OTHERS.length]] : [];
  t.test(image.name, async (t) => {
    for (const settings of [USUAL, ...other]) await compare(t, image, settings);
  });
}

/** Both make a template; each rebuilds the other's. */
async function compare(t: Test, image: CorpusImage, settings: Settings): Promise<void> {
  const what = `${settings.algorithm} ${settings.compression}`;
  const dir = t.testdir();
  const ours = { image: image.path, trees: image.trees, stem: `${dir}/ours` };
  const theirs = { ...ours, stem: `${dir}/theirs` };
  const [result, ended] = await Promise.all([
    makeOurs(ours, { ...settings, check: true, force: true }),
    makeTheirs(jigdoFile, theirs, settings),
  ]);
  t.equal(ended.code, 0, `${what}: jigdo-file makes a template`);
  const [we, they] = [factsOf(ours.stem), readTheirs(image, theirs.stem)];
  t.comment(
    `${image.name} ${what}: matched ${we.matched} / ${they.matched}, template ${we.size} / ${they.size}, ` +
      `parts ${we.parts.length} / ${they.parts.length}`,
  );

  t.equal(result.checked, true, `${what}: checked`);
  t.equal(Buffer.from(result.image.digest).toString('hex').length, settings.algorithm === 'md5' ? 32 : 64);
  if (settings === USUAL) {
    t.equal(Buffer.from(result.image.digest).toString('hex'), image.md5, 'the digest of the image');
    t.same(
      unexplained(image.found, we, 1),
      [],
      'every file that lies in the image is matched, or a larger one around it',
    );
    t.same(unexplained(image.ambiguous, we), [], 'nothing is left of files that others overlap with');
  }
  t.ok(we.matched >= they.matched, `${what}: ${we.matched} bytes matched, by jigdo-file ${they.matched}`);
  t.ok(we.size <= they.size * 1.01 + 64, `${what}: a template of ${we.size} bytes, jigdo-file's ${they.size}`);

  const [listed, theirRebuild, ourRebuild] = await Promise.all([
    run(jigdoFile, ['list-template', '--template', `${ours.stem}.template`]),
    rebuildByThem(jigdoFile, ours.stem, `${dir}/their.image`, operands(image)),
    rebuildByUs(theirs.stem, `${dir}/our.image`, image.trees),
  ]);
  t.equal(ourRebuild.status, 'created', `${what}: we rebuild jigdo-file's`);
  t.ok(sameBytes(image.path, `${dir}/our.image`), `${what}: we rebuild jigdo-file's to the same bytes`);
  if (image.size > 0) t.equal(listed.code, 0, `${what}: jigdo-file lists ours`);
  if (we.unmatched > 0) {
    t.equal(theirRebuild.code, 0, `${what}: jigdo-file rebuilds ours`);
    t.ok(sameBytes(image.path, `${dir}/their.image`), `${what}: jigdo-file rebuilds ours to the same bytes`);
  } else {
    // It does not read the template of an empty image, and crashes at the end of one without unmatched data.
    const ownRebuild = await rebuildByUs(ours.stem, `${dir}/own.image`, image.trees);
    t.equal(ownRebuild.status, 'created', `${what}: we rebuild what jigdo-file cannot`);
    t.ok(sameBytes(image.path, `${dir}/own.image`), `${what}: to the same bytes`);
  }
  if (settings === USUAL) await rebuildWithJigit(t, image, ours.stem, dir);
}

/** The facts of jigdo-file's template; it was matched with the same trees. */
function readTheirs(image: CorpusImage, stem: string): TemplateFacts {
  const facts = factsOf(stem);
  if (facts.matched + facts.unmatched !== image.size) throw new Error(`${stem}: not a template of ${image.name}`);
  return facts;
}

/** The files that are no part of the template, nor covered by other parts (at most `most` of them). */
function unexplained(files: readonly PlacedFile[], { parts }: TemplateFacts, most = Infinity): string[] {
  const digests = new Set(parts.map(({ digest }) => digest));
  const isCovered = ({ offset, size }: PlacedFile): boolean => {
    const end = offset + size;
    const around = parts.filter((part) => part.offset < end && part.offset + part.length > offset);
    let at = offset;
    for (const part of around) if (part.offset <= at) at = part.offset + part.length;
    return at >= end && around.length <= most;
  };
  return files.filter((file) => !digests.has(file.md5) && !isCovered(file)).map(({ path }) => path);
}

const operands = (image: CorpusImage): string[] => image.trees.map((tree) => `${tree}//`);

/** jigit-mkimage rebuilds ours from a list of checksums, and where it can read the names in the .jigdo, by that. */
async function rebuildWithJigit(t: Test, image: CorpusImage, stem: string, dir: string): Promise<void> {
  // The list has one line for each file, and takes names as they are: links give the odd ones other names.
  mkdirSync(`${dir}/links`);
  const lines = image.files.map(({ path, md5, size }, i) => {
    symlinkSync(toPath(path), `${dir}/links/${i}`);
    return `${md5}  ${String(size).padStart(12)}  ${dir}/links/${i}\n`;
  });
  writeFileSync(`${dir}/list`, lines.join(''));
  const byList = await run(mkimage, ['-t', `${stem}.template`, '-f', `${dir}/list`, '-o', `${dir}/list.image`]);
  t.equal(byList.code, 0, `jigit-mkimage rebuilds ours from a list (${byList.stderr})`);
  t.ok(sameBytes(image.path, `${dir}/list.image`), 'jigit-mkimage rebuilds ours from a list to the same bytes');

  // It knows no quotes, and takes what follows for another option.
  if (/['"\\]/.test(readFileSync(`${stem}.jigdo`, 'latin1'))) return;
  const maps = image.trees.flatMap((tree) => ['-m', `${labelOf(tree)}=${tree}`]);
  const sources = ['-j', `${stem}.jigdo`, ...maps];
  const byName = await run(mkimage, ['-t', `${stem}.template`, ...sources, '-o', `${dir}/name.image`]);
  t.equal(byName.code, 0, `jigit-mkimage rebuilds ours from the .jigdo (${byName.stderr})`);
  t.ok(sameBytes(image.path, `${dir}/name.image`), 'jigit-mkimage rebuilds ours from the .jigdo to the same bytes');
}

/** One image for each tree that has any matched file, the larger images first. */
function oneOfEachTree(): CorpusImage[] {
  const chosen = new Map<string, CorpusImage>();
  for (const image of images.toSorted((a, b) => b.size - a.size)) {
    const key = image.trees.join();
    if (image.found.length > 10 && !SLOW.test(image.name) && !chosen.has(key)) chosen.set(key, image);
  }
  return [...chosen.values()];
}

t.test('a rebuild that one begins and the other ends', async (t) => {
  for (const [i, image] of oneOfEachTree().entries()) {
    const settings = [USUAL, ...OTHERS][i % 4];
    const dir = t.testdir();
    const job = { image: image.path, trees: image.trees, stem: `${dir}/x` };
    if (i % 2) await makeOurs(job, settings);
    else await makeTheirs(jigdoFile, job, settings);
    // Not every second name: files of equal content stand beside each other.
    const some = (await filesOf(image.trees)).filter((_, number) => number % 5 < 2);
    writeFileSync(
      `${dir}/some`,
      some
        .map((file) => `${pathOf(file)}\n`)
        .filter(isOneLine)
        .join(''),
      'latin1',
    );

    const weBegin = await rebuildByUs(job.stem, `${dir}/a.image`, some);
    t.equal(weBegin.status, 'incomplete', `${image.name}: we begin`);
    t.ok(existsSync(`${dir}/a.image.tmp`), `${image.name}: we leave a .tmp`);
    const theyEnd = await rebuildByThem(jigdoFile, job.stem, `${dir}/a.image`, operands(image));
    t.equal(theyEnd.code, 0, `${image.name}: jigdo-file ends`);
    t.ok(sameBytes(image.path, `${dir}/a.image`), `${image.name}: we begin, jigdo-file ends: the same bytes`);

    const theyBegin = await rebuildByThem(jigdoFile, job.stem, `${dir}/b.image`, ['-T', `${dir}/some`]);
    t.equal(theyBegin.code, 1, `${image.name}: jigdo-file begins`);
    const before = countWritten(await run(jigdoFile, ['ls', '-t', `${dir}/b.image.tmp`]));
    t.ok(before > 0, `${image.name}: jigdo-file leaves ${before} written parts`);
    const weEnd = await rebuildByUs(job.stem, `${dir}/b.image`, image.trees);
    t.equal(weEnd.status, 'created', `${image.name}: we end`);
    t.equal(weEnd.needed, factsOf(job.stem).parts.length - before, `${image.name}: we write only the rest`);
    t.ok(sameBytes(image.path, `${dir}/b.image`), `${image.name}: jigdo-file begins, we end: the same bytes`);
  }
});

const isOneLine = (line: string): boolean => line.indexOf('\n') === line.length - 1;

const countWritten = ({ stdout }: { stdout: string }): number => stdout.match(/^have-file/gm)?.length ?? 0;

/** The template and the .jigdo that are made of an image. */
async function outputsOf(
  job: { image: string; trees: readonly string[]; dir: string },
  options: { jobs?: number; cache?: string } = {},
): Promise<{ template: Buffer; jigdo: Buffer; treeBytes: number }> {
  const { jobs, cache: path } = options;
  const cache = path === undefined ? NO_CACHE : await openCache(fromText(path), { reporter: SILENT });
  const stem = `${job.dir}/x`;
  const { effort } = await makeOurs({ ...job, stem }, { jobs, cache, force: true });
  cache.close();
  const { treeBytes } = effort;
  return { template: readFileSync(`${stem}.template`), jigdo: readFileSync(`${stem}.jigdo`), treeBytes };
}

/** An image that is large enough for several workers, which have 4 MiB at a time: the one given, or images of its trees in a row. */
function pileUp(image: CorpusImage, path: string): string {
  if (CORPUS_SIZE !== 'small') return image.path;
  let size = 0;
  for (const part of images.filter(({ trees }) => trees.join() === image.trees.join())) {
    if (size < 16 << 20) appendFileSync(path, readFileSync(part.path));
    size += part.size;
  }
  return path;
}

t.test('the same bytes whatever the number of jobs', async (t) => {
  const image = images.find(({ name }) => name === 'iso-rr.iso' || CORPUS_SIZE !== 'small');
  if (!image) return;
  const dir = t.testdir();
  const job = { image: pileUp(image, `${dir}/pile`), trees: image.trees, dir };
  const one = await outputsOf(job, { jobs: 1 });
  for (const jobs of [2, 3]) {
    const again = await outputsOf(job, { jobs });
    t.ok(one.template.equals(again.template), `the template, ${jobs} jobs`);
    t.ok(one.jigdo.equals(again.jigdo), `the .jigdo, ${jobs} jobs`);
  }
});

/** A copy of the first tree of an image, which may be changed. */
function copyTree(image: CorpusImage, to: string): string {
  execFileSync('cp', ['-a', image.trees[0], `${to}/tree`]);
  return `${to}/tree`;
}

t.test('the same bytes whatever the state of the cache, and files that it knows are not read', async (t) => {
  for (const image of oneOfEachTree().filter(({ trees }) => trees.length === 1)) {
    const dir = t.testdir();
    const job = { image: image.path, trees: image.trees, dir };
    const cache = `${dir}/cache`;
    const without = await outputsOf(job);
    const cold = await outputsOf(job, { cache });
    const warm = await outputsOf(job, { cache });
    t.ok(factsOf(`${dir}/x`).parts.length > 0, `${image.name}: finds files`);
    t.ok(without.template.equals(cold.template), `${image.name}: the template, cold cache`);
    t.ok(without.jigdo.equals(cold.jigdo), `${image.name}: the .jigdo, cold cache`);
    t.ok(without.template.equals(warm.template), `${image.name}: the template, warm cache`);
    t.ok(without.jigdo.equals(warm.jigdo), `${image.name}: the .jigdo, warm cache`);
    t.ok(warm.treeBytes < cold.treeBytes, `${image.name}: less of the tree is read`);
  }
});

t.test('a file that changes after it was found is noticed, with --check too, and nothing is left', async (t) => {
  // A shell is started for each file that is found: few are.
  const image = images.find(({ name }) => name === 'iso-multi-extent.iso' || CORPUS_SIZE !== 'small');
  if (!image) return;
  const dir = t.testdir({ out: {} });
  const job = { image: image.path, trees: [copyTree(image, dir)], stem: `${dir}/out/x` };
  const matchExec = 'printf changed | dd of="$FILE" conv=notrunc status=none';
  await t.rejects(makeOurs(job, { check: true, matchExec }), {
    message: /changed while the template was made/,
    exitCode: 2,
  });
  t.same(readdirSync(`${dir}/out`), [], 'neither output, nor a temporary file');
});

if (images.length > 0) t.comment(`corpus ${CORPUS_SIZE}: ${images.length} images`);
