// The tree as the matcher sees it: columns of numbers in shared memory, so that every worker reads the same one.
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import { toPath, type ByteString } from '../format/bytes.js';
import type { Head } from '../tree/head.js';
import { pathOf, type TreeFile } from '../tree/types.js';

/** The plain data behind a TreeIndex: what is posted to a worker. */
export interface TreeColumns {
  readonly count: number;
  readonly minLength: number;
  readonly algorithm: Algorithm;
  readonly sizes: Float64Array;
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  readonly periods: Int32Array;
  readonly runs: Float64Array;
  /** Whether `digests` is valid: one of KNOWN. Set with Atomics after the digest, by whoever computes it first. */
  readonly known: Uint8Array;
  readonly digests: Uint8Array;
  /** Where each path starts in `paths`; one more entry than files. */
  readonly pathOffsets: Float64Array;
  readonly paths: Uint8Array;
}

/** What is known of a digest: nothing; it was computed; it was known from the beginning. */
const KNOWN = { no: 0, computed: 1, before: 2 } as const;

/**
 * The files of a tree that are long enough to be parts, in scan order: file `i` of the index is everywhere the same file.
 * About 60 bytes a file, and its path.
 */
export class TreeIndex {
  readonly columns: TreeColumns;

  constructor(columns: TreeColumns) {
    this.columns = columns;
  }

  /** The path to open. */
  path(i: number): ByteString {
    const { paths, pathOffsets } = this.columns;
    return Buffer.from(paths.buffer, pathOffsets[i], pathOffsets[i + 1] - pathOffsets[i]).toString('latin1');
  }

  /** The file's digest if it is known by now, as a view of the shared column. */
  digest(i: number): Uint8Array | undefined {
    const { known, digests, algorithm } = this.columns;
    const length = DIGESTS[algorithm].bytes;
    return Atomics.load(known, i) !== KNOWN.no ? digests.subarray(i * length, (i + 1) * length) : undefined;
  }

  /** The file's digest if it was not known from the beginning, but is by now. */
  newDigest(i: number): Uint8Array | undefined {
    return Atomics.load(this.columns.known, i) === KNOWN.computed ? this.digest(i) : undefined;
  }

  /** Records a digest that was computed. Two workers may do so for one file at the same time: they write the same bytes. */
  setDigest(i: number, digest: Uint8Array): void {
    const { known, digests } = this.columns;
    digests.set(digest, i * digest.length);
    Atomics.compareExchange(known, i, KNOWN.no, KNOWN.computed);
  }
}

/** What the memory for an index depends on. */
export interface IndexSize extends Pick<TreeColumns, 'count' | 'minLength' | 'algorithm'> {
  readonly pathsLength: number;
}

/**
 * Builds an index file by file, in scan order: of files with equal content the first is the one that is reported. (What is known
 * of a million files would take a gigabyte as objects.)
 */
export class TreeIndexBuilder {
  readonly #columns: TreeColumns;
  #count = 0;

  /** @param size files that will be added, and bytes of their paths, at most */
  constructor({ count, pathsLength, minLength, algorithm }: IndexSize) {
    this.#columns = {
      count,
      minLength,
      algorithm,
      sizes: new Float64Array(new SharedArrayBuffer(count * 8)),
      lo: new Int32Array(new SharedArrayBuffer(count * 4)),
      hi: new Int32Array(new SharedArrayBuffer(count * 4)),
      periods: new Int32Array(new SharedArrayBuffer(count * 4)),
      runs: new Float64Array(new SharedArrayBuffer(count * 8)),
      known: new Uint8Array(new SharedArrayBuffer(count)),
      digests: new Uint8Array(new SharedArrayBuffer(count * DIGESTS[algorithm].bytes)),
      pathOffsets: new Float64Array(new SharedArrayBuffer((count + 1) * 8)),
      paths: new Uint8Array(new SharedArrayBuffer(pathsLength)),
    };
  }

  /**
   * Adds the next file.
   *
   * @param head what its start tells, over `minLength` bytes
   * @param digest of the chosen algorithm, if a cache has it
   */
  add(file: TreeFile, head: Head, digest: Uint8Array | undefined): void {
    const columns = this.#columns;
    const i = this.#count++;
    const path = toPath(pathOf(file));
    columns.sizes[i] = file.size;
    columns.lo[i] = head.lo;
    columns.hi[i] = head.hi;
    columns.periods[i] = head.period;
    columns.runs[i] = head.run;
    columns.paths.set(path, columns.pathOffsets[i]);
    columns.pathOffsets[i + 1] = columns.pathOffsets[i] + path.length;
    if (!digest) return;
    columns.digests.set(digest, i * digest.length);
    columns.known[i] = KNOWN.before;
  }

  /** The index of what was added. */
  index(): TreeIndex {
    return new TreeIndex({ ...this.#columns, count: this.#count });
  }
}
