// The one pass over the image: its digest, and where the files of the tree lie in it, decided from the first byte to the last.
import type { RandomAccess } from '../io/reader.js';
import type { Match } from './cover.js';
import type { Crew } from './crew.js';
import { Decider } from './decider.js';
import type { HeadTable } from './head-table.js';
import type { SearchResult } from './search.js';
import type { TreeIndex } from './tree-index.js';
import type { Effort } from './verifier.js';

/** Bytes of one unit of work. */
const SLAB = 16 << 20;

/**
 * How far (bytes) the digest, the search and the decisions may be from each other, so that those who come later find the
 * image in the page cache: it is read from the disk once, however large it is.
 */
const APART = 64 << 20;

/** What a scan needs. */
export interface ScanOptions {
  readonly image: RandomAccess;
  readonly index: TreeIndex;
  readonly heads: HeadTable;
  readonly crew: Crew;
  /** Called in image order with parts, and how far the image is decided: bytes before `upTo` not in a part are unmatched. */
  readonly decided: (parts: readonly Match[], upTo: number) => Promise<void>;
  readonly problem: (line: string) => void;
  /** Called with the bytes that were dealt with so far. */
  readonly progress: (done: number) => void;
  readonly signal?: AbortSignal;
  /** Bytes of one unit of work, a multiple of 64: for tests, which cannot make images of many units. */
  readonly slab?: number;
}

/** What a scan tells besides the parts. */
export interface ScanResult {
  /** The image's digest. */
  readonly digest: Uint8Array;
  readonly effort: Effort;
}

/**
 * Scans an image. The outcome does not depend on the size of the crew or the order in which units finish.
 *
 * @throws JigdoError if the image cannot be read; the signal's reason if it is aborted; what `decided` throws
 */
export function scanImage(options: ScanOptions): Promise<ScanResult> {
  return new Scan(options).run();
}

class Scan {
  readonly #options: ScanOptions;
  readonly #size: number;
  readonly #slab: number;
  readonly #decider: Decider;
  readonly #effort: Effort = { imageBytes: 0, treeBytes: 0, hashedBytes: 0 };
  /** How far each of the three has come, in bytes of the image. */
  #digested = 0;
  #searched = 0;
  #consumed = 0;
  #waiting: (() => void)[] = [];
  #failed = false;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#size = options.image.size;
    this.#slab = options.slab ?? SLAB;
    this.#decider = new Decider(options.image, options.index, options.heads, async (questions) => {
      const { files, problems, effort } = await options.crew.do({ kind: 'verify', questions });
      this.#account(problems, effort);
      return files;
    });
  }

  async run(): Promise<ScanResult> {
    const guard = <T>(work: Promise<T>): Promise<T> =>
      work.catch((error: unknown) => {
        this.#failed = true;
        this.#changed();
        throw error;
      });
    const [digest] = await Promise.all([guard(this.#digestAll()), guard(this.#searchAll())]);
    return { digest, effort: this.#effort };
  }

  async #digestAll(): Promise<Uint8Array> {
    while (this.#digested < this.#size) {
      await this.#until(() => this.#digested <= this.#searched + APART);
      const to = Math.min(this.#digested + this.#slab, this.#size);
      await this.#options.crew.doInOrder({ kind: 'digest', from: this.#digested, to });
      this.#digested = to;
      this.#report();
    }
    return this.#options.crew.doInOrder({ kind: 'end of digest' });
  }

  /** Keeps every hand busy with a slab, and takes the results in image order. */
  async #searchAll(): Promise<void> {
    const slabs = [];
    for (let next = 0; next < this.#size || slabs.length > 0;) {
      while (next < this.#size && slabs.length < this.#options.crew.size) {
        const from = next;
        next = Math.min(from + this.#slab, this.#size);
        const result = this.#search(from, next);
        // If it fails, that is noticed when its turn comes.
        result.catch(() => {});
        slabs.push({ to: next, result });
      }
      const slab = slabs.shift();
      if (!slab) break;
      const result = await slab.result;
      this.#account(result.problems, result.effort);
      await this.#options.decided(...(await this.#decider.add(result, slab.to)));
      this.#consumed = slab.to;
      this.#report();
    }
  }

  async #search(from: number, to: number): Promise<SearchResult> {
    await this.#until(() => from <= this.#digested + APART && from <= this.#consumed + APART);
    const result = await this.#options.crew.do({ kind: 'search', from, to });
    this.#searched = Math.max(this.#searched, to);
    this.#changed();
    return result;
  }

  #account(problems: readonly string[], effort: Effort): void {
    problems.forEach(this.#options.problem);
    this.#effort.imageBytes += effort.imageBytes;
    this.#effort.treeBytes += effort.treeBytes;
    this.#effort.hashedBytes += effort.hashedBytes;
  }

  #report(): void {
    this.#options.progress(Math.min(this.#digested, this.#consumed));
    this.#changed();
  }

  #changed(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.#options.signal?.throwIfAborted();
      if (this.#failed) throw new Error('another part of the scan failed');
      if (condition()) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
