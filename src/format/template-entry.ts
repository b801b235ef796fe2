// The entries of the DESC section: what an image consists of, in image order (docs/spec/template-format.md 3.1).
import { ALGORITHMS, DIGESTS, type Algorithm } from '../checksum/algorithm.js';

/** A run of unmatched bytes, which the template itself holds. Type 2. */
export interface DataEntry {
  readonly kind: 'data';
  /** Bytes of the image. */
  readonly length: number;
}

/** A file that the image contains. Types 3, 6, 9 (needed) and 4, 7, 10 (written, in a .tmp). */
export interface PartEntry {
  readonly kind: 'part';
  readonly algorithm: Algorithm;
  /** Bytes of the file. */
  readonly length: number;
  /** Digest of the whole file: 16 or 32 bytes. */
  readonly digest: Uint8Array;
  /** rsum64 of the file's first `blockLength` bytes (all of a shorter file), 8 bytes; absent in types 3 and 4. */
  readonly rsum?: Uint8Array;
  /** Whether the bytes are in the .tmp already. */
  readonly written: boolean;
}

/** What the whole image is. Types 1, 5, 8. */
export interface ImageEntry {
  readonly kind: 'image';
  readonly algorithm: Algorithm;
  /** Bytes of the image: the sum of the other entries. */
  readonly length: number;
  /** Digest of the whole image. */
  readonly digest: Uint8Array;
  /** Bytes covered by the parts' rsum64, `--min-length` at creation; 0 if the parts have none (type 1). */
  readonly blockLength: number;
}

/** A stretch of the image. Its offset is the sum of the lengths before it. */
export type StretchEntry = DataEntry | PartEntry;

/** Any entry, distinguished by `kind`. */
export type TemplateEntry = StretchEntry | ImageEntry;

/** What a type byte means. */
export interface EntryType {
  readonly kind: TemplateEntry['kind'];
  readonly algorithm: Algorithm;
  readonly written: boolean;
  /** Whether a part has its rsum, an image its block length. */
  readonly rsum: boolean;
}

function type(kind: TemplateEntry['kind'], algorithm: Algorithm, rsum: boolean, written = false): EntryType {
  return { kind, algorithm, written, rsum };
}

/** The entry types, indexed by their type byte (docs/spec/template-format.md 3.1). Type 0 does not exist, and `data` has no digest. */
export const ENTRY_TYPES = entryTypes();

const DATA = 2;

function entryTypes(): readonly (EntryType | undefined)[] {
  const types: (EntryType | undefined)[] = [
    undefined,
    // Those of old writers, without rsum64.
    type('image', 'md5', false),
    type('data', 'md5', false),
    type('part', 'md5', false),
    type('part', 'md5', false, true),
  ];
  for (const algorithm of ALGORITHMS) {
    const { image, part, written } = DIGESTS[algorithm].types;
    types[image] = type('image', algorithm, true);
    types[part] = type('part', algorithm, true);
    types[written] = type('part', algorithm, true, true);
  }
  return types;
}

/**
 * The type byte that a writer uses; the obsolete types 1, 3 and 4 become 5, 6 and 7.
 *
 * @param written whether a part is to be marked as written
 */
export function typeByteOf(entry: TemplateEntry, written: boolean): number {
  if (entry.kind === 'data') return DATA;
  const { types } = DIGESTS[entry.algorithm];
  if (entry.kind === 'image') return types.image;
  return written ? types.written : types.part;
}

/** Bytes of an entry, the type byte included. */
export function entryLength({ kind, algorithm, rsum }: EntryType): number {
  if (kind === 'data') return 7;
  if (kind === 'image') return 7 + DIGESTS[algorithm].bytes + (rsum ? 4 : 0);
  return 7 + DIGESTS[algorithm].bytes + (rsum ? 8 : 0);
}
