// Standard input, which may hold lists of names and behind them an image (docs/spec/cli-behaviour.md 4).
import { LineReader } from '../io/line-reader.js';

let opened = false;

/** Lines from standard input, and what follows them. Nothing is read before somebody asks. */
export function standardInput(): LineReader {
  return new LineReader({
    [Symbol.asyncIterator]: () => {
      opened = true;
      return process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    },
  });
}

/** Lets the process end although whoever writes to its standard input does not: a list may end before the pipe does. */
export function closeStandardInput(): void {
  if (opened) process.stdin.destroy();
}
