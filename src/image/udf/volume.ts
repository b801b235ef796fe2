// The volume structures of UDF: anchors, descriptor sequences, partition maps (ECMA-167 3/8, 3/10; UDF 2.2).
import type { Source } from '../source.js';
import type { Survey } from '../survey.js';
import { longAd, type PartitionExtent } from './addresses.js';
import { TAG, tagLocation, tagOf } from './tag.js';

/** Bytes of a volume descriptor. */
const DESCRIPTOR = 512;
/** Sector sizes in the order of their frequency: optical media, hard disks, large-sector disks, and what nobody uses. */
const SECTOR_SIZES = [2048, 512, 4096, 1024];
/** Descriptors of one sequence, continuations included. */
const MAX_SEQUENCE_DESCRIPTORS = 1024;

/** A partition descriptor (ECMA-167 3/10.5): places in sectors. */
export interface Partition {
  readonly start: number;
  readonly length: number;
}

/** What the volume descriptor sequence says. */
export interface VolumeDescriptors {
  /** Bytes of a sector, and of a logical block (UDF 2.2.4.2 wants them equal; the maps of blocks rely on it). */
  readonly blockSize: number;
  /** Partitions by their number. */
  readonly partitions: ReadonlyMap<number, Partition>;
  /** The partition maps (ECMA-167 3/10.7), one buffer each, in order. */
  readonly maps: readonly Buffer[];
  /** Where the file set descriptor is. */
  readonly fileSet: PartitionExtent;
}

interface Sequence {
  readonly partitions: Map<number, Partition & { readonly sequenceNumber: number }>;
  volume: Buffer | undefined;
}

/**
 * Finds an anchor and reads the volume descriptor sequence that it points to, or else the reserve sequence.
 *
 * @returns undefined if there is no usable one
 */
export function readVolumeDescriptors(source: Source, survey: Survey): VolumeDescriptors | undefined {
  for (const sectorSize of SECTOR_SIZES) {
    const sectors = Math.floor(source.size / sectorSize);
    for (const sector of [256, sectors - 1, sectors - 257, 512]) {
      const anchor = source.bytes(sector * sectorSize, DESCRIPTOR);
      if (anchor === undefined || tagOf(anchor) !== TAG.anchor || tagLocation(anchor) !== sector) continue;
      survey.area(sector * sectorSize, sectorSize, 'UDF volume descriptors');
      // 16 main sequence, 24 reserve sequence: each length in bytes, first sector (ECMA-167 3/10.2)
      for (const at of [16, 24]) {
        const sequence: Sequence = { partitions: new Map(), volume: undefined };
        readSequence(source, survey, sectorSize, anchor.readUInt32LE(at + 4), anchor.readUInt32LE(at), sequence);
        const { volume, partitions } = sequence;
        const descriptors = volume && volumeOf(volume, sectorSize, partitions);
        if (descriptors !== undefined) return descriptors;
      }
      survey.problem('udf', `no logical volume descriptor where the anchor at byte ${sector * sectorSize} points`);
    }
  }
  return undefined;
}

/** Reads a sequence and what volume descriptor pointers (ECMA-167 3/10.3) lead to. The highest sequence numbers prevail (3/8.4.3). */
function readSequence(
  source: Source,
  survey: Survey,
  sectorSize: number,
  sector: number,
  length: number,
  sequence: Sequence,
): void {
  let end = sector + Math.floor(length / sectorSize);
  for (let count = 0; sector < end && count < MAX_SEQUENCE_DESCRIPTORS; sector++, count++) {
    const bytes = source.bytes(sector * sectorSize, DESCRIPTOR);
    const tag = bytes && tagOf(bytes);
    if (bytes === undefined || tag === undefined || tag === TAG.terminating) return;
    survey.area(sector * sectorSize, sectorSize, 'UDF volume descriptors');
    if (tag === TAG.volumePointer) {
      // 16 sequence number, 20 length, 24 first sector of the next extent
      end = bytes.readUInt32LE(24) + Math.floor(bytes.readUInt32LE(20) / sectorSize);
      sector = bytes.readUInt32LE(24) - 1;
    } else if (tag === TAG.partition) {
      // 16 sequence number, 20 flags, 22 number, 24 contents, 56 contents use, 184 access, 188 first sector, 192 sectors
      const sequenceNumber = bytes.readUInt32LE(16);
      const number = bytes.readUInt16LE(22);
      if (sequenceNumber >= (sequence.partitions.get(number)?.sequenceNumber ?? 0)) {
        const start = bytes.readUInt32LE(188);
        sequence.partitions.set(number, { start, length: bytes.readUInt32LE(192), sequenceNumber });
      }
    } else if (tag === TAG.logicalVolume) {
      if (bytes.readUInt32LE(16) < (sequence.volume?.readUInt32LE(16) ?? 0)) continue;
      // A long list of partition maps makes this the one descriptor beyond 512 bytes.
      const mapLength = Math.min(bytes.readUInt32LE(264), 65536);
      sequence.volume = source.bytes(sector * sectorSize, Math.max(DESCRIPTOR, 440 + mapLength)) ?? sequence.volume;
    }
  }
}

/** The logical volume descriptor (ECMA-167 3/10.6). */
function volumeOf(
  bytes: Buffer,
  sectorSize: number,
  partitions: ReadonlyMap<number, Partition>,
): VolumeDescriptors | undefined {
  // 16 sequence number, 20 character set, 84 name, 212 block size, 216 domain, 248 file set, 264 bytes and 268 number of
  // partition maps, 272 implementation, 304 implementation use, 432 integrity sequence, 440 partition maps
  if (bytes.readUInt32LE(212) !== sectorSize) return undefined;
  const maps: Buffer[] = [];
  const end = Math.min(440 + bytes.readUInt32LE(264), bytes.length);
  for (let at = 440; at + 6 <= end && maps.length < bytes.readUInt32LE(268); at += bytes[at + 1]) {
    const length = bytes[at + 1];
    if (length < 6 || at + length > end) break;
    maps.push(bytes.subarray(at, at + length));
  }
  return { blockSize: sectorSize, partitions, maps, fileSet: longAd(bytes, 248) };
}
