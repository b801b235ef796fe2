// Lists of extents: joining, cutting, naming.
import { createHash } from 'node:crypto';
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

/** A short text that is equal for equal lists only (for long ones: but for a collision of MD5). */
export function keyOf(extents: readonly Extent[]): string {
  if (extents.length === 1) return `${extents[0].offset}+${extents[0].length}`;
  const text = extents.map(({ offset, length }) => `${offset}+${length}`).join(' ');
  return text.length <= 100 ? text : createHash('md5').update(text).digest('base64');
}
