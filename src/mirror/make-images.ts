// Making several images at the same time: each in a thread of its own.
import { Worker } from 'node:worker_threads';
import { onWorkerEnd } from '../checksum/worker-end.js';
import { workerProgram } from '../checksum/worker-url.js';
import { JigdoError, type ExitCode } from '../errors.js';
import { makeImage, type MakeImageOptions, type MakeImageResult } from '../rebuild/make-image.js';

/** What the worker says: warnings, and at last one of the others. */
export type WorkerMessage =
  | { readonly warning: string }
  | { readonly result: MakeImageResult }
  | { readonly failure: { message: string; stack: string | undefined; exitCode: ExitCode | undefined } };

/** Makes an image: in this thread, or in one of its own. For results and errors see `makeImage`. */
export type ImageMaker = (options: MakeImageOptions) => Promise<MakeImageResult>;

/** The maker for so many images at the same time. */
export function imageMaker(jobs: number): ImageMaker {
  return jobs > 1 ? makeInWorker : makeImage;
}

async function makeInWorker({ reporter, signal, ...task }: MakeImageOptions): Promise<MakeImageResult> {
  signal?.throwIfAborted();
  const { url, execArgv } = workerProgram('make-image-worker', import.meta.url);
  const worker = new Worker(url, { workerData: task, execArgv });
  const stop = (): void => worker.postMessage('stop');
  signal?.addEventListener('abort', stop);
  return await new Promise<MakeImageResult>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if ('warning' in message) reporter?.warning(message.warning);
      else if ('result' in message) resolve(message.result);
      else reject(errorOf(message.failure));
    });
    onWorkerEnd(worker, 'makes an image', reject);
  }).finally(() => signal?.removeEventListener('abort', stop));
}

function errorOf({ message, stack, exitCode }: Extract<WorkerMessage, { failure: object }>['failure']): Error {
  return exitCode === undefined ? Object.assign(new Error(message), { stack }) : new JigdoError(message, { exitCode });
}
