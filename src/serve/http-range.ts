// The Range header: which bytes a client wants (RFC 9110, 14.1 and 14.2).

/** Bytes of a representation. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * `all`: there is no Range, or none that we understand, which is to be ignored. `none`: no byte of the ranges exists, or they
 * are an attack: answered with 416.
 */
export type RangeRequest = 'all' | 'none' | readonly ByteRange[];

/** More ranges in one request are refused (RFC 9110, 14.2: "a set of many small ranges" may be). */
const MAX_RANGES = 64;

/**
 * Reads a Range header. Ranges that overlap or touch are joined (RFC 9110, 15.3.7.2), so that never more bytes are asked for than
 * there are; others stay in the client's order.
 *
 * @param header its value
 * @param size bytes of the representation
 */
export function parseRange(header: string | undefined, size: number): RangeRequest {
  const match = /^bytes=(.*)$/is.exec(header ?? '');
  if (!match || match[1].length > 4096) return 'all';
  const ranges: ByteRange[] = [];
  let count = 0;
  for (const text of match[1].split(',')) {
    const spec = text.replace(/^[ \t]+|[ \t]+$/g, '');
    // The list syntax allows empty elements (RFC 9110, 5.6.1.2).
    if (spec === '') continue;
    const range = parseSpec(spec, size);
    if (range === 'invalid') return 'all';
    if (++count > MAX_RANGES) return 'none';
    if (range) ranges.push(range);
  }
  if (count === 0) return 'all';
  return ranges.length === 0 ? 'none' : join(ranges);
}

/** Undefined if it is well-formed, but no byte of it exists. */
function parseSpec(spec: string, size: number): ByteRange | undefined | 'invalid' {
  const match = /^(\d*)-(\d*)$/.exec(spec);
  if (!match || (match[1] === '' && match[2] === '')) return 'invalid';
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size);
    return length > 0 ? { start: size - length, length } : undefined;
  }
  const start = Number(match[1]);
  const last = match[2] === '' ? Infinity : Number(match[2]);
  if (last < start) return 'invalid';
  return start < size ? { start, length: Math.min(last + 1, size) - start } : undefined;
}

function join(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  const joined: ByteRange[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (!last || range.start > last.start + last.length) joined.push(range);
    else {
      const end = Math.max(last.start + last.length, range.start + range.length);
      joined[joined.length - 1] = { start: last.start, length: end - last.start };
    }
  }
  return joined.length === ranges.length ? ranges : joined;
}
