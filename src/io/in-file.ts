// The name of the file for errors that know only a place in it.
import { JigdoError } from '../errors.js';
import { FormatError } from '../format/errors.js';

/** Does work on the content of a file, giving format errors its name: `NAME: byte 123: what is wrong`. */
export function inFile<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new JigdoError(`${name}: ${error.place}: ${error.message}`, { cause: error });
  }
}
