// The DESC section, the last thing in a .template and in a .tmp: its entries between two copies of its length
// (docs/spec/template-format.md 3 and 4.1).
import { DIGESTS } from '../checksum/algorithm.js';
import { FormatError } from './errors.js';
import {
  ENTRY_TYPES,
  entryLength,
  typeByteOf,
  type EntryType,
  type ImageEntry,
  type PartEntry,
  type StretchEntry,
  type TemplateEntry,
} from './template-entry.js';
import { U48_MAX, readU48, writeU48 } from './u48.js';

/** Bytes of the ID and the first length field. */
const DESC_HEAD_LENGTH = 10;
/** Bytes of the last length field, by which a reader finds the section from the end of the file. */
export const DESC_TAIL_LENGTH = 6;
/** Shortest possible section: nothing but an image entry of type 1, for an empty image. */
export const DESC_MIN = DESC_HEAD_LENGTH + 23 + DESC_TAIL_LENGTH;
/** Longest section that we read or write, the original's limit: 256 MiB, some 5 million parts. */
export const DESC_MAX = 256 * 1024 * 1024;

/** No template has more parts than these: those of MD5 are the shortest. */
export const MOST_PARTS = Math.floor(
  DESC_MAX / entryLength({ kind: 'part', algorithm: 'md5', written: false, rsum: true }),
);

/** The content of a DESC section. */
export interface Desc {
  /** The stretches of the image in image order, without gaps. */
  readonly entries: readonly StretchEntry[];
  /** What the image is: one entry, or one for each digest family. Never empty. */
  readonly images: readonly ImageEntry[];
}

/**
 * A DESC section.
 *
 * @param entries the stretches in image order; their lengths must add up to the image's
 * @param images the image, once or once for each digest family
 * @param isWritten whether the part at an index of `entries` is in the .tmp already; by default what its entry says
 * @throws RangeError if the lengths do not add up or the section would exceed DESC_MAX
 */
export function encodeDesc(
  entries: readonly StretchEntry[],
  images: readonly ImageEntry[],
  isWritten: (index: number) => boolean = (index) => (entries[index] as PartEntry).written,
): Uint8Array {
  let sum = 0;
  for (const entry of entries) sum += entry.length;
  for (const image of images) {
    if (image.length !== sum) throw new RangeError(`the entries cover ${sum} of ${image.length} bytes`);
  }
  const length = encodedDescLength({ entries, images });
  if (images.length === 0) throw new RangeError('an image entry is missing');
  if (length > DESC_MAX) throw new RangeError(`too many entries for a template: ${entries.length}`);
  const bytes = new Uint8Array(length);
  bytes.set([0x44, 0x45, 0x53, 0x43]);
  writeU48(bytes, 4, length);
  let at = DESC_HEAD_LENGTH;
  for (const [i, entry] of entries.entries()) {
    at = writeEntry(bytes, at, entry, entry.kind === 'part' && isWritten(i));
  }
  for (const image of images) at = writeEntry(bytes, at, image, false);
  writeU48(bytes, at, length);
  return bytes;
}

/** Bytes of the DESC section that `encodeDesc` makes. */
export function encodedDescLength({ entries, images }: Desc): number {
  let length = DESC_HEAD_LENGTH + DESC_TAIL_LENGTH;
  for (const entry of entries) length += encodedLength(entry);
  for (const image of images) length += encodedLength(image);
  return length;
}

function encodedLength(entry: TemplateEntry): number {
  return entryLength(ENTRY_TYPES[typeByteOf(entry, false)] as EntryType);
}

/** Writes one entry and returns the offset behind it. */
function writeEntry(bytes: Uint8Array, at: number, entry: TemplateEntry, written: boolean): number {
  bytes[at] = typeByteOf(entry, written);
  writeU48(bytes, at + 1, entry.length);
  at += 7;
  if (entry.kind === 'data') return at;
  if (entry.digest.length !== DIGESTS[entry.algorithm].bytes) throw new RangeError('a digest of the wrong length');
  if (entry.kind === 'part') {
    if (entry.rsum) bytes.set(entry.rsum, at);
    at += 8;
  }
  bytes.set(entry.digest, at);
  at += entry.digest.length;
  if (entry.kind === 'image') {
    new DataView(bytes.buffer).setUint32(at, entry.blockLength, true);
    at += 4;
  }
  return at;
}

/**
 * The length of the DESC section of a file (docs/spec/template-format.md 4.1).
 *
 * @param tail the last 6 bytes of the file
 * @param fileSize bytes of the file
 * @throws FormatError if no DESC section can end here
 */
export function descLength(tail: Uint8Array, fileSize: number): number {
  if (fileSize < DESC_MIN) throw new FormatError(`byte ${fileSize}`, 'the file is too short for a DESC section');
  const length = readU48(tail, 0);
  if (length < DESC_MIN || length > fileSize || length > DESC_MAX) {
    throw new FormatError(`byte ${fileSize - DESC_TAIL_LENGTH}`, `impossible length ${length} of the DESC section`);
  }
  return length;
}

/**
 * Reads a DESC section. The digests in the result are views of `bytes`.
 *
 * Accepted beyond what writers make: entries of length 0, adjacent `data` entries, any mixture of digest families.
 *
 * @param bytes the whole section, from its ID to the last length field
 * @param offset where in the file it begins, for error messages
 * @throws FormatError if it is not sound: wrong ID or lengths, an unknown type, an image entry that is missing, not last,
 *   not as long as the other entries together, or of another digest than the other one of its family
 */
export function decodeDesc(bytes: Uint8Array, offset: number): Desc {
  const fail = (at: number, message: string): never => {
    throw new FormatError(`byte ${offset + at}`, message);
  };
  if (bytes.length < DESC_MIN || !(bytes[0] === 0x44 && bytes[1] === 0x45 && bytes[2] === 0x53 && bytes[3] === 0x43)) {
    fail(0, 'there is no DESC section here');
  }
  const end = bytes.length - DESC_TAIL_LENGTH;
  if (readU48(bytes, 4) !== bytes.length || readU48(bytes, end) !== bytes.length) {
    fail(4, 'the two length fields of the DESC section differ');
  }
  // Plain views: a Buffer's subarray would be a Buffer, three times as slow to make.
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: StretchEntry[] = [];
  const images: ImageEntry[] = [];
  let sum = 0;
  let at = DESC_HEAD_LENGTH;
  while (at < end) {
    const type = ENTRY_TYPES[view[at]] ?? fail(at, `unknown entry type ${view[at]}`);
    const next = at + entryLength(type);
    if (next > end) fail(at, 'the last entry is cut short');
    const entry = readEntry(view, at, type);
    if (entry.kind === 'image') {
      if (entry.length !== sum) fail(at + 1, `the image has ${entry.length} bytes, but its entries ${sum}`);
      images.push(entry);
    } else {
      if (images.length > 0) fail(at, 'an entry follows the image information');
      sum += entry.length;
      if (sum > U48_MAX) fail(at + 1, 'the entries exceed 2^48 bytes');
      entries.push(entry);
    }
    at = next;
  }
  if (images.length === 0) fail(end, 'the image information is missing');
  if (images.length > 2) fail(end, 'there are more than two image informations');
  const [first, second] = images;
  if (second?.algorithm === first.algorithm && Buffer.compare(second.digest, first.digest) !== 0) {
    fail(end, 'the two image informations contradict one another');
  }
  return { entries, images };
}

function readEntry(
  bytes: Uint8Array,
  at: number,
  { kind, algorithm, written, rsum: hasRsum }: EntryType,
): TemplateEntry {
  const length = readU48(bytes, at + 1);
  at += 7;
  if (kind === 'data') return { kind, length };
  let rsum: Uint8Array | undefined;
  if (kind === 'part' && hasRsum) {
    rsum = bytes.subarray(at, at + 8);
    at += 8;
  }
  const digest = bytes.subarray(at, at + DIGESTS[algorithm].bytes);
  at += digest.length;
  if (kind === 'image') {
    const blockLength = hasRsum ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true) : 0;
    return { kind, algorithm, length, digest, blockLength };
  }
  return rsum ? { kind, algorithm, length, digest, rsum, written } : { kind, algorithm, length, digest, written };
}
