// The ranges of an image that are worth a digest: where its layout says that files lie. A hint: if no file of the tree lies there, the
// digest is never asked for; if one does, it need not be hashed.
import { RANGE_ALIGNMENT, type Ranges } from '../checksum/ranged-md5.js';
import type { ImageLayout } from '../image/types.js';

/** Where the files of a layout lie, unless they are in pieces, begin at an odd place, or overlap. */
export function rangesOfFiles({ files }: ImageLayout): Ranges {
  const offsets: number[] = [];
  const lengths: number[] = [];
  let end = 0;
  for (const { extents } of files) {
    const [{ offset, length }] = extents;
    if (extents.length > 1 || offset % RANGE_ALIGNMENT !== 0 || offset < end) continue;
    offsets.push(offset);
    lengths.push(length);
    end = offset + length;
  }
  return { offsets: Float64Array.from(offsets), lengths: Float64Array.from(lengths) };
}
