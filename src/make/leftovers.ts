// The biggest things left in the template, and why: what a release engineer wants to know.
import { display, type ByteString } from '../format/bytes.js';
import type { ImageFile, ImageLayout } from '../image/types.js';
import type { TreeFile } from '../tree/types.js';
import type { Match } from './cover.js';

/** Something in the image that no part covers. */
export interface Leftover {
  /** A file of the image, or what else lies there. */
  readonly what: string;
  /** Why it is in the template. */
  readonly reason: string;
  /** Where it begins in the image, in bytes. */
  readonly offset: number;
  /** How many bytes of it are in the template. */
  readonly length: number;
}

/** So many are reported. */
const MOST = 10;

/** Smaller gaps between files are told as one thing: they are alignment, which nobody can do anything about. Bytes. */
const SMALL_GAP = 64 << 10;

/**
 * Explains the unmatched bytes with the layout of the image, if it has one that we know.
 *
 * @param size bytes of the image
 * @param layout what is known of its files
 * @param parts in image order
 * @param files what was offered
 * @param minLength bytes below which a file is not looked for
 */
export function leftovers(
  size: number,
  layout: ImageLayout | undefined,
  parts: readonly Match[],
  files: readonly TreeFile[],
  minLength: number,
): Leftover[] {
  const gaps = gapsOf(parts, size);
  const why = reasons(files, minLength);
  const found: Leftover[] = [];
  const named: { start: number; end: number }[] = [];
  const add = (what: string, reason: string, extents: readonly { offset: number; length: number }[]): void => {
    const length = extents.reduce((sum, e) => sum + overlap(gaps, e.offset, e.offset + e.length), 0);
    for (const e of extents) named.push({ start: e.offset, end: e.offset + e.length });
    if (length > 0) found.push({ what, reason, offset: extents[0].offset, length });
  };
  for (const file of layout?.files ?? []) add(display(file.path), why(file), file.extents);
  for (const area of layout?.areas ?? []) add(area.what, 'structure of the image', [area]);
  named.sort((a, b) => a.start - b.start);
  for (const gap of unnamed(gaps, named)) found.push(gap);
  return found.sort((a, b) => b.length - a.length || a.offset - b.offset).slice(0, MOST);
}

interface Gap {
  readonly start: number;
  readonly end: number;
  /** Unmatched bytes in all gaps before this one. */
  readonly before: number;
}

function gapsOf(parts: readonly Match[], size: number): Gap[] {
  const gaps: Gap[] = [];
  let position = 0;
  let before = 0;
  for (const { start, end } of [...parts, { start: size, end: size }]) {
    if (start > position) {
      gaps.push({ start: position, end: start, before });
      before += start - position;
    }
    position = end;
  }
  return gaps;
}

/** Unmatched bytes in [start, end). */
function overlap(gaps: readonly Gap[], start: number, end: number): number {
  return unmatchedBefore(gaps, end) - unmatchedBefore(gaps, start);
}

function unmatchedBefore(gaps: readonly Gap[], position: number): number {
  let low = 0;
  let high = gaps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (gaps[middle].start < position) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const { start, end, before } = gaps[low - 1];
  return before + Math.min(position, end) - start;
}

/** What no directory names. */
function unnamed(gaps: readonly Gap[], named: readonly { start: number; end: number }[]): Leftover[] {
  const found: Leftover[] = [];
  const small = { places: 0, offset: 0, length: 0 };
  let position = 0;
  const size = gaps.at(-1)?.end ?? 0;
  for (const { start, end } of [...named, { start: size, end: size }]) {
    const length = start > position ? overlap(gaps, position, start) : 0;
    if (length >= SMALL_GAP) {
      found.push({ what: 'data that no directory names', reason: 'not a file of the tree', offset: position, length });
    } else if (length > 0) {
      if (small.places++ === 0) small.offset = position;
      small.length += length;
    }
    position = Math.max(position, end);
  }
  if (small.places > 0) {
    const what = small.places === 1 ? 'a gap between files' : `${small.places} gaps between files`;
    found.push({ what, reason: 'alignment', offset: small.offset, length: small.length });
  }
  return found;
}

function reasons(files: readonly TreeFile[], minLength: number): (file: ImageFile) => string {
  const byName = new Map<ByteString, TreeFile>();
  for (const file of files) {
    byName.set(file.rest, file);
    const leaf = leafOf(file.rest);
    if (!byName.has(leaf)) byName.set(leaf, file);
  }
  return ({ path, size, extents }) => {
    if (size < minLength) return `shorter than --min-length ${minLength}`;
    if (extents.length > 1) return `in ${extents.length} pieces`;
    const same = byName.get(path) ?? byName.get(leafOf(path));
    if (!same) return 'no such file in the tree';
    const place = display(same.prefix + same.rest);
    return same.size === size ? `differs from ${place}` : `differs from ${place}, which has ${same.size} bytes`;
  };
}

function leafOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}
