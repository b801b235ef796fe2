// The one pass over the image: its digest, and where the files of the tree lie in it, decided from the first byte to the last.
import type { RandomAccess } from '../io/reader.js';
import type { Match } from './cover.js';
import type { Crew } from './crew.js';
import { Decider } from './decider.js';
import type { HeadTable } from './head-table.js';
import type { SearchResult } from './search.js';
import type { SlabMemory } from './slabs.js';
import type { TreeIndex } from './tree-index.js';
import type { Effort } from './verifier.js';

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
  readonly slabs: SlabMemory;
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
  /** Bytes of the image that fit the slots. */
  readonly #room: number;
  readonly #decider: Decider;
  readonly #effort: Effort = { imageBytes: 0, treeBytes: 0, hashedBytes: 0 };
  /** How far loading and the search have come, in bytes of the image. */
  #loaded = 0;
  #consumed = 0;
  #waiting: (() => void)[] = [];
  #failure: Error | undefined;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#size = options.image.size;
    this.#slab = options.slabs.length;
    this.#room = options.slabs.length * options.slabs.slots;
    this.#decider = new Decider(options.image, options.index, options.heads, async (questions) => {
      const { files, problems, effort } = await options.crew.do({ kind: 'verify', questions });
      this.#account(problems, effort);
      return files;
    });
  }

  async run(): Promise<ScanResult> {
    const guard = <T>(work: Promise<T>): Promise<T> =>
      work.catch((error: unknown) => {
        this.#failure ??= error as Error;
        this.#changed();
        throw this.#failure;
      });
    const [digest] = await Promise.all([guard(this.#loadAll()), guard(this.#searchAll())]);
    return { digest, effort: this.#effort };
  }

  /** Has slab after slab loaded, as soon as the search has done with what was in its slot. */
  async #loadAll(): Promise<Uint8Array> {
    const loads: Promise<void>[] = [];
    for (let from = 0; from < this.#size; from += this.#slab) {
      await this.#until(() => from < this.#consumed + this.#room);
      // Not awaited: a hand that has loaded one slab finds the next load waiting, before any search.
      loads.push(this.#load(from, Math.min(from + this.#slab, this.#size)));
    }
    await Promise.all(loads);
    if (this.#failure) throw this.#failure;
    return this.#options.crew.doInOrder({ kind: 'end of digest' });
  }

  async #load(from: number, to: number): Promise<void> {
    try {
      const read = await this.#options.crew.doInOrder({ kind: 'load', from, to });
      this.#effort.imageBytes += read;
      this.#loaded = to;
    } catch (error) {
      this.#failure ??= error as Error;
    }
    this.#changed();
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
      this.#options.progress(slab.to);
      this.#changed();
    }
  }

  async #search(from: number, to: number): Promise<SearchResult> {
    await this.#until(() => to <= this.#loaded);
    return this.#options.crew.do({ kind: 'search', from, to, loaded: this.#loaded });
  }

  #account(problems: readonly string[], effort: Effort): void {
    problems.forEach(this.#options.problem);
    this.#effort.imageBytes += effort.imageBytes;
    this.#effort.treeBytes += effort.treeBytes;
    this.#effort.hashedBytes += effort.hashedBytes;
  }

  #changed(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.#options.signal?.throwIfAborted();
      if (this.#failure) throw this.#failure;
      if (condition()) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
