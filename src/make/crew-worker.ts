// The worker thread of a crew: does the units that it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import { JigdoError } from '../errors.js';
import { UnitRunner, type Unit, type UnitSetup } from './units.js';

const runner = new UnitRunner(workerData as UnitSetup);

parentPort?.on('message', (unit: Unit) => {
  try {
    parentPort?.postMessage({ result: runner.run(unit) });
  } catch (error) {
    // The class of an error does not survive the message.
    const { message, stack } = error as Error;
    parentPort?.postMessage({ failure: { message, stack, expected: error instanceof JigdoError } });
  }
});
