// Standard input, which may hold lists of names and behind them an image (cli-behaviour.md 4).
import { readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { LineReader } from '../io/line-reader.js';

/**
 * Lines from standard input.
 *
 * @param exact take no byte behind the empty line that ends the list: somebody else reads the file descriptor then. Slow, like
 *   the shell's `read`, and for the same reason.
 */
export function standardInput(exact: boolean): LineReader {
  return new LineReader(exact ? singleBytes() : process.stdin);
}

async function* singleBytes(): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const byte = Buffer.alloc(1);
    const n = await readByte(byte);
    if (n === 0) return;
    yield byte;
  }
}

async function readByte(byte: Uint8Array): Promise<number> {
  for (;;) {
    try {
      return readSync(0, byte, 0, 1, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      // A terminal or a pipe that another process has made non-blocking: nothing there yet.
      if (code !== 'EAGAIN') throw error;
      await setTimeout(10);
    }
  }
}
