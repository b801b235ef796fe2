// Ctrl-C: the first one asks the work to stop and clean up, the second one kills.
import { EXIT } from '../errors.js';

/** Listens for SIGINT and SIGTERM while a command runs. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #onSignal = (name: NodeJS.Signals): void => {
    const code = name === 'SIGTERM' ? 143 : EXIT.interrupted;
    if (this.exitCode) process.exit(code);
    this.exitCode = code;
    this.#controller.abort();
    // Whoever waits for more input need not wait any longer.
    process.stdin.destroy();
  };

  /** 130 or 143 (128 + the signal's number) once a signal came. */
  exitCode: number | undefined;

  constructor() {
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the signals back to Node, whose way is to die. */
  release(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }
}
