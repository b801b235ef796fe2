// Workers that are started before it is known what they are to do: they come to life while this thread loads its own modules.
import { Worker } from 'node:worker_threads';
import type { WorkerProgram } from './worker-url.js';

const early = new Map<string, Worker>();

/** Starts a worker that will probably be wanted, if none waits already. Until it is hired it does not keep the process alive. */
export function startEarly({ url, execArgv }: WorkerProgram): void {
  if (early.has(url.href)) return;
  const worker = new Worker(url, { execArgv });
  worker.unref();
  early.set(url.href, worker);
}

/** A worker of this program, which waits for its first message: one that was started early, or a new one. */
export function hireWorker({ url, execArgv }: WorkerProgram): Worker {
  const worker = early.get(url.href);
  early.delete(url.href);
  worker?.ref();
  return worker ?? new Worker(url, { execArgv });
}
