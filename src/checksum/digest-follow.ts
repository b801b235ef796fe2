// The loop of a worker thread that digests the head of a file while another thread still writes it.
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import {
  ALIVE,
  DONE,
  FRONTIER,
  RESTARTS,
  type DigestAnswer,
  type DigestTask,
  type DigestWords,
} from './digest-task.js';

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

type Begin = (task: DigestTask) => Follower;

/**
 * Feeds a follower with what it is told to, until that is all or it is told to give up: undefined then. Blocks its thread.
 *
 * @throws what node:fs throws
 */
function follow(task: DigestTask, words: DigestWords, begin: Begin): DigestAnswer | undefined {
  const { fd, length, begun } = task;
  let follower = begin(task);
  let restarts = 0n;
  for (let done = begun?.position ?? 0; done < length;) {
    // Before the frontier, which is moved back before this is counted.
    const wantedRestarts = Atomics.load(words, RESTARTS);
    if (wantedRestarts !== restarts) {
      restarts = wantedRestarts;
      follower = begin({ ...task, begun: undefined });
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

/** That the file cannot be read is an answer, too. */
function answerTo(task: DigestTask, words: DigestWords, begin: Begin): DigestAnswer | undefined {
  try {
    return follow(task, words, begin);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The program of a worker: waits for its task and answers it. It was started with the words as its data.
 *
 * @param begin makes a follower, which takes the bytes from `begun` on; another one when it is told to begin anew
 */
export function followWhenTold(begin: Begin): void {
  const words = new BigInt64Array(workerData as SharedArrayBuffer);
  parentPort?.once('message', (task: DigestTask) => {
    const answer = answerTo(task, words, begin);
    if (answer) parentPort?.postMessage(answer);
  });
  Atomics.store(words, ALIVE, 1n);
}
