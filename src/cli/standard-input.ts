// Standard input, which may hold lists of names and behind them an image (cli-behaviour.md 4).
import { LineReader } from '../io/line-reader.js';

/** Lines from standard input, and what follows them. Nothing is read before somebody asks. */
export function standardInput(): LineReader {
  return new LineReader({
    [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
  });
}
