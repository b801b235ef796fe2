// Ctrl-C: the first one asks the work to stop and clean up, the second one kills.
import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { EXIT, JigdoError } from '../errors.js';
import { endOutput, isBrokenPipe, outputExitCode, tellOutputError } from './failures.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds in which a signal that comes twice is the same one: who starts us may pass on what the terminal sends to all. */
const ECHO = 200;

/** Listens for SIGINT, SIGTERM and SIGHUP while a command runs, and for the loss of its results. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #results: boolean;
  #since = 0;
  #lost: unknown;
  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGHUP' && this.onHangUp) return this.onHangUp();
    const code = 128 + constants.signals[name];
    if (this.exitCode === undefined) return this.#stop(code);
    // A terminal that is closed sends SIGHUP, and its shell once more.
    if (name !== 'SIGHUP' && performance.now() - this.#since > ECHO) process.exit(code);
  };
  /** Without its results the work is for nothing, but what it has so far may be of use to a later run. */
  readonly #onOutputError = (error: NodeJS.ErrnoException): void => {
    if (this.exitCode !== undefined) return;
    if (error.code === 'EIO') return endOutput(error);
    this.#lost = error;
    this.#stop(outputExitCode(error));
  };

  /** What the process is to end with, once a signal came (128 + its number) or results were lost. */
  exitCode: number | undefined;

  /** What SIGHUP means instead of an end. */
  onHangUp: (() => void) | undefined;

  /** @param results whether stdout is for results, which must not be lost */
  constructor(results = true) {
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    // Much work may be under way at a time, and each piece of work listens: that is no leak, of which Node would warn.
    setMaxListeners(0, this.signal);
    // Node's own way is to die of it, before it is said that the file is too large.
    process.on('SIGXFSZ', ignore);
    if (results) process.stdout.off('error', endOutput).on('error', this.#onOutputError);
    this.#results = results;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Says how the command ended that failed after `exitCode` was set, or lost its results, in a line if that is worth one.
   *
   * @param name what the line begins with
   * @returns what was said, unless there is no use in repeating it on stdout
   */
  tell(name: string, error: unknown, write: (text: string) => void): string | undefined {
    if (this.#lost !== undefined) {
      if (!isBrokenPipe(this.#lost)) tellOutputError(this.#lost);
      return undefined;
    }
    const message = error instanceof JigdoError && error.exitCode === EXIT.interrupted ? error.message : 'Interrupted';
    write(`${name}: ${message}\n`);
    return message;
  }

  /** Whether results were lost: known once all that was written has been noticed. */
  async lostResults(): Promise<boolean> {
    await new Promise(setImmediate);
    return this.#lost !== undefined;
  }

  /** Gives the signals back to Node, whose way is to die. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
    process.off('SIGXFSZ', ignore);
    if (this.#results) process.stdout.off('error', this.#onOutputError).on('error', endOutput);
  }

  #stop(code: number): void {
    this.exitCode = code;
    this.#since = performance.now();
    this.#controller.abort();
    // Whoever waits for more input need not wait any longer.
    process.stdin.destroy();
  }
}

function ignore(): void {
  // The write that exceeded the limit fails with EFBIG, and the message about this error names the file.
}
