// A worker thread of a WorkerPool: looks at the batches of files that it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import { examine } from './examine.js';
import type { FileBatch } from './file-batch.js';

/** One 64-bit word, to which all workers add the bytes that they have read. */
const bytesRead = new BigInt64Array(workerData as SharedArrayBuffer);

const count = (length: number): undefined => void Atomics.add(bytesRead, 0, BigInt(length));

// Batches are answered in the order in which they come.
let last = Promise.resolve();
parentPort?.on('message', (batch: FileBatch) => {
  last = last.then(async () => parentPort?.postMessage(await examine(batch, count)));
});
