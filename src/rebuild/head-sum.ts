// rsum64 of the head of a file: the cheap question whether it can be a needed file at all.
import { rsum64, rsum64Bytes } from '../checksum/rsum64.js';
import type { RandomAccess } from '../io/reader.js';

/** Bytes read at a time. A template may claim any block length up to 4 GiB. */
const HEAD_SUM_READ_BYTES = 65536;

/**
 * The rsum64 of the first `length` bytes, or of all if there are fewer.
 *
 * Pieces are joined as docs/spec/template-format.md 5 has it: with n more bytes, lo = lo1 + lo2 and hi = hi1 + n lo1 + hi2.
 *
 * @returns the 8 bytes of the sum as a map key
 */
export function headSum(reader: RandomAccess, length: number): string {
  const buffer = new Uint8Array(Math.min(HEAD_SUM_READ_BYTES, length, reader.size));
  let lo = 0;
  let hi = 0;
  for (let done = 0; done < length;) {
    const n = reader.read(buffer.subarray(0, Math.min(buffer.length, length - done)), done);
    if (n === 0) break;
    const piece = rsum64(buffer, 0, n);
    hi = (hi + Math.imul(n, lo) + piece.hi) | 0;
    lo = (lo + piece.lo) | 0;
    done += n;
  }
  return sumKey(rsum64Bytes({ lo, hi }));
}

/** The 8 bytes of a sum as a map key. */
export function sumKey(sum: Uint8Array): string {
  return Buffer.from(sum.buffer, sum.byteOffset, sum.length).toString('latin1');
}
