// The worker thread of a crew: does the units that it is sent.
import { parentPort } from 'node:worker_threads';
import { JigdoError } from '../errors.js';
import { UnitRunner, type Unit, type UnitSetup } from './units.js';

let runner: UnitRunner | undefined;

// The first message is the setup, all others are units.
parentPort?.on('message', (message: UnitSetup | Unit) => {
  try {
    if ('fd' in message) runner = new UnitRunner(message);
    else parentPort?.postMessage({ result: runner?.run(message) });
  } catch (error) {
    // The class of an error does not survive the message.
    const { message, stack } = error as Error;
    parentPort?.postMessage({ failure: { message, stack, expected: error instanceof JigdoError } });
  }
});
