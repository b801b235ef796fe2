// Which of the files that the user has are the parts that an image needs.
import type { Algorithm } from '../checksum/algorithm.js';
import { isOutOfFiles, JigdoError } from '../errors.js';
import { display } from '../format/bytes.js';
import type { ImageLayout } from '../image/types.js';
import { FileReader, type RandomAccess } from '../io/reader.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import { digestsOf } from './file-digest.js';
import { ExtentReader, type Located } from './located.js';
import { Interrupted, Pace } from './pace.js';
import type { Plan } from './plan.js';
import type { Untaken } from './untaken.js';
import { Wanted, type WantedGroup } from './wanted.js';

/** What a checksum cache can do for the search. */
export interface PartCache {
  /** The digest of a file as it was found by the walk, if it is known; must not read the file. */
  digest(file: TreeFile, algorithm: Algorithm): Uint8Array | undefined;
  /** Notes the digest of a file that was read wholly. */
  remember(file: TreeFile, algorithm: Algorithm, digest: Uint8Array): void;
}

/** A part's place. */
export interface Found {
  readonly located: Located;
  /** The file itself; undefined for a file within an image. */
  readonly file: TreeFile | undefined;
  /** Whether its digest is known to be right. Otherwise length and head fit, and nothing else that is wanted is like it. */
  readonly verified: boolean;
}

/** How to search. */
export interface FindOptions {
  /** The parts to look for, by index; all if not given. */
  readonly wanted?: Iterable<number>;
  /** Whether every find must be verified by its digest now, and not by whoever copies it. */
  readonly strict?: boolean;
  readonly cache?: PartCache;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Looks for the parts of an image among files, and then, for those that are still missing, in the files that are images
 * themselves (ISO9660, UDF, tar, zip), which are read in place. If some are missing still, warnings tell what is packed of the
 * images.
 *
 * A file is opened only if its length is wanted, and read beyond its head only if the head's rsum64 is wanted, too. If only
 * one part has that length and head, the digest is left to the copying, unless `strict`; so each part is read once. The
 * first fitting file in the given order wins, plain files before those within images. Time is linear in the number of
 * files and the bytes read: no file is read twice.
 *
 * There are templates whose digests are right while their rsum64s are not. Hence a second look, at what nothing but its head
 * spoke against, and whose length is still wanted: there, digests decide alone.
 *
 * @returns places of the parts that were found, by part index
 * @throws Interrupted if the signal fires; unreadable files are skipped with a warning
 */
export async function findParts(
  plan: Plan,
  files: Iterable<TreeFile>,
  options: FindOptions = {},
): Promise<Map<number, Found>> {
  const all = [...files];
  if (all.length === 0) return new Map();
  const search = new Search(plan, options);
  await search.run(all);
  return search.found;
}

class Search {
  readonly found = new Map<number, Found>();
  readonly #plan: Plan;
  readonly #wanted: Wanted;
  readonly #options: FindOptions;
  readonly #reporter: Reporter;
  readonly #pace: Pace;
  readonly #unreadable = new Set<TreeFile>();
  /** Files that nothing but their heads spoke against, and images that hold such files. */
  readonly #excluded: TreeFile[] = [];
  readonly #excluding = new Set<TreeFile>();
  /** What was of no use; undefined until images are looked into. */
  #untaken: Untaken | undefined;
  /** Whether heads do not count any more. */
  #isSecondLook = false;

  constructor(plan: Plan, options: FindOptions) {
    this.#plan = plan;
    this.#wanted = new Wanted(plan.parts, plan.blockLength, options.wanted ?? plan.parts.keys());
    this.#options = options;
    this.#reporter = options.reporter ?? SILENT;
    this.#pace = new Pace(options.signal);
  }

  async run(files: readonly TreeFile[]): Promise<void> {
    await this.#inFiles(files);
    await this.#inImages(files);
    await this.#beyondHeads();
    if (this.#wanted.count > 0) this.#untaken?.tell(this.#reporter);
  }

  /** Files that are parts. */
  async #inFiles(files: readonly TreeFile[]): Promise<void> {
    for (const [i, file] of files.entries()) {
      if (this.#wanted.count === 0) return;
      await this.#pace.step();
      this.#reporter.progress(
        this.#isSecondLook ? 'comparing checksums' : 'looking for files',
        i,
        files.length,
        '',
        'files',
      );
      if (this.#wanted.algorithmsOf(file.size).size === 0 || this.#fromCache(file)) continue;
      const path = pathOf(file);
      const located: Located = { path, extents: undefined, size: file.size, name: display(path) };
      await this.#open(file, async (reader) => {
        if (await this.#consider(reader, located, file)) this.#excluded.push(file);
      });
    }
  }

  /** Files that contain parts. */
  async #inImages(files: readonly TreeFile[]): Promise<void> {
    const { count, shortest } = this.#wanted;
    if (count === 0 || files.length === 0) return;
    // Not loaded when all parts are files: that takes 10 ms.
    const [{ readLayout }, { isCalledImage, Untaken }] = await Promise.all([
      import('../image/layout.js'),
      import('./untaken.js'),
    ]);
    this.#untaken ??= new Untaken();
    for (const [i, file] of files.entries()) {
      if (this.#wanted.count === 0) return;
      await this.#pace.step();
      this.#reporter.progress('looking into images', i, files.length, '', 'files');
      // What was compressed is shorter than what it holds.
      if ((file.size <= shortest && !isCalledImage(file)) || this.#unreadable.has(file)) continue;
      await this.#open(file, async (reader) => {
        const layout = readLayout(reader);
        await this.#inImage(reader, layout, file);
        if (!this.#isSecondLook) this.#untaken?.add(file, reader, layout);
      });
    }
  }

  /** The second look. */
  async #beyondHeads(): Promise<void> {
    const before = this.found.size;
    this.#isSecondLook = true;
    await this.#inFiles(this.#excluded);
    await this.#inImages([...this.#excluding]);
    const count = this.found.size - before;
    if (count === 0) return;
    const [files, were] =
      count === 1
        ? ['1 file', 'it was found by its checksum']
        : [`${count} files`, 'they were found by their checksums'];
    this.#reporter.warning(`${this.#plan.template.name}: the head sums (rsum64) of ${files} are wrong - ${were}`);
  }

  async #inImage(image: RandomAccess, layout: ImageLayout | undefined, file: TreeFile): Promise<void> {
    for (const { path, size, extents } of layout?.files ?? []) {
      if (this.#wanted.algorithmsOf(size).size === 0) continue;
      await this.#pace.step();
      const name = `${image.name}: ${display(path)}`;
      const located: Located = { path: pathOf(file), extents, size, name };
      const isExcluded = await this.#consider(new ExtentReader(image, extents, name), located, undefined);
      if (isExcluded) this.#excluding.add(file);
    }
  }

  /** Runs `use` on a file; whatever goes wrong with the file is told, and the search goes on. */
  async #open(file: TreeFile, use: (reader: RandomAccess) => Promise<void>): Promise<void> {
    let reader: FileReader | undefined;
    try {
      reader = new FileReader(pathOf(file));
      await use(reader);
    } catch (error) {
      // Whoever goes on without a file does so because of the file.
      if (!(error instanceof JigdoError) || error instanceof Interrupted || isOutOfFiles(error.cause)) throw error;
      this.#unreadable.add(file);
      this.#reporter.warning(`${error.message} - excluded`);
    } finally {
      reader?.close();
    }
  }

  /** Looks at a file, or a file within an image, whose length is wanted. Returns whether it is left for the second look. */
  async #consider(reader: RandomAccess, located: Located, file: TreeFile | undefined): Promise<boolean> {
    const groups = this.#wanted.groupsFor(reader);
    const isExcluded = groups.length === 0;
    // What was not excluded is decided already in the second look.
    if (isExcluded !== this.#isSecondLook) return isExcluded;
    const guess = this.#options.strict ? undefined : theOnlyPart(groups);
    if (guess !== undefined) {
      this.#take(guess, { located, file, verified: false });
      return false;
    }
    const algorithms = this.#wanted.algorithmsOf(reader.size);
    for (const [algorithm, digest] of await digestsOf(reader, algorithms, this.#options.signal)) {
      if (file) this.#options.cache?.remember(file, algorithm, digest);
      this.#match(algorithm, digest, { located, file, verified: true });
    }
    return false;
  }

  /** Returns whether the cache knows the file, so that it need not be opened. */
  #fromCache(file: TreeFile): boolean {
    const path = pathOf(file);
    const located: Located = { path, extents: undefined, size: file.size, name: display(path) };
    let known = true;
    for (const algorithm of this.#wanted.algorithmsOf(file.size)) {
      const digest = this.#options.cache?.digest(file, algorithm);
      if (digest) this.#match(algorithm, digest, { located, file, verified: true });
      else known = false;
    }
    return known;
  }

  #match(algorithm: Algorithm, digest: Uint8Array, found: Found): void {
    const part = this.#wanted.match(algorithm, digest, found.located.size);
    if (part !== undefined) this.#take(part, found);
  }

  #take(part: number, found: Found): void {
    this.found.set(part, found);
    this.#wanted.remove(part);
  }
}

/** The one part that a file with these groups' length and head can be, if there is just one. */
function theOnlyPart(groups: readonly WantedGroup[]): number | undefined {
  if (groups.length !== 1 || !groups[0].headKnown || groups[0].parts.size !== 1) return undefined;
  return groups[0].parts.values().next().value;
}
