// What the layout of an image says: its files, and where their bytes lie.
import type { ByteString } from '../format/bytes.js';
import type { Extent } from '../io/reader.js';

/** The kinds of layout that we can read. */
export type LayoutKind = 'iso9660' | 'udf' | 'tar' | 'zip';

/** Their names for people. */
export const LAYOUT_NAMES: Readonly<Record<LayoutKind, string>> = {
  iso9660: 'ISO9660',
  udf: 'UDF',
  tar: 'tar',
  zip: 'zip',
};

/** How a file may lie in an image otherwise than as its bytes, in words, and what to do to get at it. */
export const PACKINGS = {
  zisofs: { what: 'compressed (zisofs)', remedy: 'mount it and name that folder' },
  compressed: { what: 'compressed', remedy: 'unpack it and name that folder' },
  encrypted: { what: 'encrypted', remedy: 'unpack it and name that folder' },
} as const;
export type Packing = keyof typeof PACKINGS;

/** One file of an image. A hint, never a fact: extents of a hostile image may overlap or lie. */
export interface ImageFile {
  /** Path below the image's root, segments separated by `/`, no leading slash; bytes as the layout has them (UTF-8 where it knows the encoding). */
  readonly path: ByteString;
  /** Length in bytes: the sum of the extents' lengths. */
  readonly size: number;
  /** Where the bytes lie, in file order. Touching extents are joined, so a file in one piece has one. All lie within the image. */
  readonly extents: readonly Extent[];
}

/** An area that is not a file: directories, path tables, boot catalogues, volume descriptors. Offset and length in bytes. */
export interface ImageArea extends Extent {
  readonly what: string;
}

/** An image's layout(s): several kinds may describe the same bytes (a UDF bridge). */
export interface ImageLayout {
  readonly kinds: readonly LayoutKind[];
  /** Files with a size above 0, each set of extents once, ordered by first offset, then path. */
  readonly files: readonly ImageFile[];
  /** Ordered by offset. For reports. */
  readonly areas: readonly ImageArea[];
  /** How many files lie in it packed. */
  readonly packed: ReadonlyMap<Packing, number>;
  /** One line for each thing in the layout that was wrong and left out. At most 100. */
  readonly problems: readonly string[];
}
