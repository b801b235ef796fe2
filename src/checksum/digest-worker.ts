// A worker thread that digests the head of a file while another thread still writes it.
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { newDigest } from './digest.js';
import { DONE, FRONTIER, type DigestAnswer, type DigestTask } from './digest-task.js';

/** Bytes read at a time: they are still in the processor's cache when they are digested. */
const READ = 256 * 1024;

function digestFollowing({ fd, length, algorithm, state }: DigestTask): DigestAnswer | undefined {
  const words = new BigInt64Array(state);
  const hash = newDigest(algorithm);
  const buffer = new Uint8Array(READ);
  let done = 0;
  while (done < length) {
    const frontier = Number(Atomics.load(words, FRONTIER));
    if (frontier < 0) return undefined;
    if (frontier <= done) {
      Atomics.wait(words, FRONTIER, BigInt(frontier));
      continue;
    }
    const n = readSync(fd, buffer, 0, Math.min(READ, frontier - done), done);
    if (n === 0) return { error: 'the file shrinks while it is read' };
    hash.update(buffer.subarray(0, n));
    done += n;
    Atomics.store(words, DONE, BigInt(done));
  }
  return { digest: new Uint8Array(hash.digest()) };
}

let answer: DigestAnswer | undefined;
try {
  answer = digestFollowing(workerData as DigestTask);
} catch (error) {
  answer = { error: error instanceof Error ? error.message : String(error) };
}
if (answer) parentPort?.postMessage(answer);
