// The loop of a worker thread that digests the head of a file while another thread still writes it.
import { readSync } from 'node:fs';
import { Digests } from './digests.js';
import { DONE, FRONTIER, RESTARTS, type DigestAnswer, type DigestTask } from './digest-task.js';

/** Bytes read at a time: they are still in the processor's cache when they are digested. */
export const READ = 256 * 1024;

/** Who looks at the same bytes. */
export interface Companion {
  /** Where READ bytes, fewer at the file's end, go next. Asked before each read. */
  buffer(): Uint8Array;
  /** The bytes that came: those from `position` on. */
  see(bytes: Uint8Array, position: number): void;
}

/** @throws what node:fs throws */
function digestFollowing(task: DigestTask, companion?: Companion): DigestAnswer | undefined {
  const { fd, length, algorithm, others, state } = task;
  const words = new BigInt64Array(state);
  let hashes = new Digests(algorithm, others);
  let restarts = 0n;
  const own = new Uint8Array(companion ? 0 : READ);
  for (let done = 0; done < length;) {
    // Before the frontier, which is moved back before this is counted.
    const wantedRestarts = Atomics.load(words, RESTARTS);
    if (wantedRestarts !== restarts) {
      restarts = wantedRestarts;
      hashes = new Digests(algorithm, others);
      done = 0;
    }
    const wanted = Math.min(READ, length - done);
    const frontier = Atomics.load(words, FRONTIER);
    if (frontier < 0) return undefined;
    // What the companion is told comes before the frontier is moved.
    const buffer = companion?.buffer() ?? own;
    if (frontier < done + wanted) {
      Atomics.wait(words, FRONTIER, frontier);
      continue;
    }
    const bytes = buffer.subarray(0, wanted);
    for (let got = 0; got < wanted;) {
      const n = readSync(fd, bytes, got, wanted - got, done + got);
      if (n === 0) return { error: 'the file shrinks while it is read' };
      got += n;
    }
    hashes.update(bytes);
    companion?.see(bytes, done);
    done += wanted;
    Atomics.store(words, DONE, BigInt(done));
  }
  return { digest: hashes.digest(), others: hashes.others() };
}

/**
 * Digests what it is told to, until it is done or told to give up: undefined then. Blocks its thread. That the file cannot be read is
 * an answer, too.
 */
export function answerFollowing(task: DigestTask, companion?: Companion): DigestAnswer | undefined {
  try {
    return digestFollowing(task, companion);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
