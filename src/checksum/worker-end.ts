// How a worker tells that it has ended.
import type { Worker } from 'node:worker_threads';
import { JigdoError } from '../errors.js';

/**
 * Has `ended` called once, when a worker is no more: with what it threw, or with words for its going without any. To be called
 * before anything else can happen. Whoever ends the worker itself is told, too.
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
