// Whether bytes of an image are all zero.
import type { Extent, RandomAccess } from '../io/reader.js';

/** Bytes that are read at a time, and the most that are read: longer runs are not looked at. */
const ZEROS_READ_BYTES = 1 << 18;
const ZEROS_MAX_BYTES = 2 ** 30;

/**
 * Whether an extent is all zeros. False also if it is longer than 1 GiB, or cannot be read.
 *
 * @param step awaited after each piece that was read
 * @throws what `image.read` and `step` throw
 */
export async function isZero(
  image: RandomAccess,
  { offset, length }: Extent,
  step: () => Promise<void>,
): Promise<boolean> {
  if (length > ZEROS_MAX_BYTES) return false;
  const bytes = Buffer.alloc(Math.min(ZEROS_READ_BYTES, length));
  const zeros = Buffer.alloc(bytes.length);
  for (let done = 0; done < length; done += bytes.length) {
    const n = Math.min(bytes.length, length - done);
    if (image.read(bytes.subarray(0, n), offset + done) !== n || bytes.compare(zeros, 0, n, 0, n) !== 0) return false;
    await step();
  }
  return true;
}
