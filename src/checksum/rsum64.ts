// RsyncSum64, the rolling checksum of the format (docs/spec/template-format.md 5).
import { RSUM64_TABLE } from './rsum64-table.js';

/** The same constants as signed numbers: int32 arithmetic is what engines do fastest, and only the low 32 bits matter. */
export const RSUM64_INT_TABLE: Int32Array = new Int32Array(RSUM64_TABLE);

/** The two halves of a sum, as signed 32-bit integers. */
export interface Rsum64 {
  readonly lo: number;
  readonly hi: number;
}

/** The sum of `bytes[start..end)`: lo = sum of T[b_i], hi = sum of (n - i) T[b_i], modulo 2^32 (docs/spec/template-format.md 5). */
export function rsum64(bytes: Uint8Array, start = 0, end = bytes.length): Rsum64 {
  let lo = 0;
  let hi = 0;
  for (let i = start; i < end; i++) {
    lo = (lo + RSUM64_INT_TABLE[bytes[i]]) | 0;
    hi = (hi + lo) | 0;
  }
  return { lo, hi };
}

/** The 8 bytes of a sum as they stand in a template: lo, then hi, little-endian. */
export function rsum64Bytes(sum: Rsum64): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, sum.lo, true);
  view.setInt32(4, sum.hi, true);
  return bytes;
}
