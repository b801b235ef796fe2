// A worker thread that makes one image.
import { parentPort, workerData } from 'node:worker_threads';
import { JigdoError } from '../errors.js';
import { makeImage, type MakeImageOptions } from '../rebuild/make-image.js';
import type { WorkerMessage } from './make-images.js';

const controller = new AbortController();
const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);

// The only message: to stop.
parentPort?.once('message', () => controller.abort());
void run();

async function run(): Promise<void> {
  try {
    const result = await makeImage({
      ...(workerData as MakeImageOptions),
      reporter: {
        info: () => {},
        warning: (warning) => tell({ warning }),
        progress: () => {},
      },
      signal: controller.signal,
    });
    tell({ result });
  } catch (error) {
    // The class of an error does not survive the message.
    const { message, stack } = error as Error;
    const exitCode = error instanceof JigdoError ? error.exitCode : undefined;
    tell({ failure: { message, stack, exitCode } });
  }
  // Nothing else keeps the thread alive.
  parentPort?.unref();
}
