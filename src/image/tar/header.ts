// One tar header block of 512 bytes: v7, ustar, GNU (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual).
import type { ByteString } from '../../format/bytes.js';
import { readNumber, textUntilNul } from './numbers.js';

/** Bytes of a tar block. */
export const TAR_BLOCK_BYTES = 512;

/** The fields that we need of a header. */
export interface TarHeader {
  /** Path as recorded, prefix included. */
  readonly path: ByteString;
  /** Bytes of data that follow the header, as recorded. */
  readonly size: number;
  /** Type flag, one character; `0` also for the NUL of v7. */
  readonly type: string;
  /** Old GNU sparse format: whether another block of the map follows. */
  readonly sparseContinues: boolean;
}

/** The sum of the block's bytes with blanks in the checksum field: unsigned, and signed as some old writers had it. */
function checksums(block: Buffer): readonly [number, number] {
  let unsigned = 0;
  let negative = 0;
  for (let i = 0; i < TAR_BLOCK_BYTES; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : block[i];
    unsigned += byte;
    if (byte > 127) negative += 256;
  }
  return [unsigned, unsigned - negative];
}

/**
 * Parses a header block.
 *
 * @param block 512 bytes
 * @returns undefined if the checksum is wrong, or the size is no number
 */
export function parseHeader(block: Buffer): TarHeader | undefined {
  // 0 name 100, 100 mode 8, 108 uid 8, 116 gid 8, 124 size 12, 136 mtime 12, 148 checksum 8, 156 type 1, 157 link name 100,
  // 257 magic 6, 263 version 2, 265 user 32, 297 group 32, 329 device 16, 345 prefix 155 (star: 131, and `tar` at 508)
  const checksum = readNumber(block, 148, 8);
  if (checksum === undefined || !checksums(block).includes(checksum)) return undefined;
  const size = readNumber(block, 124, 12);
  if (size === undefined) return undefined;
  const name = textUntilNul(block.subarray(0, 100));
  const ustar = block.toString('latin1', 257, 263) === 'ustar\0';
  const star = block.toString('latin1', 508, 511) === 'tar';
  const prefix = ustar ? textUntilNul(block.subarray(345, star ? 476 : 500)) : '';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    size,
    type: block[156] === 0 ? '0' : block.toString('latin1', 156, 157),
    sparseContinues: block[482] === 1,
  };
}
