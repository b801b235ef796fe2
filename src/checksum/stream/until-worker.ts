// The first bytes of a digest, while the thread that is to go on with it comes to life (some 0.1 s).
import { readSync } from 'node:fs';
import { newMemory, reserve } from '../../wasm/assembler.js';
import { ALIVE, type DigestWords } from './protocol.js';
import { RangedMd5, type BegunMd5 } from './ranged-md5.js';

/** Bytes read at a time: they are still in the processor's cache when they are digested. */
const HEAD_START_READ_BYTES = 256 * 1024;

/** Enough for a thread that does not come. Bytes, a multiple of HEAD_START_READ_BYTES. */
const HEAD_START_MAX_BYTES = 128 << 20;

/**
 * Digests a file in this thread, which is blocked, until a worker waits for its task: that is to go on with the result. What cannot be
 * read is left to the worker, which says so.
 *
 * @param fd a descriptor open for reading
 * @param length bytes of the file
 * @param words the worker's
 */
export function takeHeadStart(fd: number, length: number, words: DigestWords): BegunMd5 {
  const memory = newMemory(0);
  const md5 = new RangedMd5(memory);
  // It may move the buffer.
  const at = reserve(memory, HEAD_START_READ_BYTES);
  const bytes = new Uint8Array(memory.buffer, at, HEAD_START_READ_BYTES);
  const most = Math.min(length, HEAD_START_MAX_BYTES);
  for (
    let position = 0;
    position + HEAD_START_READ_BYTES <= most && Atomics.load(words, ALIVE) === 0n;
    position += HEAD_START_READ_BYTES
  ) {
    try {
      if (readSync(fd, bytes, 0, HEAD_START_READ_BYTES, position) < HEAD_START_READ_BYTES) break;
    } catch {
      break;
    }
    md5.update(bytes);
  }
  return md5.begun;
}
