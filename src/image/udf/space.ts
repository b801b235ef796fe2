// From a logical volume's partition maps to translators of its block addresses (ECMA-167 3/10.7; UDF 2.2.8 to 2.2.13).
import type { Extent } from '../../io/reader.js';
import type { Source } from '../source.js';
import type { Survey } from '../survey.js';
import { EXTENT, entityName } from './addresses.js';
import { allocationOf, FILE_TYPE, readEntry, readExtents, type FileEntry, type Space } from './entry.js';
import { MetadataMap, PlainMap, SparableMap, VirtualMap, type PartitionMap } from './partitions.js';
import type { Partition, VolumeDescriptors } from './volume.js';

/** Bytes of a virtual allocation table: 4 for each file of a write-once disc. */
const MAX_TABLE = 2 ** 26;
/** Blocks at the end of the image in which the table's entry is looked for: link areas and padding may follow it. */
const VAT_SEARCH = 512;

/** Makes the translators of all partition maps; a map that cannot be understood leaves a hole and a problem. */
export function openSpace(source: Source, survey: Survey, volume: VolumeDescriptors): Space {
  const { blockSize } = volume;
  const maps: (PartitionMap | undefined)[] = [];
  const space: Space = { source, blockSize, maps };
  // Physical partitions first: the others are files on them.
  for (const map of volume.maps) maps.push(physicalMap(source, volume, map));
  for (const [index, map] of volume.maps.entries()) {
    if (map[0] !== 2 || map.length < 64) continue;
    // The virtual or metadata partition's file is on the physical partition of the same number.
    const physical = maps.findIndex(
      (other, i) => other !== undefined && partitionNumber(volume.maps[i]) === map.readUInt16LE(38),
    );
    if (physical < 0) continue;
    const name = entityName(map, 4);
    if (name === '*UDF Virtual Partition')
      maps[index] = virtualMap(space, volume.partitions.get(map.readUInt16LE(38)), physical);
    else if (name === '*UDF Metadata Partition') maps[index] = metadataMap(space, map, physical);
  }
  maps.forEach((map, index) => {
    if (map === undefined) survey.problem('udf', `partition ${index} cannot be read`);
  });
  return space;
}

/** The partition's number: type 1 has it at 4, type 2 at 38. */
function partitionNumber(map: Buffer): number {
  return map[0] === 1 || map.length < 64 ? map.readUInt16LE(4) : map.readUInt16LE(38);
}

/** A type 1 map, or a type 2 one of a sparable partition; undefined for the others. */
function physicalMap(
  source: Source,
  { partitions, blockSize }: VolumeDescriptors,
  map: Buffer,
): PartitionMap | undefined {
  const start = partitions.get(partitionNumber(map))?.start;
  if (start === undefined) return undefined;
  if (map[0] === 1) return new PlainMap(start, blockSize);
  if (map[0] !== 2 || map.length < 64 || entityName(map, 4) !== '*UDF Sparable Partition') return undefined;
  // 40 blocks of a packet, 42 number of tables, 44 bytes of each, 48 their sectors
  const packet = map.readUInt16LE(40);
  for (let i = 0; i < Math.min(map[42], 4); i++) {
    const spared = sparingTable(source, map.readUInt32LE(48 + 4 * i) * blockSize);
    if (spared !== undefined && packet > 0) return new SparableMap(source, start, blockSize, packet, spared);
  }
  // Without a table the few packets that were moved are wrong; the others are where they were.
  return new PlainMap(start, blockSize);
}

/** A sparing table (UDF 2.2.12), whose tag has the identifier 0. */
function sparingTable(source: Source, offset: number): Map<number, number> | undefined {
  // 0 tag, 16 identifier, 48 number of entries, 52 sequence number, 56 entries: block of the packet, sector of its replacement
  const head = source.bytes(offset, 56);
  if (head === undefined || entityName(head, 16) !== '*UDF Sparing Table') return undefined;
  const count = head.readUInt16LE(48);
  const entries = source.bytes(offset + 56, count * 8);
  if (entries === undefined) return undefined;
  const spared = new Map<number, number>();
  for (let at = 0; at < entries.length; at += 8) {
    const packet = entries.readUInt32LE(at);
    // 0xFFFFFFF0 and above: a free or a defective replacement
    if (packet < 0xfffffff0) spared.set(packet, entries.readUInt32LE(at + 4));
  }
  return spared;
}

/** A virtual partition: its table is the file whose entry is the last block that was written (UDF 2.2.11). */
function virtualMap(space: Space, partition: Partition | undefined, physical: number): PartitionMap | undefined {
  const { source, blockSize } = space;
  const base = space.maps[physical];
  if (partition === undefined || base === undefined) return undefined;
  const last = Math.floor(source.size / blockSize) - 1 - partition.start;
  for (let block = last; block > last - VAT_SEARCH && block >= 0; block--) {
    const entry = readEntry(space, { type: EXTENT.recorded, length: blockSize, block, partition: physical });
    const content = entry && wholeFile(space, entry);
    const table = content && vatOf(entry, content);
    if (table !== undefined) return new VirtualMap(source, table, base, blockSize);
  }
  return undefined;
}

/** The entries of a virtual allocation table: of UDF 2.00, behind a header, or of 1.50, before a trailer. */
function vatOf(entry: FileEntry, content: Buffer): Buffer | undefined {
  if (entry.type === FILE_TYPE.vat && content.length >= 152) return content.subarray(content.readUInt16LE(0));
  if (entry.type !== FILE_TYPE.unspecified || content.length < 36) return undefined;
  const trailer = content.length - 36;
  return entityName(content, trailer) === '*UDF Virtual Alloc Tbl' ? content.subarray(0, trailer) : undefined;
}

function wholeFile(space: Space, entry: FileEntry): Buffer | undefined {
  if (entry.size > MAX_TABLE) return undefined;
  const { extents, problem } = allocationOf(space, entry);
  return problem === undefined ? readExtents(space.source, extents) : undefined;
}

/** A metadata partition: the blocks of the metadata file, or of its mirror (UDF 2.2.10: 40 and 44 are their blocks). */
function metadataMap(space: Space, map: Buffer, physical: number): PartitionMap | undefined {
  for (const at of [40, 44]) {
    const block = map.readUInt32LE(at);
    const entry = readEntry(space, { type: EXTENT.recorded, length: space.blockSize, block, partition: physical });
    const extents: readonly Extent[] = entry ? allocationOf(space, entry).extents : [];
    if (extents.length > 0) return new MetadataMap(space.source, extents, space.blockSize);
  }
  return undefined;
}
