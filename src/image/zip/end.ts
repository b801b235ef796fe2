// The end of a zip archive: where its central directory is (APPNOTE.TXT 4.3.14 to 4.3.16).
import type { Source } from '../source.js';

/** Bytes of the end record, without its comment of up to 65535. */
const END_RECORD_BYTES = 22;
/** Bytes before the image's end in which an end record is looked for. */
const REACH = END_RECORD_BYTES + 65535;
/** Zeros behind the archive that are passed over, in so many bytes at a time: as many as files are rounded up to. */
const MAX_PADDING = 2 ** 22;
const PADDING_ZEROS = Buffer.alloc(65536);
/** Places that look like an end record and are none: hostile bytes may have 16,000 of them, each of which costs reads. */
const MAX_FALSE = 256;

/** The central directory. */
export interface CentralDirectory {
  /** Bytes from the start of the image. */
  readonly offset: number;
  readonly length: number;
  /** Byte from which the archive's offsets count: above 0 if something precedes the archive. */
  readonly base: number;
  /** Byte behind the archive: that of the end record's comment. */
  readonly end: number;
}

/**
 * Finds the central directory of an archive that ends with the image; `loosely`, also of one behind which there is something
 * else: the last record in the last 65,557 bytes or so that are not padding, as unzip does.
 *
 * @param loosely asked of what is nothing else: the last file of any image may be an archive
 * @returns undefined if there is no end record that leads to a directory
 */
export function findCentralDirectory(source: Source, loosely: boolean): CentralDirectory | undefined {
  return search(source, source.size, true) ?? (loosely ? search(source, aboutUnpadded(source), false) : undefined);
}

/**
 * About where the zeros at the image's end begin: not before them, and less than `PADDING_ZEROS` and an end record behind, whose own
 * last bytes may be zeros.
 */
function aboutUnpadded(source: Source): number {
  let end = source.size;
  while (
    source.size - end < MAX_PADDING &&
    source.bytes(end - PADDING_ZEROS.length, PADDING_ZEROS.length)?.equals(PADDING_ZEROS)
  )
    end -= PADDING_ZEROS.length;
  return Math.min(end + END_RECORD_BYTES, source.size);
}

/** @param exact whether the record's comment must reach exactly to `limit` */
function search(source: Source, limit: number, exact: boolean): CentralDirectory | undefined {
  const length = Math.min(limit, exact ? REACH : REACH + PADDING_ZEROS.length);
  const tail = source.bytes(limit - length, length);
  if (tail === undefined) return undefined;
  let looks = 0;
  // 0 signature, 4 disk numbers, 8 entries on this disk, 10 entries, 12 directory's size, 16 its offset, 20 comment's length
  for (let at = tail.length - END_RECORD_BYTES; at >= 0 && looks < MAX_FALSE; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== 0x06054b50) continue;
    const behind = at + END_RECORD_BYTES + tail.readUInt16LE(at + 20);
    if (exact && behind !== tail.length) continue;
    looks++;
    const record = limit - length + at;
    const directory = directoryOf(source, record, tail.subarray(at, at + END_RECORD_BYTES));
    // Without entries, four bytes are all that tells a record from others.
    if (directory && (exact || directory.length > 0)) {
      return { ...directory, end: Math.min(limit - length + behind, source.size) };
    }
  }
  return undefined;
}

/** The directory that an end record leads to. */
function directoryOf(source: Source, record: number, bytes: Buffer): Omit<CentralDirectory, 'end'> | undefined {
  const { length, recorded, end } = zip64(source, record) ?? {
    length: bytes.readUInt32LE(12),
    recorded: bytes.readUInt32LE(16),
    end: record,
  };
  // The directory lies directly before its end record: what its recorded offset lacks precedes the archive.
  const offset = end - length;
  if (offset < 0) return undefined;
  if (isEntry(source, offset) || length === 0) return { offset, length, base: offset - recorded };
  return isEntry(source, recorded) ? { offset: recorded, length, base: 0 } : undefined;
}

function isEntry(source: Source, offset: number): boolean {
  return source.bytes(offset, 4)?.readUInt32LE(0) === 0x02014b50;
}

/** The same from the zip64 end record, which a locator directly before the end record points to (4.3.14, 4.3.15). */
function zip64(source: Source, end: number): { length: number; recorded: number; end: number } | undefined {
  const locator = source.bytes(end - 20, 20);
  if (locator?.readUInt32LE(0) !== 0x07064b50) return undefined;
  // If something precedes the archive, the locator's offset is too small: the record is 56 bytes long as a rule.
  for (const at of [Number(locator.readBigUInt64LE(8)), end - 76]) {
    const record = source.bytes(at, 56);
    if (record?.readUInt32LE(0) !== 0x06064b50) continue;
    // 4 record's size, 12 versions, 16 disks, 24 entries on this disk, 32 entries, 40 directory's size, 48 its offset
    return { length: Number(record.readBigUInt64LE(40)), recorded: Number(record.readBigUInt64LE(48)), end: at };
  }
  return undefined;
}
