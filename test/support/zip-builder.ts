// Pieces of zip archives, to be put together by hand (APPNOTE.TXT 4.3).
import { SparseImage } from './sparse-image.js';
import { fields } from './udf-builder.js';

export interface Member {
  readonly name: string;
  readonly size: number;
  readonly offset: number;
  readonly method?: number;
  readonly flags?: number;
  /** Put size, compressed size and offset in a zip64 extra field. */
  readonly wide?: boolean;
}

/** A local header with an extra field that the directory does not have. */
export const local = ({ name }: Member): Buffer =>
  fields([4, 0x04034b50], [22, 0], [2, name.length], [2, 5], Buffer.from(name), [5, 0]);

/** Its entry in the central directory. */
export function central({ name, size, offset, method = 0, flags = 0, wide = false }: Member): Buffer {
  const other = fields([2, 0x7075], [2, 3], [3, 0]);
  const extra = wide ? Buffer.concat([other, fields([2, 1], [2, 24], [8, size], [8, size], [8, offset])]) : other;
  const value = (n: number): readonly [number, number] => [4, wide ? 0xffffffff : n];
  return fields(
    [4, 0x02014b50],
    [4, 0],
    [2, flags],
    [2, method],
    [8, 0],
    value(size),
    value(size),
    [2, name.length],
    [2, extra.length],
    [10, 0],
    value(offset),
    Buffer.from(name),
    extra,
  );
}

/** The end record. */
export const end = (length: number, offset: number, comment = ''): Buffer =>
  fields([4, 0x06054b50], [4, 0], [4, 0], [4, length], [4, offset], [2, comment.length], Buffer.from(comment));

/** An archive of the given members, each where its offset says. `directory` is where the central directory begins. */
export function zipWith(members: readonly Member[], directory: number, comment = ''): SparseImage {
  const image = new SparseImage();
  for (const member of members) image.put(member.offset, local(member));
  const entries = Buffer.concat(members.map(central));
  return image.put(directory, Buffer.concat([entries, end(entries.length, directory, comment)]));
}
