// Lists of extents: joining, measuring, comparing.
import type { Extent } from '../io/reader.js';

/**
 * Appends an extent to a list in file order; one that goes on where the last one ends makes that longer. Empty ones are dropped.
 *
 * @param offset bytes from the start of the image
 * @param length bytes
 */
export function append(extents: Extent[], offset: number, length: number): void {
  if (length === 0) return;
  const last = extents.at(-1);
  if (last !== undefined && last.offset + last.length === offset) {
    extents[extents.length - 1] = { offset: last.offset, length: last.length + length };
  } else {
    extents.push({ offset, length });
  }
}

/** The sum of the lengths, in bytes. */
export function totalLength(extents: readonly Extent[]): number {
  let total = 0;
  for (const { length } of extents) total += length;
  return total;
}

/** Whether two lists are the same. */
export function sameExtents(a: readonly Extent[], b: readonly Extent[]): boolean {
  return a.length === b.length && a.every(({ offset, length }, i) => offset === b[i].offset && length === b[i].length);
}
