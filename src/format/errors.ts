// What the format readers throw: they know a place in the bytes, but not the name of the file.
import { isSystemError, JigdoError, reasonOf } from '../errors.js';
import { display, fromText } from './bytes.js';

/**
 * Malformed input. `place` says where (`byte 1234`, `line 3, column 7`), `message` what is wrong, without place or file name.
 * Whoever knows the file's name turns it into a JigdoError: `NAME: PLACE: MESSAGE`.
 */
export class FormatError extends Error {
  readonly place: string;

  constructor(place: string, message: string) {
    super(message);
    this.name = 'FormatError';
    this.place = place;
  }
}

/** What a user is told of an error, in one line; undefined if it is one of the program, and not of its input or the system. */
export function problemOf(error: unknown): string | undefined {
  if (error instanceof FormatError) return `${error.place}: ${error.message}`;
  if (error instanceof JigdoError) return error.message;
  if (!isSystemError(error)) return undefined;
  return `${error.path === undefined ? '' : `${display(fromText(error.path))}: `}${reasonOf(error)}`;
}
