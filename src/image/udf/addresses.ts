// How allocation descriptors name places (ECMA-167 4/7.1, 4/14.14; extents of the volume: 3/7.1).

/** What an extent's two highest length bits say (ECMA-167 4/14.14.1.1). */
export const EXTENT = { recorded: 0, allocated: 1, unrecorded: 2, continuation: 3 } as const;

/** An extent of a partition. */
export interface PartitionExtent {
  /** One of `EXTENT`. */
  readonly type: number;
  /** Bytes, below 2^30. */
  readonly length: number;
  /** First block, counted from the start of the partition. */
  readonly block: number;
  /** Index in the logical volume's list of partition maps. */
  readonly partition: number;
}

/** short_ad: 0 length and type, 4 block (ECMA-167 4/14.14.1). It is in the partition of the file entry. */
export function shortAd(bytes: Buffer, at: number, partition: number): PartitionExtent {
  const length = bytes.readUInt32LE(at);
  return { type: length >>> 30, length: length % 2 ** 30, block: bytes.readUInt32LE(at + 4), partition };
}

/** long_ad: 0 length and type, 4 block, 8 partition, 10 implementation use (ECMA-167 4/14.14.2). */
export function longAd(bytes: Buffer, at: number): PartitionExtent {
  return shortAd(bytes, at, bytes.readUInt16LE(at + 8));
}

/** ext_ad: 0 length and type, 4 recorded length, 8 information length, 12 block, 16 partition (ECMA-167 4/14.14.3). */
export function extendedAd(bytes: Buffer, at: number): PartitionExtent & { readonly packed: boolean } {
  const length = bytes.readUInt32LE(at);
  const type = length >>> 30;
  const information = bytes.readUInt32LE(at + 8);
  return {
    type,
    length: type === EXTENT.continuation ? length % 2 ** 30 : information,
    block: bytes.readUInt32LE(at + 12),
    partition: bytes.readUInt16LE(at + 16),
    // Recorded in another form, if that takes another number of bytes.
    packed: type === EXTENT.recorded && bytes.readUInt32LE(at + 4) !== information,
  };
}

/** An unsigned 64-bit integer; imprecise beyond 2^53, which is beyond any image. */
export function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** The name in a regid, 0 flags, 1 name, 24 suffix (ECMA-167 1/7.4), without trailing NULs. */
export function entityName(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at + 1, at + 24).replace(/\0+$/, '');
}
