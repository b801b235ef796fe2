// Pieces of UDF images, to be put together by hand (ECMA-167 3/10, 4/14; UDF 2.2, 2.3).
import { SparseImage } from './sparse-image.js';

/** CRC-ITU-T, bit by bit: another implementation than the one that is tested. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = ((crc >> 15) & 1) ^ ((byte >> bit) & 1);
      crc = ((crc << 1) & 0xffff) ^ (carry ? 0x1021 : 0);
    }
  }
  return crc;
}

/** A structure: its tag, then `body`. */
export function tagged(identifier: number, location: number, body: Buffer): Buffer {
  const tag = Buffer.alloc(16);
  tag.writeUInt16LE(identifier, 0);
  tag.writeUInt16LE(2, 2);
  tag.writeUInt16LE(crc16(body), 8);
  tag.writeUInt16LE(body.length, 10);
  tag.writeUInt32LE(location, 12);
  tag[4] = tag.reduce((sum, byte) => sum + byte, 0) % 256;
  return Buffer.concat([tag, body]);
}

/** Little-endian fields, `[bytes, value]` each; a Buffer stands as it is. */
export function fields(...parts: (readonly [number, number] | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (Buffer.isBuffer(part)) return part;
      const bytes = Buffer.alloc(part[0]);
      // Values stay below 2^48; wider fields end with zeros.
      if (part[1] > 0) bytes.writeUIntLE(part[1], 0, Math.min(6, part[0]));
      return bytes;
    }),
  );
}

export const shortAd = (length: number, block: number, type = 0): Buffer =>
  fields([4, length + type * 2 ** 30], [4, block]);
export const longAd = (length: number, block: number, partition = 0, type = 0): Buffer =>
  fields([4, length + type * 2 ** 30], [4, block], [2, partition], [6, 0]);
export const extendedAd = (length: number, block: number, recorded = length): Buffer =>
  fields([4, length], [4, recorded], [4, length], [4, block], [2, 0], [2, 0]);

/** A regid. */
export function entity(name: string): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(name, 1, 'latin1');
  return bytes;
}

export interface EntryFields {
  /** 4 directory, 5 file, 12 symbolic link, 248 virtual allocation table. */
  readonly type?: number;
  readonly size: number;
  /** 0 short, 1 long, 2 extended, 3 embedded. */
  readonly form?: number;
  readonly allocation: Buffer;
  readonly strategy?: number;
  readonly extended?: boolean;
  readonly attributes?: Buffer;
}

/** A file entry, or extended file entry, for the block `location`. */
export function fileEntry(location: number, entry: EntryFields): Buffer {
  const attributes = entry.attributes ?? Buffer.alloc(0);
  const icb = fields(
    [4, 0],
    [2, entry.strategy ?? 4],
    [2, 0],
    [2, 1],
    [1, 0],
    [1, entry.type ?? 5],
    [6, 0],
    [2, entry.form ?? 0],
  );
  const head = fields(icb, [20, 0], [8, entry.size], [entry.extended ? 144 : 104, 0]);
  const tail = fields([4, attributes.length], [4, entry.allocation.length], attributes, entry.allocation);
  return tagged(entry.extended ? 266 : 261, location, Buffer.concat([head, tail]));
}

/** A file identifier descriptor. `name` in compressed Unicode; `flags`: 2 directory, 4 deleted, 8 parent. */
export function identifier(name: Buffer | string, icb: Buffer, flags = 0, implementationUse = 0): Buffer {
  const coded = typeof name === 'string' ? Buffer.concat([Buffer.from([8]), Buffer.from(name, 'latin1')]) : name;
  const length = 38 + implementationUse + coded.length;
  return tagged(
    257,
    0,
    fields([2, 1], [1, flags], [1, coded.length], icb, [2, implementationUse], [implementationUse, 0], coded, [
      (4 - (length % 4)) % 4,
      0,
    ]),
  );
}

/** First sector of the partition in images by `udfImage`. */
export const PARTITION = 272;

export interface VolumeFields {
  readonly blockSize?: number;
  /** Partition maps; by default one of type 1. */
  readonly maps?: readonly Buffer[];
  /** Where the file set descriptor is said to be, as a long_ad. */
  readonly fileSet?: Buffer;
  /** The sector of the anchor. */
  readonly anchor?: number;
  /** First sectors of main and reserve sequence; 0: the main one is not there. */
  readonly sequence?: number;
}

export const PLAIN_MAP = Buffer.from([1, 6, 1, 0, 0, 0]);

/** A type 2 partition map of 64 bytes for partition 0, `rest` from byte 40 on. */
export function namedMap(name: string, rest: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([2, 64, 0, 0]),
    entity(name),
    Buffer.from([1, 0, 0, 0]),
    rest,
    Buffer.alloc(24 - rest.length),
  ]);
}

/** An image with volume structures only: anchor, volume descriptor sequence. */
export function udfImage(volume: VolumeFields = {}): SparseImage {
  const { blockSize = 2048, maps = [PLAIN_MAP], fileSet = longAd(2048, 0), anchor = 256, sequence = 32 } = volume;
  const table = Buffer.concat(maps);
  const image = new SparseImage();
  const put = (sector: number, id: number, body: Buffer): void => {
    image.put(sector * blockSize, tagged(id, sector, body));
  };
  put(anchor, 2, fields([4, 16 * blockSize], [4, sequence], [4, 16 * blockSize], [4, 64], [480, 0]));
  for (const at of sequence === 32 ? [32, 64] : [64]) {
    put(at, 5, fields([4, 1], [2, 1], [2, 0], [160, 0], [4, 1], [4, PARTITION], [4, 100000], [300, 0]));
    put(
      at + 1,
      6,
      fields(
        [4, 2],
        [64, 0],
        [128, 0],
        [4, blockSize],
        [32, 0],
        fileSet,
        [4, table.length],
        [4, maps.length],
        [168, 0],
        table,
        [72, 0],
      ),
    );
    put(at + 2, 8, Buffer.alloc(496));
  }
  return image;
}

/** A file set descriptor for the block `location` whose root directory is at `root`. */
export function fileSet(location: number, root: Buffer): Buffer {
  return tagged(256, location, fields([384, 0], root, [96, 0]));
}
