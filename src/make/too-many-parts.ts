// Images of more parts than a template has room for.
import { JigdoError } from '../errors.js';

/** @param parts how many there are at least */
export function tooManyParts(parts: number, cause?: unknown): JigdoError {
  return new JigdoError(
    `The image consists of too many parts (${Math.floor(parts)} or more): use a larger --min-length`,
    {
      cause,
    },
  );
}
