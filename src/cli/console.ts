// What goes to standard output and error: results must arrive, messages need not.
import { endOutput, onLostMessage } from './failures.js';
import { isFileLike, writeFully } from '../io/standard-output.js';
import type { Screen } from './progress-bar.js';

let [isOutFile, isErrFile]: (boolean | undefined)[] = [];

/** Listens for what goes wrong with both, until a command says what is to be done then. */
export function guardConsole(): void {
  // Whoever reads our output may stop reading (`| head`); that is no error of ours.
  process.stdout.on('error', endOutput);
  process.stderr.on('error', onLostMessage);
}

/** Writes a result. That it cannot be written is told to those who listen for errors of stdout. */
export function writeResult(bytes: Uint8Array | string): void {
  isOutFile ??= isFileLike(1);
  if (!isOutFile) return void process.stdout.write(bytes);
  try {
    writeFully(1, Buffer.from(bytes as string));
  } catch (error) {
    process.stdout.emit('error', error);
  }
}

/** Writes a message. Losing one never ends the work. */
export function writeMessage(text: string): void {
  isErrFile ??= isFileLike(2);
  try {
    if (isErrFile) writeFully(2, Buffer.from(text));
    else process.stderr.write(text);
  } catch {
    // The next one may be written again: somebody may make room.
  }
}

/** Where messages and progress go. */
export const MESSAGES: Screen = {
  write: writeMessage,
  get isTTY() {
    return process.stderr.isTTY;
  },
  get columns() {
    return process.stderr.columns;
  },
};
