// The numbers of MD5 (RFC 1321 3).

const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];

/** What differs from step to step (3.4); `i` from 0 to 63, in rounds of 16. */
export const MD5 = {
  /** What is added. */
  constant: (i: number): number => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
  /** Which of the block's 16 words. */
  word: (i: number): number => [i, 5 * i + 1, 3 * i + 5, 7 * i][i >> 4] % 16,
  /** By how many bits to rotate to the left. */
  shift: (i: number): number => SHIFTS[i >> 4][i % 4],
} as const;

/** Bytes that are digested at a time. */
export const MD5_BLOCK = 64;

/** Initial state A, B, C, D (3.3). */
export const MD5_START: readonly number[] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/**
 * Writes what follows a message's last bytes, which are `length` bytes from `at` on and begin a block (3.1, 3.2).
 *
 * @param messageLength bytes in all
 * @returns how many blocks those bytes and the padding are; all of them must fit
 */
export function padMd5(memory: DataView, at: number, length: number, messageLength: number): number {
  const blocks = Math.floor((length + 8) / MD5_BLOCK) + 1;
  const end = at + blocks * MD5_BLOCK;
  new Uint8Array(memory.buffer, memory.byteOffset + at + length, end - at - length).fill(0);
  memory.setUint8(at + length, 0x80);
  memory.setBigUint64(end - 8, BigInt(messageLength) * 8n, true);
  return blocks;
}
