// What passes between the thread that digests the image and the main thread, besides the digest itself.
import type { Ranges } from '../checksum/ranged-md5.js';
import type { FilterTables } from './head-filter.js';
import type { SievedPiece } from './sieve.js';

/** To the thread: begins the sieving, or the digesting of ranges. Each once at most. */
export type PassTask = { readonly sieve: FilterTables } | { readonly watch: Ranges };

/** From the thread. */
export type PassAnswer =
  /** Sieving begins: the first point that is looked at, in bytes of the image. */
  | { readonly sievedFrom: number }
  /** The next piece is sieved. */
  | { readonly piece: SievedPiece }
  /** Ranges will be digested: the number of the first. */
  | { readonly watchedFrom: number }
  /** The digests of the next ranges. Those that end in a piece come before it. */
  | { readonly digests: readonly Uint8Array[] };
