// The digests of a whole file, in steps that let signals through.
import type { Algorithm } from '../checksum/algorithm.js';
import { newDigest } from '../checksum/digest.js';
import type { RandomAccess } from '../io/reader.js';
import { Pace } from './pace.js';

/** Bytes read at a time. */
const CHECK_READ_BYTES = 1024 * 1024;

/**
 * Digests of everything that a reader has.
 *
 * @param progress told the bytes read so far
 * @returns one digest for each family asked for
 * @throws Interrupted if the signal fires, JigdoError if the file cannot be read
 */
export async function digestsOf(
  reader: RandomAccess,
  algorithms: Iterable<Algorithm>,
  signal?: AbortSignal,
  progress?: (done: number) => void,
): Promise<Map<Algorithm, Uint8Array>> {
  const hashes = Array.from(algorithms, (algorithm) => [algorithm, newDigest(algorithm)] as const);
  const buffer = new Uint8Array(Math.min(CHECK_READ_BYTES, reader.size));
  const pace = new Pace(signal);
  for (let done = 0; done < reader.size;) {
    const n = reader.read(buffer, done);
    if (n === 0) break;
    for (const [, hash] of hashes) hash.update(n === buffer.length ? buffer : buffer.subarray(0, n));
    done += n;
    progress?.(done);
    await pace.step();
  }
  return new Map(hashes.map(([algorithm, hash]) => [algorithm, new Uint8Array(hash.digest())]));
}
