// A file's content, read once from end to end.
import { readSync } from 'node:fs';
import type { Algorithm } from '../checksum/algorithm.js';
import { newDigest } from '../checksum/digest.js';

/** Digests of a file by algorithm, those that were asked for. */
export type FileDigests = Partial<Record<Algorithm, Uint8Array>>;

/**
 * Computes digests of an open file. Reads from the start, whatever the descriptor's position.
 *
 * @param size the file's length in bytes; what comes behind is not read, and if there is less, that is not told
 * @param memory takes the bytes, piece by piece
 * @param onPiece called after each piece with its length in bytes; awaited, so that it may give others a turn, or throw
 * @throws what node:fs throws
 */
export async function readDigests(
  fd: number,
  size: number,
  algorithms: readonly Algorithm[],
  memory: Uint8Array,
  onPiece: (length: number) => Promise<void> | undefined,
): Promise<FileDigests> {
  const hashes = algorithms.map((algorithm) => ({ algorithm, hash: newDigest(algorithm) }));
  for (let position = 0, length: number; position < size; position += length) {
    length = readSync(fd, memory, 0, Math.min(memory.length, size - position), position);
    if (length === 0) break;
    for (const { hash } of hashes) hash.update(memory.subarray(0, length));
    await onPiece(length);
  }
  const digests: FileDigests = {};
  for (const { algorithm, hash } of hashes) digests[algorithm] = new Uint8Array(hash.digest());
  return digests;
}
