// The end of a zip archive: where its central directory is (APPNOTE.TXT 4.3.14 to 4.3.16).
import type { Source } from '../source.js';

/** Bytes of the end record, without its comment of up to 65535. */
const END = 22;

/** The central directory. */
export interface CentralDirectory {
  /** Bytes from the start of the image. */
  readonly offset: number;
  readonly length: number;
  /** Byte from which the archive's offsets count: above 0 if something precedes the archive. */
  readonly base: number;
}

/**
 * Finds the central directory of an archive that ends with the image.
 *
 * @returns undefined if there is no end record whose comment reaches exactly to the image's end
 */
export function findCentralDirectory(source: Source): CentralDirectory | undefined {
  const length = Math.min(source.size, END + 65535);
  const tail = source.bytes(source.size - length, length);
  if (tail === undefined) return undefined;
  // 0 signature, 4 disk numbers, 8 entries on this disk, 10 entries, 12 directory's size, 16 its offset, 20 comment's length
  for (let at = tail.length - END; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== 0x06054b50) continue;
    if (at + END + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const end = source.size - length + at;
    const found = zip64(source, end) ?? {
      length: tail.readUInt32LE(at + 12),
      recorded: tail.readUInt32LE(at + 16),
      end,
    };
    // The directory lies directly before its end record: what its recorded offset lacks precedes the archive.
    const offset = found.end - found.length;
    if (offset < 0) continue;
    if (isEntry(source, offset) || found.length === 0)
      return { offset, length: found.length, base: offset - found.recorded };
    if (isEntry(source, found.recorded)) return { offset: found.recorded, length: found.length, base: 0 };
  }
  return undefined;
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
