import { writeFileSync } from 'node:fs';
import { createCipheriv, createHash } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { fromText } from '../../src/format/bytes.js';
import { FileReader } from '../../src/io/reader.js';
import { Crew } from '../../src/make/crew.js';
import { FilterBuilder } from '../../src/make/head-filter.js';
import { HeadTable } from '../../src/make/head-table.js';
import type { Answer } from '../../src/make/questions.js';
import { TreeIndexBuilder } from '../../src/make/tree-index.js';
import { Verifier } from '../../src/make/verifier.js';
import { readHead, type Head } from '../../src/tree/head.js';
import { pathOf } from '../../src/tree/types.js';
import { bestCoverByForce, confusing, Random } from '../support/random-trees.js';
import { scan } from '../support/scan.js';

const MIN_LENGTH = 256;

t.test('finds the best cover in every confusing image, however it is cut', async (t) => {
  const base = t.testdir({});
  for (let seed = 1; seed <= 120; seed++) {
    const random = new Random(seed);
    const { files, image } = confusing(random, MIN_LENGTH);
    const dir = join(base, `s${seed % 20}`);
    const usable = files.filter(({ length }) => length >= MIN_LENGTH);
    const best = bestCoverByForce(usable, image, MIN_LENGTH);
    const whole = await scan(dir, files, image);
    if (JSON.stringify(whole.parts) !== JSON.stringify(best)) t.strictSame(whole.parts, best, `seed ${seed}`);
    const cut = await scan(dir, files, image, { stretch: 64 * (1 + random.below(20)) });
    if (JSON.stringify(cut.parts) !== JSON.stringify(whole.parts))
      t.strictSame(cut.parts, whole.parts, `seed ${seed}, cut`);
    const known = await scan(dir, files, image, { known: true });
    if (JSON.stringify(known.parts) !== JSON.stringify(whole.parts))
      t.strictSame(known.parts, whole.parts, `seed ${seed}, known`);
    const sieved = await scan(dir, files, image, { sieve: random });
    if (JSON.stringify(sieved.parts) !== JSON.stringify(whole.parts))
      t.strictSame(sieved.parts, whole.parts, `seed ${seed}, sieved`);
  }
  t.pass('120 images, four ways each');
});

t.test('decides in image order, up to the end', async (t) => {
  const random = new Random(7);
  const file = random.bytes(5000);
  const image = Buffer.concat([random.bytes(3000), file, random.bytes(9000), file]);
  const { parts, steps } = await scan(t.testdir({}), [file], image, { stretch: 1024 });
  t.strictSame(parts, [
    { start: 3000, end: 8000, file: 0 },
    { start: 17000, end: 22000, file: 0 },
  ]);
  t.strictSame(
    steps,
    steps.toSorted((a, b) => a - b),
  );
  t.equal(steps.at(-1), image.length);
});

t.test('workers find what one thread finds, across the borders of stretches and buffers', async (t) => {
  const random = new Random(3);
  const MiB = 1 << 20;
  const noise = (length: number): Buffer => createNoise(length, random.below(1e9));
  const big = noise(18 * MiB + 5);
  const zeroHead = Buffer.concat([Buffer.alloc(5000), noise(3000)]);
  const zeros = Buffer.alloc(110_000);
  const files = [big, zeroHead, zeros, noise(700), noise(40_000)];
  const image = Buffer.concat([
    noise(MiB - 300),
    files[3], // over the end of a buffer
    noise(14 * MiB),
    Buffer.alloc(2 * MiB), // a run over the end of a stretch
    files[1],
    big,
    files[4],
    Buffer.alloc(12 * MiB), // a run longer than what is weighed position by position
    files[1],
    noise(100),
  ]);
  const dir = t.testdir({});
  const one = await scan(dir, files, image);
  const three = await scan(dir, files, image, { jobs: 3 });
  t.strictSame(three, { ...one, steps: three.steps });
  t.equal(one.digest, createHash('md5').update(image).digest('hex'));
  const count = (file: number): number => one.parts.filter((part) => part.file === file).length;
  t.strictSame([0, 1, 3, 4].map(count), [1, 2, 1, 1]);
  t.equal(count(2), Math.floor((2 * MiB) / 110_000) + Math.floor((12 * MiB) / 110_000));
});

/** Noise, much faster than byte by byte. */
function createNoise(length: number, seed: number): Buffer {
  const key = createHash('md5').update(String(seed)).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

t.test('many files that begin alike cost little', async (t) => {
  const random = new Random(5);
  const head = random.bytes(3000);
  const files = Array.from({ length: 600 }, (_, i) => Buffer.concat([head, random.bytes(i % 2 ? 500 : 400 + i)]));
  const image = Buffer.concat(files);
  const found = await scan(t.testdir({}), files, image);
  t.strictSame(
    found.parts.map(({ file }) => file),
    files.map((_, i) => i),
  );
});

t.test('equal files: the first one is named', async (t) => {
  const content = new Random(9).bytes(2000);
  const found = await scan(t.testdir({}), [content, content, content], Buffer.concat([content, content]));
  t.strictSame(
    found.parts.map(({ file }) => file),
    [0, 0],
  );
});

t.test('files whose digest comes with the image, more of them than are compared in one go', async (t) => {
  const dir = t.testdir({});
  const files = [3, 4, 5].map((seed) => new Random(seed).bytes(3 << 20));
  const content = Buffer.concat(files);
  writeFileSync(join(dir, 'image'), content);
  const tree = files.map((bytes, i) => {
    writeFileSync(join(dir, `f${i}`), bytes);
    return { prefix: fromText(`${dir}/`), rest: `f${i}`, size: bytes.length, mtimeNs: 0n, ctimeNs: 0n, ino: 0n };
  });
  const pathsLength = tree.reduce((sum, file) => sum + pathOf(file).length, 0);
  const builder = new TreeIndexBuilder({ count: tree.length, pathsLength, minLength: MIN_LENGTH, algorithm: 'md5' });
  for (const file of tree) builder.add(file, readHead(pathOf(file), file.size, MIN_LENGTH) as Head, undefined);
  using image = new FileReader(fromText(join(dir, 'image')));
  const index = builder.index();
  const verifier = new Verifier(image, index);
  const digestAt = (i: number): Uint8Array => createHash('md5').update(files[i]).digest();
  verifier.add(files.map((_, i) => ({ number: i, start: i * (3 << 20), files: [i], digest: digestAt(i) })));
  const found: Answer[] = [];
  for (let busy = true; busy;) {
    const report = verifier.work(false);
    found.push(...report.answers);
    busy = report.busy;
  }
  t.strictSame(
    found,
    files.map((_, i) => ({ question: i, file: i })),
  );
  t.strictSame(Buffer.from(index.newDigest(2) as Uint8Array), digestAt(2));
});

t.test('what only one hand can do does not hold up the search', async (t) => {
  const dir = t.testdir({ image: 'x'.repeat(4096) });
  using image = new FileReader(fromText(join(dir, 'image')));
  const index = new TreeIndexBuilder({ count: 0, pathsLength: 0, minLength: MIN_LENGTH, algorithm: 'md5' }).index();
  const { fd, size, name } = image;
  await using crew = new Crew(1);
  const filter = new FilterBuilder(0).tables;
  crew.prepare({ fd, size, name, columns: index.columns, filter, heads: HeadTable.build(index).tables });
  const done: string[] = [];
  const verify = async (): Promise<void> => {
    await crew.doInOrder({ kind: 'verify', questions: [], toTheEnd: true }, 0);
    if (done.push('verify') < 6) await verify();
  };
  const search = async (): Promise<void> => {
    await crew.do({ kind: 'search', ranges: [{ from: 0, to: size }], to: size });
    if (done.push('search') < 6) await search();
  };
  await Promise.all([verify(), search()]);
  t.strictSame(done.slice(0, 6), ['verify', 'search', 'verify', 'search', 'verify', 'search']);
});
