// The volume descriptors of one session: 2048 bytes each, from its sector 16 on (ECMA-119 8; Joliet 2; El Torito 2.0, 2.1).
import type { Source } from '../source.js';
import { both16, both32 } from './both-endian.js';

/** Bytes of a logical sector, and of a volume descriptor. */
export const SECTOR = 2048;
/** Sectors before the first volume descriptor of a session. */
export const SYSTEM_AREA = 16;
/** A disc has a handful; the terminator may be missing. */
const MAX_VOLUME_DESCRIPTORS = 64;

/** Which names a directory hierarchy has. */
export type NameSource = 'plain' | 'joliet' | 'enhanced';

/** A primary, supplementary or enhanced volume descriptor: one directory hierarchy. Addresses are in logical blocks. */
export interface Hierarchy {
  readonly names: NameSource;
  /** Bytes of a logical block: 512, 1024 or 2048. */
  readonly blockSize: number;
  /** Length of the volume (of this session, where there are several) in blocks. */
  readonly blocks: number;
  /** First block of the root directory, its extended attributes skipped. */
  readonly root: number;
  /** Bytes of the root directory. */
  readonly rootLength: number;
  /** Bytes of each path table. */
  readonly pathTableLength: number;
  /** First blocks of the path tables, 0 where there is none. */
  readonly pathTables: readonly number[];
}

/** The volume descriptors of one session. */
export interface DescriptorSet {
  /** Where the session begins: bytes from the start of the image to 16 sectors before the first descriptor. */
  readonly start: number;
  /** Bytes of the descriptors, terminator included. */
  readonly length: number;
  /** At least one, the primary one first. */
  readonly hierarchies: readonly Hierarchy[];
  /** Sector of the El Torito boot catalogue. */
  readonly bootCatalogue: number | undefined;
}

/** Whether the first bytes of a sector are those of a volume descriptor of the given type (ECMA-119 8.1). */
function isDescriptor(bytes: Buffer, type: number): boolean {
  return bytes[0] === type && bytes.toString('latin1', 1, 6) === 'CD001';
}

/** Whether a primary volume descriptor seems to begin at `offset` (bytes). */
export function isPrimary(source: Source, offset: number): boolean {
  const head = source.bytes(offset, 8);
  return head !== undefined && isDescriptor(head, 1) && head[6] === 1;
}

/**
 * Reads the descriptors of the session that begins at `start` (bytes).
 *
 * @returns undefined if there is no usable primary volume descriptor
 */
export function readDescriptors(source: Source, start: number): DescriptorSet | undefined {
  const first = start + SYSTEM_AREA * SECTOR;
  const hierarchies: Hierarchy[] = [];
  let bootCatalogue: number | undefined;
  let count = 0;
  while (count < MAX_VOLUME_DESCRIPTORS) {
    const bytes = source.bytes(first + count * SECTOR, SECTOR);
    if (bytes === undefined || bytes.toString('latin1', 1, 6) !== 'CD001') break;
    count++;
    if (bytes[0] === 255) break;
    if (bytes[0] === 1 || bytes[0] === 2) {
      const hierarchy = hierarchyOf(bytes, source.size);
      if (hierarchy !== undefined) hierarchies.push(hierarchy);
    } else if (bytes[0] === 0 && bytes.toString('latin1', 7, 30) === 'EL TORITO SPECIFICATION') {
      bootCatalogue = bytes.readUInt32LE(71);
    }
  }
  hierarchies.sort((a, b) => Number(a.names !== 'plain') - Number(b.names !== 'plain'));
  return hierarchies.length === 0 ? undefined : { start, length: count * SECTOR, hierarchies, bootCatalogue };
}

/** The fields that we need of a primary (ECMA-119 8.4) or supplementary (8.5) volume descriptor. */
function hierarchyOf(bytes: Buffer, imageSize: number): Hierarchy | undefined {
  const blockSize = both16(bytes, 128, isBlockSize);
  if (!isBlockSize(blockSize)) return undefined;
  const within = (block: number): boolean => block > 0 && block * blockSize < imageSize;
  // The root's directory record is at 156 (9.1): 1 extended attribute blocks, 2 extent, 10 length.
  const rootLength = both32(bytes, 166, (length) => length > 0 && length <= imageSize);
  return {
    names: namesOf(bytes),
    blockSize,
    blocks: both32(bytes, 80, within),
    root: both32(bytes, 158, within) + bytes[157],
    rootLength,
    pathTableLength: both32(bytes, 132, (length) => length > 0 && length <= imageSize),
    pathTables: [bytes.readUInt32LE(140), bytes.readUInt32LE(144), bytes.readUInt32BE(148), bytes.readUInt32BE(152)],
  };
}

function isBlockSize(size: number): boolean {
  return size === 512 || size === 1024 || size === 2048;
}

/** Joliet is marked by the escape sequences of UCS-2 levels 1 to 3 (Joliet 2), ISO9660:1999 by version 2. */
function namesOf(bytes: Buffer): NameSource {
  if (bytes[0] === 1) return 'plain';
  if (/%\/[@CE]/.test(bytes.toString('latin1', 88, 120))) return 'joliet';
  return bytes[6] === 2 ? 'enhanced' : 'plain';
}
