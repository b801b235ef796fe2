// The worker thread of a crew: does the units that it is sent.
import { parentPort } from 'node:worker_threads';
import { JigdoError } from '../errors.js';
import type { SearchTables } from './search.js';
import { UnitRunner, type Unit, type UnitSetup } from './units.js';

let runner: UnitRunner | undefined;

// The first message is the setup, one is the tables, all others are units.
parentPort?.on('message', (message: UnitSetup | SearchTables | Unit) => {
  try {
    if ('fd' in message) runner = new UnitRunner(message);
    else if ('columns' in message) runner?.prepare(message);
    else parentPort?.postMessage({ result: runner?.run(message) });
  } catch (error) {
    // The class of an error does not survive the message.
    const { message, stack } = error as Error;
    parentPort?.postMessage({ failure: { message, stack, expected: error instanceof JigdoError } });
  }
});
