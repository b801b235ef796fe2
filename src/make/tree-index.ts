// The tree as the matcher sees it: columns of numbers in shared memory, so that every worker reads the same one.
import { DIGEST_LENGTH, type Algorithm } from '../checksum/digest.js';
import { toPath, type ByteString } from '../format/bytes.js';
import { HEAD_PREFIX_LENGTH, type Head } from '../tree/head.js';
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
  /** 1 where `digests` is valid. Set with Atomics after the digest, by whoever computes it first. */
  readonly known: Uint8Array;
  readonly digests: Uint8Array;
  readonly prefixes: Uint8Array;
  /** Where each path starts in `paths`; one more entry than files. */
  readonly pathOffsets: Float64Array;
  readonly paths: Uint8Array;
}

/**
 * The files of a tree that are long enough to be parts, in scan order: file `i` of the index is everywhere the same file.
 * About 150 bytes a file.
 */
export class TreeIndex {
  readonly columns: TreeColumns;

  constructor(columns: TreeColumns) {
    this.columns = columns;
  }

  /**
   * @param files in scan order: of files with equal content the first is the one that is reported
   * @param heads what each file's start tells, over `minLength` bytes
   * @param known digests of the chosen algorithm where a cache has them
   */
  static build(
    files: readonly TreeFile[],
    heads: (i: number) => Head,
    known: (i: number) => Uint8Array | undefined,
    minLength: number,
    algorithm: Algorithm,
  ): TreeIndex {
    const count = files.length;
    const digestLength = DIGEST_LENGTH[algorithm];
    const pathOffsets = new Float64Array(new SharedArrayBuffer((count + 1) * 8));
    for (let i = 0; i < count; i++) pathOffsets[i + 1] = pathOffsets[i] + files[i].prefix.length + files[i].rest.length;
    const columns: TreeColumns = {
      count,
      minLength,
      algorithm,
      sizes: new Float64Array(new SharedArrayBuffer(count * 8)),
      lo: new Int32Array(new SharedArrayBuffer(count * 4)),
      hi: new Int32Array(new SharedArrayBuffer(count * 4)),
      periods: new Int32Array(new SharedArrayBuffer(count * 4)),
      runs: new Float64Array(new SharedArrayBuffer(count * 8)),
      known: new Uint8Array(new SharedArrayBuffer(count)),
      digests: new Uint8Array(new SharedArrayBuffer(count * digestLength)),
      prefixes: new Uint8Array(new SharedArrayBuffer(count * HEAD_PREFIX_LENGTH)),
      pathOffsets,
      paths: new Uint8Array(new SharedArrayBuffer(pathOffsets[count])),
    };
    for (let i = 0; i < count; i++) {
      const head = heads(i);
      columns.sizes[i] = files[i].size;
      columns.lo[i] = head.lo;
      columns.hi[i] = head.hi;
      columns.periods[i] = head.period;
      columns.runs[i] = head.run;
      columns.prefixes.set(head.prefix.subarray(0, HEAD_PREFIX_LENGTH), i * HEAD_PREFIX_LENGTH);
      columns.paths.set(toPath(pathOf(files[i])), pathOffsets[i]);
      const digest = known(i);
      if (digest) {
        columns.digests.set(digest, i * digestLength);
        columns.known[i] = 1;
      }
    }
    return new TreeIndex(columns);
  }

  /** The path to open. */
  path(i: number): ByteString {
    const { paths, pathOffsets } = this.columns;
    return Buffer.from(paths.buffer, pathOffsets[i], pathOffsets[i + 1] - pathOffsets[i]).toString('latin1');
  }

  /** The file's digest if it is known by now, as a view of the shared column. */
  digest(i: number): Uint8Array | undefined {
    const { known, digests, algorithm } = this.columns;
    const length = DIGEST_LENGTH[algorithm];
    return Atomics.load(known, i) === 1 ? digests.subarray(i * length, (i + 1) * length) : undefined;
  }

  /** Records a digest. Two workers may do so for one file at the same time: they write the same bytes. */
  setDigest(i: number, digest: Uint8Array): void {
    const { known, digests } = this.columns;
    digests.set(digest, i * digest.length);
    Atomics.store(known, i, 1);
  }
}
