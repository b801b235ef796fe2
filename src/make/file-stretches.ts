// The stretches of an image that are worth a digest: where its layout says that files lie. A hint: if no file of the tree lies there, the
// digest is never asked for; if one does, it need not be hashed.
import type { ImageLayout } from '../image/types.js';
import type { Extent } from '../io/reader.js';

/** Where the files of a layout lie that are in one piece. */
export function* fileStretches({ files }: ImageLayout): Generator<Extent> {
  for (const { extents } of files) if (extents.length === 1) yield extents[0];
}
