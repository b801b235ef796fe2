// Whether the trees are what they were at the last run.
import { createHash } from 'node:crypto';
import { scanFiles } from '../cache/scan.js';
import type { Cache } from '../cache/types.js';
import { toHex, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import type { TreeFile } from '../tree/types.js';
import type { ReleaseConfig } from './config.js';
import { prefixOf } from './trees.js';

/** What two runs compare: digests in hex over all files that can be parts, in scan order. */
export interface TreeState {
  /** Of their labels, names, sizes, times, inodes. */
  readonly listing: string;
  /** Of their labels, names, sizes, checksums; undefined if that would have meant to read too much. */
  readonly content?: string;
}

export interface ContentOptions {
  readonly cache: Cache;
  /** Bytes that may be read: more than that cost more than what they can save. */
  readonly budget: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** The files that can be parts, and what they are called in a .jigdo. */
export class PartFiles {
  readonly files: readonly TreeFile[];
  readonly listing: string;
  readonly #labels: ReadonlyMap<ByteString, ByteString>;
  readonly #algorithm: ReleaseConfig['options']['algorithm'];
  #content: Promise<string | undefined> | undefined;

  /** @param files in scan order */
  constructor(files: readonly TreeFile[], { trees, options }: ReleaseConfig) {
    // Shorter ones stay in the template whatever they are.
    this.files = files.filter((file) => file.size >= options.minLength);
    this.#labels = new Map(trees.map((tree) => [prefixOf(tree), tree.label]));
    this.#algorithm = options.algorithm;
    this.listing = this.#digest((file) => `${file.mtimeNs}\0${file.ctimeNs}\0${file.ino}`);
  }

  /**
   * Reads the files that the cache does not know; once, whatever the answer.
   *
   * @returns undefined if that are too many bytes, or a file cannot be read
   */
  content(options: ContentOptions): Promise<string | undefined> {
    return (this.#content ??= this.#read(options));
  }

  async #read({ cache, budget, reporter, signal }: ContentOptions): Promise<string | undefined> {
    let unknown = 0;
    for (const [{ size }, known] of cache.lookupAll(this.files)) {
      if (!known?.[this.#algorithm]) unknown += size;
    }
    if (unknown > budget) return undefined;
    const digests = new Map<TreeFile, string>();
    await scanFiles({
      files: this.files,
      cache,
      whole: true,
      headLength: 0,
      algorithms: [this.#algorithm],
      reporter,
      signal,
      onFile: (file, facts) => digests.set(file, toHex(facts[this.#algorithm] ?? new Uint8Array())),
    });
    if (digests.size < this.files.length) return undefined;
    return this.#digest((file) => digests.get(file) ?? '');
  }

  #digest(describe: (file: TreeFile) => string): string {
    const hash = createHash('sha256');
    for (const file of this.files) {
      const name = `${this.#labels.get(file.prefix) ?? ''}\0${file.rest}\0${file.size}`;
      hash.update(Buffer.from(`${name}\0${describe(file)}\n`, 'latin1'));
    }
    return hash.digest('hex');
  }
}
