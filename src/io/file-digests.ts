// Digests of a file of the disk, of any kind that node:crypto knows, in one pass.
import { createHash } from 'node:crypto';
import type { ByteString } from '../format/bytes.js';
import { FileReader } from './reader.js';
import type { Reporter } from './reporter.js';

/** Bytes read at a time. */
const HASH_READ_BYTES = 1024 * 1024;

/**
 * The digests of a file, in lower-case hex.
 *
 * @param what the step, for the progress
 * @throws JigdoError if it cannot be read; the signal's reason
 */
export async function fileDigests<Hash extends string>(
  path: ByteString,
  hashes: Iterable<Hash>,
  what: string,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<Map<Hash, string>> {
  using reader = new FileReader(path);
  const running = Array.from(hashes, (name) => ({ name, hash: createHash(name) }));
  const buffer = new Uint8Array(Math.min(HASH_READ_BYTES, reader.size));
  for (let done = 0; done < reader.size;) {
    signal?.throwIfAborted();
    const n = reader.read(buffer, done);
    if (n === 0) break;
    for (const { hash } of running) hash.update(buffer.subarray(0, n));
    done += n;
    reporter.progress(what, done, reader.size);
    await new Promise(setImmediate);
  }
  return new Map(running.map(({ name, hash }) => [name, hash.digest('hex')]));
}
