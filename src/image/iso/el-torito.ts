// The boot catalogue: boot images that may be in no directory (El Torito 1.0, 2.2 to 2.5).
import type { Extent } from '../../io/reader.js';
import type { Source } from '../source.js';
import { SECTOR } from './descriptors.js';

/** Entries of 32 bytes; a catalogue is one sector as a rule. */
const MAX_CATALOGUE_ENTRIES = 256;
const CATALOGUE_ENTRY_BYTES = 32;
const FLOPPY: Record<number, number> = { 1: 1_228_800, 2: 1_474_560, 3: 2_949_120 };

/** A boot catalogue, or undefined if there is none at its place. */
export interface BootCatalogue {
  /** Bytes of the entries. */
  readonly length: number;
  /** Boot images as the catalogue knows them: what it loads is often only the head of a file. */
  readonly images: readonly Extent[];
}

/**
 * Reads the boot catalogue at `offset` (bytes).
 *
 * @param base byte at which sector 0 lies
 * @returns undefined if there is no validation entry
 */
export function readBootCatalogue(source: Source, offset: number, base: number): BootCatalogue | undefined {
  const validation = source.bytes(offset, CATALOGUE_ENTRY_BYTES);
  // 0 header id 1, 1 platform, 4 developer, 28 checksum, 30 key bytes
  if (validation?.[0] !== 1 || validation.readUInt16LE(30) !== 0xaa55) return undefined;
  const images: Extent[] = [];
  let count = 1;
  for (; count < MAX_CATALOGUE_ENTRIES; count++) {
    const entry = source.bytes(offset + count * CATALOGUE_ENTRY_BYTES, CATALOGUE_ENTRY_BYTES);
    if (entry === undefined || entry[0] === 0) {
      // A default entry that is not bootable also begins with 0, but sections may follow it.
      if (count === 1 && entry !== undefined && entry.readUInt32LE(8) !== 0) continue;
      break;
    }
    if (entry[0] !== 0x88) continue;
    const image = bootImage(source, entry, base);
    if (image !== undefined) images.push(image);
  }
  return { length: count * CATALOGUE_ENTRY_BYTES, images };
}

/** The extent of a default or section entry (2.2, 2.4). */
function bootImage(source: Source, entry: Buffer, base: number): Extent | undefined {
  // 0 boot indicator, 1 media type, 2 load segment, 4 system type, 6 sectors of 512 bytes to load, 8 first sector of 2048 bytes
  const offset = base + entry.readUInt32LE(8) * SECTOR;
  const media = entry[1] & 15;
  const length = media === 4 ? diskLength(source, offset) : (FLOPPY[media] ?? entry.readUInt16LE(6) * 512);
  return length > 0 && source.within(offset, length) ? { offset, length } : undefined;
}

/** A hard disk image ends with the one partition of its partition table. */
function diskLength(source: Source, offset: number): number {
  const table = source.bytes(offset, 512);
  return table?.readUInt16LE(510) === 0xaa55 ? (table.readUInt32LE(454) + table.readUInt32LE(458)) * 512 : 0;
}
