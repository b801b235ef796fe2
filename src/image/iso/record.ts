// One directory record (ECMA-119 9.1).
import type { Extent } from '../../io/reader.js';
import type { Source } from '../source.js';
import { append } from '../extents.js';
import { both32 } from './both-endian.js';

/** Extents of one interleaved file section: more is nonsense. */
const MAX_UNITS = 65536;

/** How the block addresses of a hierarchy count. */
export interface Addressing {
  /** Byte of the image at which block 0 would lie; below 0 if the image is the end of a disc. */
  readonly base: number;
  /** Bytes of a block. */
  readonly blockSize: number;
}

/** A directory record; places are offsets in the sector that it was read from. */
export interface DirectoryRecord {
  /** Bytes of the record. */
  readonly recordLength: number;
  /** First block, extended attributes included. */
  readonly block: number;
  /** Blocks of the extended attribute record, which precedes the data. */
  readonly attributeBlocks: number;
  /** Bytes of data. */
  readonly length: number;
  readonly directory: boolean;
  readonly associated: boolean;
  /** Whether the file goes on in the next record. */
  readonly continued: boolean;
  /** Blocks of a file unit; 0 if the file is not interleaved. */
  readonly unit: number;
  /** Blocks between two file units. */
  readonly gap: number;
  readonly name: Buffer;
  /** Where the system use field begins. It ends with the record. */
  readonly systemUse: number;
}

/**
 * Parses the record at `at` of a sector.
 *
 * @returns undefined if there can be no record: it is too short, or leaves the sector
 */
export function parseRecord(
  source: Source,
  where: Addressing,
  sector: Buffer,
  at: number,
): DirectoryRecord | undefined {
  // 0 length of the record, 1 extended attribute blocks, 2 extent, 10 data length, 18 date, 25 flags, 26 file unit size,
  // 27 interleave gap size, 28 volume sequence number, 32 length of the name, 33 name, padding to even, system use
  const recordLength = sector[at];
  if (recordLength < 34 || at + recordLength > sector.length) return undefined;
  const nameLength = sector[at + 32];
  const nameEnd = at + 33 + nameLength;
  if (nameLength === 0 || nameEnd > at + recordLength) return undefined;
  const flags = sector[at + 25];
  const offset = (block: number): number => where.base + block * where.blockSize;
  const block = both32(sector, at + 2, (value) => source.within(offset(value), 0));
  return {
    recordLength,
    block,
    attributeBlocks: sector[at + 1],
    length: both32(sector, at + 10, (value) => source.within(offset(block), value)),
    directory: (flags & 2) !== 0,
    associated: (flags & 4) !== 0,
    continued: (flags & 0x80) !== 0,
    unit: sector[at + 26],
    gap: sector[at + 27],
    name: sector.subarray(at + 33, nameEnd),
    systemUse: Math.min(nameEnd + ((nameLength + 1) % 2), at + recordLength),
  };
}

/** Whether a record is the first one of every directory, which describes the directory itself (ECMA-119 6.8.2.2). */
export function isSelf(record: DirectoryRecord): boolean {
  return record.directory && record.name.length === 1 && record.name[0] === 0;
}

/** Whether a record is the second one of every directory, which describes the parent. */
export function isParent(record: DirectoryRecord): boolean {
  return record.name.length === 1 && record.name[0] === 1;
}

/** Where the data of a record's file section begins, in bytes. */
export function dataOffset(where: Addressing, record: DirectoryRecord): number {
  return where.base + (record.block + record.attributeBlocks) * where.blockSize;
}

/**
 * The extents of a record's file section (ECMA-119 6.4): one, or one for each file unit.
 *
 * @returns undefined if the units are too many, or extended attributes occupy one of them (6.4.3)
 */
export function sectionExtents(where: Addressing, record: DirectoryRecord): Extent[] | undefined {
  const start = dataOffset(where, record);
  if (record.unit === 0 || record.gap === 0) return [{ offset: start, length: record.length }];
  const unit = record.unit * where.blockSize;
  if (record.attributeBlocks !== 0 || record.length > unit * MAX_UNITS) return undefined;
  const extents: Extent[] = [];
  for (let done = 0, at = start; done < record.length; done += unit, at += unit + record.gap * where.blockSize) {
    append(extents, at, Math.min(unit, record.length - done));
  }
  return extents;
}
