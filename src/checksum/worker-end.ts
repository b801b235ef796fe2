// How a worker tells that it has ended.
import type { Worker } from 'node:worker_threads';
import { JigdoError } from '../errors.js';

/**
 * Calls `ended` once, when a worker is no more: with the error that the worker threw, or, if it threw none, with an error that says so.
 * Call this function right after the worker is made, since events before would be lost. `ended` is called even where the caller
 * itself ends the worker.
 *
 * @param task what the worker does, for the words: `reads files`
 */
export function onWorkerEnd(worker: Worker, task: string, ended: (error: Error) => void): void {
  let isTold = false;
  const tell = (error: Error): void => {
    if (!isTold) ended(error);
    isTold = true;
  };
  worker.on('error', (error: unknown) => tell(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => tell(new JigdoError(`The thread that ${task} ended unexpectedly`)));
}
