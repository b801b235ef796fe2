// Workers that are started before it is known what they are to do: they come to life while this thread loads its own modules.
import { Worker } from 'node:worker_threads';
import { WORD_COUNT, type DigestWords } from './protocol.js';
import { onWorkerEnd } from '../worker-end.js';
import type { WorkerProgram } from '../worker-url.js';

/** A worker that waits for a DigestTask or is at work at it. */
export interface DigestThread {
  readonly worker: Worker;
  readonly words: DigestWords;
  /** Why the worker is no more, once it is so. */
  readonly ended: Promise<Error>;
}

const early = new Map<string, DigestThread>();

/** Starts a worker that will probably be wanted, if none waits already. Until it is hired it does not keep the process alive. */
export function startEarly(program: WorkerProgram): void {
  const { href } = program.url;
  if (early.has(href)) return;
  const thread = start(program);
  thread.worker.unref();
  early.set(href, thread);
}

/** A worker of this program: one that was started early, or a new one. */
export function hireWorker(program: WorkerProgram): DigestThread {
  const { href } = program.url;
  const thread = early.get(href);
  early.delete(href);
  thread?.worker.ref();
  return thread ?? start(program);
}

function start({ url, execArgv }: WorkerProgram): DigestThread {
  const words = new BigInt64Array(new SharedArrayBuffer(WORD_COUNT * BigInt64Array.BYTES_PER_ELEMENT));
  const worker = new Worker(url, { execArgv, workerData: words.buffer });
  const ended = new Promise<Error>((resolve) => onWorkerEnd(worker, 'computes a digest', resolve));
  return { worker, words, ended };
}
