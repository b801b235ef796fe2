// A worker thread of a ReadingPool: reads the batches of files that it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import { readFacts, type ReadOutcome, type ReadTask } from './read-facts.js';

/** One 64-bit word, to which all workers add the bytes that they have read. */
const bytesRead = new BigInt64Array(workerData as SharedArrayBuffer);

const count = (length: number): undefined => void Atomics.add(bytesRead, 0, BigInt(length));

async function readBatch(tasks: readonly ReadTask[]): Promise<void> {
  const outcomes: ReadOutcome[] = [];
  for (const task of tasks) outcomes.push(await readFacts(task, count));
  parentPort?.postMessage(outcomes);
}

// Batches are answered in the order in which they come.
let last = Promise.resolve();
parentPort?.on('message', (tasks: ReadTask[]) => {
  last = last.then(() => readBatch(tasks));
});
