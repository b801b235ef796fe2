// The first bytes of a digest, while the thread that is to go on with it comes to life (some 0.1 s).
import { readSync } from 'node:fs';
import { newMemory, reserve } from './assembler.js';
import { ALIVE, type DigestWords } from './digest-task.js';
import { RangedMd5, type BegunMd5 } from './ranged-md5.js';

/** Bytes read at a time: they are still in the processor's cache when they are digested. */
const READ = 256 * 1024;

/** Enough for a thread that does not come. Bytes, a multiple of READ. */
const MOST = 128 << 20;

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
  const at = reserve(memory, READ);
  const bytes = new Uint8Array(memory.buffer, at, READ);
  const most = Math.min(length, MOST);
  for (let position = 0; position + READ <= most && Atomics.load(words, ALIVE) === 0n; position += READ) {
    try {
      if (readSync(fd, bytes, 0, READ, position) < READ) break;
    } catch {
      break;
    }
    md5.update(bytes);
  }
  return md5.begun;
}
