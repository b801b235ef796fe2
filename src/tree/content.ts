// A file's content, read once from end to end.
import { readSync } from 'node:fs';
import { newDigest, type Algorithm } from '../checksum/digest.js';

const PIECE = 1024 * 1024;

/** Digests of a file by algorithm, those that were asked for. */
export type Digests = Partial<Record<Algorithm, Uint8Array>>;

/**
 * Computes digests of an open file. Reads in pieces of up to 1 MiB from the start, whatever the descriptor's position.
 *
 * @param size the file's length in bytes; what comes behind is not read, and if there is less, that is not told
 * @param onPiece called after each piece with its length in bytes; awaited, so that it may give others a turn, or throw
 * @throws what node:fs throws
 */
export async function readDigests(
  fd: number,
  size: number,
  algorithms: readonly Algorithm[],
  onPiece: (length: number) => Promise<void> | undefined,
): Promise<Digests> {
  const hashes = algorithms.map((algorithm) => ({ algorithm, hash: newDigest(algorithm) }));
  const piece = Buffer.allocUnsafe(Math.min(PIECE, size));
  for (let position = 0, length: number; position < size; position += length) {
    length = readSync(fd, piece, 0, Math.min(piece.length, size - position), position);
    if (length === 0) break;
    for (const { hash } of hashes) hash.update(piece.subarray(0, length));
    await onPiece(length);
  }
  const digests: Digests = {};
  for (const { algorithm, hash } of hashes) digests[algorithm] = new Uint8Array(hash.digest());
  return digests;
}
