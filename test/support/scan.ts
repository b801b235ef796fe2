// The scan of an image for files that are given as bytes: what the tests of the matcher have in common.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { RangeDigest } from '../../src/checksum/stream/ranges.js';
import { fromText } from '../../src/format/bytes.js';
import { FileReader } from '../../src/io/reader.js';
import { CellFilter } from '../../src/make/cell-filter.js';
import { Crew } from '../../src/make/crew.js';
import { FilterBuilder, type FilterTables } from '../../src/make/head-filter.js';
import { HeadTable } from '../../src/make/head-table.js';
import { ImagePass } from '../../src/make/image-pass.js';
import { scanImage, type Pass, type MatchOptions } from '../../src/make/scan-image.js';
import { SievedPoints, type SievedPiece } from '../../src/make/sieve.js';
import { TreeIndexBuilder } from '../../src/make/tree-index.js';
import { UnitRunner, type Unit, type UnitResults, type UnitSetup } from '../../src/make/units.js';
import { readHead, type Head } from '../../src/tree/head.js';
import { pathOf } from '../../src/tree/types.js';
import type { Placed, Random } from './random-trees.js';

/** What a scan found. */
export interface Found {
  parts: Placed[];
  digest: string;
  problems: string[];
  /** Where each call said that everything was decided up to. */
  steps: number[];
}

/** Sieves an image in memory, from a random point on, in random pieces, and knows digests of ranges. */
class TestPass implements Pass {
  readonly done = Infinity;
  readonly pieceLength: number;
  readonly #image: Buffer;
  readonly #random: Random;
  #point: number;
  #filter: CellFilter | undefined;

  constructor(image: Buffer, random: Random) {
    this.#image = image;
    this.#random = random;
    this.#point = 64 * random.below(Math.floor(image.length / 64) + 1);
    this.pieceLength = 64 * (1 + random.below(20));
  }

  allow(): void {}

  /** At once, later, or not at all, although it was promised or not. */
  digestOf(offset: number, length: number): RangeDigest {
    const bytes = this.#image.subarray(offset, offset + length);
    const digest = bytes.length === length ? createHash('md5').update(bytes).digest() : undefined;
    switch (this.#random.below(4)) {
      case 0:
        return digest;
      case 1:
        return setTimeout(this.#random.below(3), digest);
      case 2:
        return setImmediate(undefined);
      default:
        return undefined;
    }
  }

  async sieve(tables: FilterTables): Promise<number> {
    // Smaller cells are not sieved: see isSievable.
    if (tables.grain !== 64) return Promise.resolve(this.#image.length);
    this.#filter = new CellFilter(tables, this.pieceLength);
    return Promise.resolve(this.#point);
  }

  async nextPiece(): Promise<SievedPiece> {
    const filter = this.#filter as CellFilter;
    const length = this.#image.copy(filter.bytes, 0, this.#point);
    const points = new SievedPoints();
    points.add(filter.find(length), this.#point);
    this.#point += length;
    return Promise.resolve(points.take());
  }
}

/** Hands in this thread that finish their units in a random order: as many workers, without the time that it takes to start them. */
class TestCrew {
  readonly size: number;
  readonly #setup: UnitSetup;
  readonly #random: Random;
  readonly #runners: UnitRunner[] = [];
  /** What each hand does last. */
  readonly #last: Promise<unknown>[] = [];

  constructor(size: number, setup: UnitSetup, random: Random) {
    this.size = size;
    this.#setup = setup;
    this.#random = random;
  }

  do<U extends Unit>(unit: U): Promise<UnitResults[U['kind']]> {
    return this.doInOrder(unit, this.#random.below(this.size));
  }

  doInOrder<U extends Unit>(unit: U, hand: number): Promise<UnitResults[U['kind']]> {
    const before = this.#last[hand] ?? Promise.resolve();
    const result = before.then(async () => {
      for (let pauses = this.#random.below(3); pauses > 0; pauses--) await setImmediate();
      const runner = (this.#runners[hand] ??= new UnitRunner(this.#setup));
      return runner.run(unit) as UnitResults[U['kind']];
    });
    this.#last[hand] = result.catch(() => {});
    return result;
  }
}

/** How to scan. */
export interface ScanWay {
  readonly minLength?: number;
  /** Bytes that are searched at a time. */
  readonly stretch?: number;
  readonly jobs?: number;
  /** Whether the files' digests are known, so that they must not be read. */
  readonly known?: boolean;
  /** For a pass that sieves and digests ranges as it happens. */
  readonly sieve?: Random;
  /** For hands that finish as it happens, without threads. */
  readonly hands?: Random;
}

/**
 * Scans `image` for `files`, in a folder that is made.
 *
 * @throws Error if a file is said to lie where it does not, or the digest is wrong
 */
export async function scan(
  dir: string,
  files: readonly Buffer[],
  image: Buffer,
  { minLength = 256, stretch, jobs = 1, known = false, sieve, hands }: ScanWay = {},
): Promise<Found> {
  mkdirSync(dir, { recursive: true });
  const usable = files.filter((f) => f.length >= minLength);
  const tree = usable.map((content, i) => {
    writeFileSync(join(dir, `f${i}`), content);
    return { prefix: fromText(`${dir}/`), rest: `f${i}`, size: content.length, mtimeNs: 0n, ctimeNs: 0n, ino: 0n };
  });
  const heads = tree.map((f) => readHead(f.prefix + f.rest, f.size, minLength) as Head);
  const digest = (i: number): Uint8Array => createHash('md5').update(usable[i]).digest();
  const pathsLength = tree.reduce((sum, file) => sum + pathOf(file).length, 0);
  const builder = new TreeIndexBuilder({ count: tree.length, pathsLength, minLength, algorithm: 'md5' });
  const filterBuilder = new FilterBuilder(tree.length);
  for (const [i, file] of tree.entries()) {
    builder.add(file, heads[i], known ? digest(i) : undefined);
    filterBuilder.add(heads[i].prefix);
  }
  const index = builder.index();
  // A file whose digest is known must not be read.
  if (known) for (const { rest } of tree) writeFileSync(join(dir, rest), 'changed');
  writeFileSync(join(dir, 'image'), image);
  using reader = new FileReader(fromText(join(dir, 'image')));
  const table = HeadTable.build(index);
  await using pass = new ImagePass(reader, 'md5');
  pass.allow(0);
  const { fd, size, name } = reader;
  const filter = filterBuilder.tables;
  const setup = { fd, size, name, columns: index.columns, filter, heads: table.tables };
  const found: Found = { parts: [], digest: '', problems: [], steps: [] };
  const scanWith = async (crew: MatchOptions['crew']): Promise<unknown> =>
    scanImage({
      image: reader,
      crew,
      filter,
      pass: sieve ? new TestPass(image, sieve) : pass,
      index,
      heads: table,
      stretch,
      decided: async (parts, upTo) => {
        found.parts.push(...parts);
        found.steps.push(upTo);
        return Promise.resolve();
      },
      hashed: ({ start, length, digest }) => {
        const right = createHash('md5')
          .update(image.subarray(start, start + length))
          .digest();
        if (!right.equals(digest)) throw new Error(`the digest of ${length} bytes at ${start} is another one`);
      },
      problem: (line) => found.problems.push(line),
      progress: () => {},
    });
  if (hands) {
    await scanWith(new TestCrew(jobs, setup, hands));
  } else {
    await using crew = new Crew(jobs);
    crew.prepare(setup);
    await scanWith(crew);
  }
  found.digest = Buffer.from(await pass.value()).toString('hex');
  if (found.digest !== createHash('md5').update(image).digest('hex')) throw new Error('wrong digest of the image');
  for (const { start, end, file } of found.parts) {
    if (!image.subarray(start, end).equals(usable[file])) throw new Error(`file ${file} does not lie at ${start}`);
  }
  return found;
}
