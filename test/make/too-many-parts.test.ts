// More of something than a template, or the arguments of a call, have room for.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fromText } from '../../src/format/bytes.js';
import { MOST_PARTS } from '../../src/format/template.js';
import { MemoryReader, type RandomAccess } from '../../src/io/reader.js';
import { bestCover } from '../../src/make/cover.js';
import { Decider } from '../../src/make/decider.js';
import { HeadTable } from '../../src/make/head-table.js';
import type { Question } from '../../src/make/questions.js';
import { TreeIndexBuilder, type TreeIndex } from '../../src/make/tree-index.js';
import { Verifier } from '../../src/make/verifier.js';
import { readHead, type Head } from '../../src/tree/head.js';
import { pathOf } from '../../src/tree/types.js';
import { SparseImage } from '../support/sparse-image.js';
import { noise } from '../support/template-builder.js';

const MIN_LENGTH = 1024;

function indexOf(t: Test, files: readonly Buffer[]): TreeIndex {
  const dir = t.testdir({});
  const tree = files.map((bytes, i) => {
    writeFileSync(join(dir, `f${i}`), bytes);
    return { prefix: fromText(`${dir}/`), rest: `f${i}`, size: bytes.length, mtimeNs: 0n, ctimeNs: 0n, ino: 0n };
  });
  const pathsLength = tree.reduce((sum, file) => sum + pathOf(file).length, 0);
  const builder = new TreeIndexBuilder({ count: tree.length, pathsLength, minLength: MIN_LENGTH, algorithm: 'md5' });
  for (const file of tree) builder.add(file, readHead(pathOf(file), file.size, MIN_LENGTH) as Head, undefined);
  return builder.index();
}

t.test('200,000 places wait for the digest of one file', (t) => {
  const content = noise(MIN_LENGTH);
  const index = indexOf(t, [content]);
  const verifier = new Verifier(new MemoryReader(content, 'image'), index);
  verifier.add(Array.from({ length: 200_000 }, (_, number) => ({ number, start: 0, files: [0] })));
  const found = new Set<number>();
  for (let busy = true; busy;) {
    const report = verifier.work(true);
    for (const { question, file } of report.answers) if (file === 0) found.add(question);
    busy = report.busy;
  }
  t.equal(found.size, 200_000);
  t.strictSame(Buffer.from(index.digest(0) as Uint8Array), createHash('md5').update(content).digest());
  t.end();
});

const TOO_MANY = { message: /too many parts \(\d+ or more\): use a larger --min-length$/, exitCode: 3 };

t.test('a run that would be more tiles than a template has room for', (t) => {
  const tiles = [{ size: MIN_LENGTH, first: 0, file: 0 }];
  t.throws(() => bestCover([], [{ start: 0, end: (MOST_PARTS + 100) * MIN_LENGTH, period: 1, tiles }]), TOO_MANY);
  // Larger tiles that fit make it fewer.
  const larger = [...tiles, { size: 1 << 30, first: 0, file: 1 }];
  const cover = bestCover([], [{ start: 0, end: (MOST_PARTS + 100) * MIN_LENGTH, period: 1, tiles: larger }]);
  t.equal(
    cover.reduce((sum, { start, end }) => sum + end - start, 0),
    (MOST_PARTS + 100) * MIN_LENGTH,
  );
  t.end();
});

/** Searches an image of zeros in stretches of 1 GiB. Returns how far it got. */
async function searchZeros(t: Test, files: readonly Buffer[], size: number): Promise<{ done: number; error?: Error }> {
  const index = indexOf(t, files);
  const heads = HeadTable.build(index);
  const image: RandomAccess = new SparseImage(size);
  const ask = async (questions: readonly Question[]): Promise<number[]> => questions.map(({ files: [file] }) => file);
  const decider = new Decider(image, index, heads, ask);
  const step = 2 ** 30;
  for (let from = 0; from < size; from += step) {
    const run = { start: from, end: Math.min(from + step + MIN_LENGTH - 1, size), period: 1 };
    try {
      await decider.advance([{ ...run, heads: [{ head: 0, start: from }] }], from + step);
    } catch (error) {
      return { done: from + step, error: error as Error };
    }
  }
  return { done: size };
}

t.test('a run without end is given up as soon as it is certain', async (t) => {
  const most = MOST_PARTS * MIN_LENGTH;
  const { done, error } = await searchZeros(t, [Buffer.alloc(MIN_LENGTH)], 4 * most);
  t.match(error, TOO_MANY);
  t.ok(done >= most && done < most + 3 * 2 ** 30, `after ${done} bytes`);
  // A file of the tree that is long enough may have been on its way.
  const large = await searchZeros(t, [Buffer.alloc(MIN_LENGTH), Buffer.alloc(8 * MIN_LENGTH)], 2 * most);
  t.strictSame(large, { done: 2 * most }, 'tiles of eight times the size are few enough');
});
