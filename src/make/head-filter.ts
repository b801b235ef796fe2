// The first filter of the search: which cells of the image may hold the start of a file?
import { HEAD_PREFIX_LENGTH } from '../tree/head.js';
import { FINGERPRINT_FACTORS } from '../wasm/cell-filter-code.js';

/** Bytes of a fingerprint: four 32-bit words. */
export const FINGERPRINT_LENGTH = 16;

/** Bytes of the largest cell: its fingerprints need all of the bytes that are known of a file's start. */
export const MAX_GRAIN = HEAD_PREFIX_LENGTH - FINGERPRINT_LENGTH;

/** Beyond this many fingerprints the cells get smaller, so that the bitmap stays small (16 MiB). */
const FINGERPRINT_BUDGET = 4 << 20;

const [F0, F1, F2, F3, F4] = FINGERPRINT_FACTORS;

/** Bits of the bitmap for each fingerprint, at least: few cells pass by chance then. */
const BITS_EACH = 32;

/** Mixes four words into 32 bits. (cell-filter-code.ts does the same for four cells at a time.) */
export function fingerprint(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a, F0) ^ Math.imul(b, F1);
  h = Math.imul(h ^ (h >>> 15), F2) ^ Math.imul(c, F3) ^ Math.imul(d, F4);
  h = Math.imul(h ^ (h >>> 13), F0);
  return h ^ (h >>> 16);
}

/** What is posted to a worker. */
export interface FilterTables {
  /** Bytes per cell: a power of two, 4 to 64. */
  readonly grain: number;
  /** How many fingerprints there may be, equal ones counted as often as they occur. */
  readonly fingerprints: number;
  /** The fingerprints as a bitmap: small, so that nearly all cells are dismissed from the processor's caches. */
  readonly bits: Int32Array;
  /** The fingerprints as a hash table with open addressing (0 is an empty slot): dismisses what the bitmap lets through. */
  readonly set: Int32Array;
}

/**
 * Builds the filter from the first bytes of files.
 *
 * It cuts the image into cells of `grain` bytes. The cell at grid point p (a multiple of `grain`) stands for the `grain` starts
 * p - grain + 1 to p: a file that starts at one of them covers p with one of its first `grain` bytes, so the fingerprint of
 * the image at p is one of the `grain` fingerprints of the file's first bytes. Where the image's fingerprint is not among
 * those of all files, no file starts in the cell, and its bytes need not be rolled over.
 *
 * It is a filter only: a false positive costs the rolling of one cell, and there are no false negatives.
 */
export class FilterBuilder {
  readonly tables: FilterTables;
  /** The words that begin at each byte of a prefix. */
  readonly #words = new Int32Array(HEAD_PREFIX_LENGTH);

  /** @param count files that will be added, at most */
  constructor(count: number) {
    let grain = MAX_GRAIN;
    while (grain > 4 && count * grain > FINGERPRINT_BUDGET) grain /= 2;
    const fingerprints = Math.max(64, count * grain);
    this.tables = {
      grain,
      fingerprints,
      bits: new Int32Array(new SharedArrayBuffer(2 ** Math.ceil(Math.log2(fingerprints * BITS_EACH)) / 8)),
      set: new Int32Array(new SharedArrayBuffer(2 ** Math.ceil(Math.log2(fingerprints * 1.5)) * 4)),
    };
  }

  /** @param prefix the first HEAD_PREFIX_LENGTH bytes of a file */
  add(prefix: Uint8Array): void {
    const { grain, bits, set } = this.tables;
    const words = this.#words;
    let word = 0;
    for (let i = 0; i < grain + FINGERPRINT_LENGTH - 1; i++) {
      word = (word >>> 8) | (prefix[i] << 24);
      if (i >= 3) words[i - 3] = word;
    }
    for (let j = 0; j < grain; j++) {
      addFingerprint(bits, set, fingerprint(words[j], words[j + 4], words[j + 8], words[j + 12]));
    }
  }
}

function addFingerprint(bits: Int32Array, set: Int32Array, value: number): void {
  const bit = value & (bits.length * 32 - 1);
  bits[bit >>> 5] |= 1 << (bit & 31);
  const mask = set.length - 1;
  let slot = Math.imul(value, 0x9e3779b1) & mask;
  while (set[slot] !== 0 && set[slot] !== value) slot = (slot + 1) & mask;
  set[slot] = value;
}

/** Whether a value may be in the set: the second step, after its bit was found set. A value of 0 always may. */
export function inFingerprints(set: Int32Array, value: number): boolean {
  const mask = set.length - 1;
  let slot = Math.imul(value, 0x9e3779b1) & mask;
  while (set[slot] !== 0) {
    if (set[slot] === value) return true;
    slot = (slot + 1) & mask;
  }
  return value === 0;
}
