// The loop of a worker thread that digests the head of a file while another thread still writes it.
import { readSync } from 'node:fs';
import { DONE, FRONTIER, RESTARTS, type DigestAnswer, type DigestTask } from './digest-task.js';

/**
 * Bytes read at a time: they are still in the processor's cache when they are digested. The frontier must be at a multiple of that, or
 * at the end, before what lies there is read.
 */
export const READ = 256 * 1024;

/** Who gets the bytes. */
export interface Follower {
  /** Where READ bytes, fewer at the file's end, go next. Asked before each read. */
  buffer(): Uint8Array;
  /** Takes the bytes that came: those from `position` on, which are all behind the last ones. */
  take(bytes: Uint8Array, position: number): void;
  /** Called before nothing may come for a while. */
  pause(): void;
  /** The answer, when all have come. */
  answer(): DigestAnswer;
}

/** @throws what node:fs throws */
function follow({ fd, length, state }: DigestTask, begin: () => Follower): DigestAnswer | undefined {
  const words = new BigInt64Array(state);
  let follower = begin();
  let restarts = 0n;
  for (let done = 0; done < length;) {
    // Before the frontier, which is moved back before this is counted.
    const wantedRestarts = Atomics.load(words, RESTARTS);
    if (wantedRestarts !== restarts) {
      restarts = wantedRestarts;
      follower = begin();
      done = 0;
    }
    const wanted = Math.min(READ, length - done);
    const frontier = Atomics.load(words, FRONTIER);
    if (frontier < 0) return undefined;
    // What it is told comes before the frontier is moved.
    const buffer = follower.buffer();
    if (frontier < done + wanted) {
      follower.pause();
      Atomics.wait(words, FRONTIER, frontier);
      continue;
    }
    const bytes = buffer.subarray(0, wanted);
    for (let got = 0; got < wanted;) {
      const n = readSync(fd, bytes, got, wanted - got, done + got);
      if (n === 0) return { error: 'the file shrinks while it is read' };
      got += n;
    }
    follower.take(bytes, done);
    done += wanted;
    Atomics.store(words, DONE, BigInt(done));
  }
  return follower.answer();
}

/**
 * Feeds a follower with what it is told to, until that is all or it is told to give up: undefined then. Blocks its thread. That the
 * file cannot be read is an answer, too.
 *
 * @param begin makes a follower; another one when it is told to begin anew
 */
export function answerFollowing(task: DigestTask, begin: () => Follower): DigestAnswer | undefined {
  try {
    return follow(task, begin);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
