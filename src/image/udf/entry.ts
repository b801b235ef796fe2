// File entries: what a file is and where its bytes lie (ECMA-167 4/14.9, 4/14.17, 4/8.10; UDF 2.3.3, 2.3.5, 2.3.6).
import type { Extent } from '../../io/reader.js';
import { append, totalLength } from '../extents.js';
import type { Source } from '../source.js';
import { EXTENT, extendedAd, longAd, readU64, shortAd, type PartitionExtent } from './addresses.js';
import type { PartitionMap } from './partitions.js';
import { isIntact, TAG, TAG_LENGTH, tagOf } from './tag.js';

/** Extents of one file. */
const MAX_FILE_EXTENTS = 131072;
/** Bytes of one continuation: descriptors of half a million extents are nonsense. */
const MAX_CONTINUATION = 2 ** 20;
/** Strategy 4096 makes a new entry for each change of a file on write-once media. */
const MAX_VERSIONS = 1024;

/** File types of ICB tags (ECMA-167 4/14.6.6; UDF 2.2.11, 2.2.13, 2.3.5.2). */
export const FILE_TYPE = { unspecified: 0, directory: 4, file: 5, symlink: 12, vat: 248, realtime: 249 } as const;

/** A volume as the file structures see it. */
export interface Space {
  readonly source: Source;
  /** Bytes of a logical block. */
  readonly blockSize: number;
  /** By the partition reference number of addresses. */
  readonly maps: readonly (PartitionMap | undefined)[];
}

/** A file entry or extended file entry. */
export interface FileEntry {
  /** One of `FILE_TYPE`, or another. */
  readonly type: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Where the entry is: bytes from the start of the image. */
  readonly offset: number;
  /** Whether its CRC is right. */
  readonly intact: boolean;
  /** Partition that short allocation descriptors are about. */
  readonly partition: number;
  /** 0 short, 1 long, 2 extended allocation descriptors, 3 the file itself is in their place. */
  readonly form: number;
  /** Where the allocation descriptors begin: bytes from the start of the image. */
  readonly allocationOffset: number;
  readonly allocation: Buffer;
}

/** Where a file's bytes lie. */
export interface Allocation {
  /** In file order; their sum is the file's size. */
  readonly extents: readonly Extent[];
  /** Why the file cannot be used as its extents are, or undefined. */
  readonly problem: string | undefined;
}

/** Reads `length` bytes at a block, wherever the partition has them; undefined if it cannot. */
export function readAt(space: Space, partition: number, block: number, length: number): Buffer | undefined {
  const extents = space.maps[partition]?.locate(block, length);
  return extents && readExtents(space.source, extents);
}

/** Reads all of some extents. The caller bounds their sum. */
export function readExtents(source: Source, extents: readonly Extent[]): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (const { offset, length } of extents) {
    const piece = source.bytes(offset, length);
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
}

/**
 * Reads the newest file entry of an ICB (ECMA-167 4/8.10). With strategy 4096 the block after an entry may hold an indirect entry,
 * which points to the next version (UDF 2.3.5.1, 6.6).
 *
 * @returns undefined if there is none
 */
export function readEntry(space: Space, icb: PartitionExtent): FileEntry | undefined {
  let newest: FileEntry | undefined;
  let { partition, block } = icb;
  for (let version = 0; version < MAX_VERSIONS; version++) {
    const bytes = readAt(space, partition, block, space.blockSize);
    const entry = bytes && parseEntry(space, bytes, partition, block);
    if (bytes === undefined || entry === undefined) return newest;
    newest = entry;
    // ICB tag at 16: 0 entries before, 4 strategy, 6 parameter, 8 entries at most, 11 file type, 12 parent, 18 flags
    if (bytes.readUInt16LE(20) !== 4096) return newest;
    const indirect = readAt(space, partition, block + 1, space.blockSize);
    if (indirect === undefined || tagOf(indirect) !== TAG.indirectEntry) return newest;
    ({ partition, block } = longAd(indirect, 36));
  }
  return newest;
}

function parseEntry(space: Space, bytes: Buffer, partition: number, block: number): FileEntry | undefined {
  const tag = tagOf(bytes);
  if (tag !== TAG.fileEntry && tag !== TAG.extendedFileEntry) return undefined;
  // File entry: 16 ICB tag, 36 owner, group, permissions, links, record format, 56 size, 64 blocks, 72 times, 108 checkpoint,
  // 112 extended attributes' ICB, 128 implementation, 160 unique id, 168 and 172 bytes of extended attributes and of allocation
  // descriptors, 176 these two. Extended: 56 size, 64 object size, 72 blocks, 80 times, ..., 208 and 212, 216.
  const tail = tag === TAG.fileEntry ? 168 : 208;
  const from = tail + 8 + bytes.readUInt32LE(tail);
  const to = from + bytes.readUInt32LE(tail + 4);
  const offset = space.maps[partition]?.locate(block, 1)?.[0].offset;
  if (to > bytes.length || offset === undefined) return undefined;
  return {
    type: bytes[27],
    size: readU64(bytes, 56),
    offset,
    intact: isIntact(bytes),
    partition,
    form: bytes.readUInt16LE(34) % 8,
    allocationOffset: offset + from,
    allocation: bytes.subarray(from, to),
  };
}

/** Follows the allocation descriptors of an entry (ECMA-167 4/12). */
export function allocationOf(space: Space, entry: FileEntry): Allocation {
  if (entry.form === 3) {
    const fits = entry.size <= entry.allocation.length;
    return fits
      ? { extents: [{ offset: entry.allocationOffset, length: entry.size }], problem: undefined }
      : { extents: [], problem: `${entry.size} bytes do not fit its file entry` };
  }
  const extents: Extent[] = [];
  let left = entry.size;
  let steps = 0;
  for (const extent of descriptors(space, entry)) {
    if (left <= 0) break;
    if (++steps > MAX_FILE_EXTENTS || extents.length > MAX_FILE_EXTENTS)
      return { extents, problem: 'too many extents' };
    if (extent.type !== EXTENT.recorded) return { extents, problem: 'sparse file' };
    if (extent.packed === true) return { extents, problem: 'extents recorded in another form' };
    const length = Math.min(extent.length, left);
    const pieces = space.maps[extent.partition]?.locate(extent.block, length);
    if (pieces === undefined)
      return { extents, problem: `no place for block ${extent.block} of partition ${extent.partition}` };
    for (const piece of pieces) append(extents, piece.offset, piece.length);
    left -= length;
  }
  const missing = entry.size - totalLength(extents);
  return { extents, problem: missing === 0 ? undefined : `its extents are ${missing} bytes short` };
}

/** The allocation descriptors, those of continuation extents included (ECMA-167 4/14.5). A descriptor of length 0 is the last. */
function* descriptors(space: Space, entry: FileEntry): Generator<PartitionExtent & { readonly packed?: boolean }> {
  const size = [8, 16, 20][entry.form];
  if (size === undefined) return;
  let bytes = entry.allocation;
  let partition = entry.partition;
  const seen = new Set<number>();
  for (;;) {
    let next: PartitionExtent | undefined;
    for (let at = 0; at + size <= bytes.length && next === undefined; at += size) {
      const extent =
        entry.form === 0 ? shortAd(bytes, at, partition) : entry.form === 1 ? longAd(bytes, at) : extendedAd(bytes, at);
      if (extent.length === 0) return;
      if (extent.type === EXTENT.continuation) next = extent;
      else yield extent;
    }
    if (next === undefined || seen.has(addressKey(next))) return;
    seen.add(addressKey(next));
    const area = readAt(space, next.partition, next.block, space.blockSize);
    if (area === undefined || tagOf(area) !== TAG.allocationExtent) return;
    // 16 previous extent, 20 bytes of allocation descriptors, 24 these. An extent may be longer than a block.
    const end = TAG_LENGTH + 8 + area.readUInt32LE(20);
    const whole =
      end <= area.length
        ? area
        : end <= Math.min(next.length, MAX_CONTINUATION)
          ? readAt(space, next.partition, next.block, end)
          : area;
    bytes = (whole ?? area).subarray(TAG_LENGTH + 8, end);
    partition = next.partition;
  }
}

function addressKey({ partition, block }: PartitionExtent): number {
  return partition * 2 ** 32 + block;
}
