// Where the blocks of a partition lie in the image: as they are, spared, or through a table (UDF 2.2.8 to 2.2.12).
import type { Extent } from '../../io/reader.js';
import { append } from '../extents.js';
import type { Source } from '../source.js';

/** Pieces of one extent; a file in more is not worth it. */
const MAX_PIECES = 65536;

/** Translates block addresses of one partition. */
export interface PartitionMap {
  /**
   * @param block first block, counted from the start of the partition
   * @param length bytes
   * @returns where these bytes lie in the image, in order; undefined if some lie nowhere. May be outside the image.
   */
  locate(block: number, length: number): Extent[] | undefined;
}

/** Type 1: consecutive blocks (ECMA-167 3/10.7.2). */
export class PlainMap implements PartitionMap {
  readonly #start: number;
  readonly #blockSize: number;

  /** @param start first sector of the partition */
  constructor(start: number, blockSize: number) {
    this.#start = start;
    this.#blockSize = blockSize;
  }

  locate(block: number, length: number): Extent[] {
    return [{ offset: (this.#start + block) * this.#blockSize, length }];
  }
}

/** Packets of blocks, some of which were found defective and lie elsewhere (UDF 2.2.9, 2.2.12). */
export class SparableMap implements PartitionMap {
  readonly #source: Source;
  readonly #start: number;
  readonly #blockSize: number;
  readonly #packet: number;
  readonly #spared: ReadonlyMap<number, number>;
  readonly #packets: readonly number[];

  /**
   * @param start first sector of the partition
   * @param packet blocks of a packet
   * @param spared from the first block of a packet, in the partition, to the sector that it was moved to
   */
  constructor(source: Source, start: number, blockSize: number, packet: number, spared: ReadonlyMap<number, number>) {
    this.#source = source;
    this.#start = start;
    this.#blockSize = blockSize;
    this.#packet = packet;
    this.#spared = spared;
    this.#packets = [...spared.keys()].sort((a, b) => a - b);
  }

  locate(block: number, length: number): Extent[] | undefined {
    const size = this.#blockSize;
    const extents: Extent[] = [];
    const end = block * size + length;
    let at = block * size;
    for (let i = this.#firstPacket(block); i < this.#packets.length && at < end; i++) {
      const packet = this.#packets[i];
      const from = Math.max(at, packet * size);
      const to = Math.min(end, (packet + this.#packet) * size);
      if (from >= to) break;
      if (!this.#source.spend(0)) return undefined;
      append(extents, this.#start * size + at, from - at);
      append(extents, (this.#spared.get(packet) as number) * size + from - packet * size, to - from);
      at = to;
    }
    append(extents, this.#start * size + at, end - at);
    return extents;
  }

  /** Index of the first moved packet that does not end before `block`. */
  #firstPacket(block: number): number {
    let low = 0;
    let high = this.#packets.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#packets[middle] + this.#packet <= block) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Blocks that are looked up one by one in the virtual allocation table of write-once media (UDF 2.2.10, 2.2.11). */
export class VirtualMap implements PartitionMap {
  readonly #source: Source;
  readonly #table: Buffer;
  readonly #partition: PartitionMap;
  readonly #blockSize: number;

  /**
   * @param table 32-bit block numbers in the physical partition
   * @param partition the physical partition
   */
  constructor(source: Source, table: Buffer, partition: PartitionMap, blockSize: number) {
    this.#source = source;
    this.#table = table;
    this.#partition = partition;
    this.#blockSize = blockSize;
  }

  locate(block: number, length: number): Extent[] | undefined {
    const extents: Extent[] = [];
    if (length > MAX_PIECES * this.#blockSize) return undefined;
    for (let done = 0; done < length; done += this.#blockSize, block++) {
      if ((block + 1) * 4 > this.#table.length || !this.#source.spend(0)) return undefined;
      const pieces = this.#partition.locate(
        this.#table.readUInt32LE(block * 4),
        Math.min(this.#blockSize, length - done),
      );
      for (const piece of pieces ?? []) append(extents, piece.offset, piece.length);
      if (pieces === undefined) return undefined;
    }
    return extents;
  }
}

/** Blocks that are those of a file, the metadata file (UDF 2.2.10, 2.2.13). */
export class MetadataMap implements PartitionMap {
  readonly #source: Source;
  readonly #extents: readonly Extent[];
  readonly #blockSize: number;

  /** @param extents of the metadata file, in the image */
  constructor(source: Source, extents: readonly Extent[], blockSize: number) {
    this.#source = source;
    this.#extents = extents;
    this.#blockSize = blockSize;
  }

  locate(block: number, length: number): Extent[] | undefined {
    const result: Extent[] = [];
    let skip = block * this.#blockSize;
    for (const { offset, length: available } of this.#extents) {
      if (length === 0) break;
      if (!this.#source.spend(0)) return undefined;
      const part = Math.min(available - skip, length);
      if (part > 0) {
        append(result, offset + skip, part);
        length -= part;
      }
      skip = Math.max(0, skip - available);
    }
    return length === 0 ? result : undefined;
  }
}
