// Many files in one message: to and from workers, columns of numbers go ten times as fast as objects.
import { ALGORITHMS, DIGESTS, perAlgorithm, type Algorithm } from '../checksum/algorithm.js';
import type { ByteString } from '../format/bytes.js';
import type { Head } from './head.js';

/** What can be wanted of a file: bits of a byte. */
export const BIT = { head: 128, ...perAlgorithm((algorithm) => 1 << ALGORITHMS.indexOf(algorithm)) } as const;

/** Files of which it is not known whether they are there. */
export interface FileBatch {
  /** Their paths, one behind the other. */
  readonly names: Uint8Array;
  /** Where in `names` each ends. */
  readonly ends: Uint32Array;
  /** What to find out of each, as BITs; 0: it is looked at, and not opened. */
  readonly wanted: Uint8Array;
  /** In bytes; a file of another length is not read. NaN: any length. */
  readonly lengths: Float64Array;
  /** Bytes of a head, where one is wanted. */
  readonly headLength?: number;
  /** What a walk found: of a file that is not that any more, or not to the end, nothing is told. */
  readonly found?: {
    /** Nanoseconds since 1970. */
    readonly mtimes: BigInt64Array;
    readonly inodes: BigUint64Array;
  };
}

/** A file to look at, before it is put into a batch. */
export interface FileQuestion {
  readonly path: ByteString;
  readonly wanted: number;
  readonly length: number;
}

/**
 * What became of a file. `closed`: it could not be opened; `unreadable`: nor be read, or it is not a file, or not the one that was found;
 * `unchecked`: nobody knows, since no more files could be opened.
 */
export const STATE = { found: 0, missing: 1, closed: 2, unreadable: 3, unchecked: 4 } as const;

/** The reason of a file that is not, or no longer, what it was. */
export const CHANGED = 'it changed meanwhile';

/** What was found of the files of a batch, in its order. */
export interface Findings {
  /** The digests of each family, one behind the other, for each file; empty if none of this family was wanted. */
  readonly digests: Readonly<Record<Algorithm, Uint8Array>>;
  /** STATEs. */
  readonly states: Uint8Array;
  /** In strerror's words, of those that are `closed`, `unreadable` or `unchecked`. */
  readonly reasons: ReadonlyMap<number, string>;
  // Of those that are found: regular files.
  /** In bytes. */
  readonly sizes: Float64Array;
  /** Nanoseconds since 1970. */
  readonly mtimes: BigInt64Array;
  readonly ctimes: BigInt64Array;
  readonly inodes: BigUint64Array;
  readonly devices: BigUint64Array;
  /** Of files that are not shorter than a head. */
  readonly heads: ReadonlyMap<number, Head>;
  /** Which digests were computed, as BITs. */
  readonly known: Uint8Array;
}

/** Packs a batch. */
export function packFiles(files: readonly FileQuestion[]): FileBatch {
  const names = Buffer.from(files.map(({ path }) => path).join(''), 'latin1');
  const ends = new Uint32Array(files.length);
  const wanted = new Uint8Array(files.length);
  const lengths = new Float64Array(files.length);
  let end = 0;
  for (let i = 0; i < files.length; i++) {
    ends[i] = end += files[i].path.length;
    wanted[i] = files[i].wanted;
    lengths[i] = files[i].length;
  }
  return { names, ends, wanted, lengths };
}

/** The digests that were computed of a file. Views: they keep those of the whole batch in memory. */
export function digestsFound(findings: Findings, index: number): Partial<Record<Algorithm, Uint8Array>> {
  const digests: Partial<Record<Algorithm, Uint8Array>> = {};
  for (const algorithm of ALGORITHMS) {
    if ((findings.known[index] & BIT[algorithm]) === 0) continue;
    const length = DIGESTS[algorithm].bytes;
    digests[algorithm] = findings.digests[algorithm].subarray(index * length, (index + 1) * length);
  }
  return digests;
}
