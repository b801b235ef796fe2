// What a cache of checksums promises, and the cache that there is when there is none.
import type { Algorithm } from '../checksum/algorithm.js';
import type { Head } from '../tree/head.js';
import type { TreeFile } from '../tree/types.js';

/** What can be known of a file's content without reading it again. Nothing in it depends on the file's name. */
export interface CachedFile extends Readonly<Partial<Record<Algorithm, Uint8Array>>> {
  readonly head?: Head;
}

/** What is in a cache, for people. */
export interface CacheStats extends Readonly<Record<Algorithm, number>> {
  readonly path: string;
  /** Bytes on the disk, those not yet merged into the main file included. */
  readonly bytes: number;
  /** Of the schema. */
  readonly version: number;
  readonly files: number;
  readonly directories: number;
  /** How many files have a head; how many have a digest of each family stands under the family's name. */
  readonly heads: number;
  /** Sum of the files' lengths in bytes. */
  readonly totalSize: number;
  /** When the file longest unused, and the one last used, were used: seconds since 1970. Undefined if there are no files. */
  readonly oldestUse: number | undefined;
  readonly newestUse: number | undefined;
}

export interface PruneResult {
  /** Entries removed. */
  readonly files: number;
  /** Directories removed because no entry was left in them. */
  readonly directories: number;
  /** Bytes of disk that became free. */
  readonly bytes: number;
}

/**
 * A memory of files. No method throws because of the disk or of other processes: what cannot be read is unknown, what cannot be
 * written is reported once and forgotten.
 */
export interface Cache {
  /** What is known of a file whose size, time of modification and inode are those given; undefined if nothing. */
  lookup(file: TreeFile): CachedFile | undefined;
  /** The same for many files: each with what is known of it, in their order. Several times as fast. */
  lookupAll(files: Iterable<TreeFile>): Iterable<readonly [TreeFile, CachedFile | undefined]>;
  /**
   * Adds facts to what is known of the file. `file` must say what the file was *before* it was read. Written later, in batches.
   * Files that were modified less than two seconds before the cache was opened are not kept.
   */
  store(file: TreeFile, facts: CachedFile): void;
  /** Writes what `store` holds back. */
  flush(): void;
  /** Undefined if there is no cache. */
  stats(): CacheStats | undefined;
  /** Removes what has not been used for so long (default: the expiry that the cache was opened with), and gives the space back. */
  prune(expirySeconds?: number): PruneResult;
  /** Flushes, removes expired entries, and closes. The cache must not be used afterwards; closing again does nothing. */
  close(): void;
}

/** Knows nothing and keeps nothing. */
export const NO_CACHE: Cache = {
  lookup: () => undefined,
  *lookupAll(files) {
    for (const file of files) yield [file, undefined];
  },
  store() {},
  flush() {},
  stats: () => undefined,
  prune: () => ({ files: 0, directories: 0, bytes: 0 }),
  close() {},
};
