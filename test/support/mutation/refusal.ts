// What a parser may answer to bad input, and nothing else.
import { FormatError } from '../../../src/format/errors.js';

type ErrorClass = abstract new (...args: never[]) => Error;

/** What comes of an input; undefined if it was refused as the reader promises: by one of these errors, in one line. */
export function unlessRefused<T>(errors: readonly ErrorClass[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    checkRefusal(errors, error);
    return undefined;
  }
}

/** @throws `error` unless it is a refusal; Error if its message is no line */
export function checkRefusal(errors: readonly ErrorClass[], error: unknown): void {
  if (!(error instanceof Error) || !errors.some((each) => error instanceof each)) throw error;
  const text = error instanceof FormatError ? `${error.place}: ${error.message}` : error.message;
  // eslint-disable-next-line no-control-regex -- a terminal would obey them
  if (/[\0-\x1f\x7f]/.test(text)) throw new Error(`no line: ${text.slice(0, 200)}`, { cause: error });
}

/** @throws Error with both values, if they differ */
export function same<T>(found: T, expected: T, what: string): void {
  if (found === expected) return;
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a?.slice(0, 400)}, not ${b?.slice(0, 400)}`);
}

/** @throws Error unless it holds */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
