// Ctrl-C: the first one asks the work to stop and clean up, the second one kills.
import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { endOutput } from './failures.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds in which a signal that comes twice is the same one: who starts us may pass on what the terminal sends to all. */
const ECHO = 200;

/** Listens for SIGINT, SIGTERM and SIGHUP while a command runs. */
export class Interruption {
  readonly #controller = new AbortController();
  #since = 0;
  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGHUP' && this.onHangUp) return this.onHangUp();
    const code = 128 + constants.signals[name];
    if (this.exitCode === undefined) return this.#stop(code);
    // A terminal that is closed sends SIGHUP, and its shell once more.
    if (name !== 'SIGHUP' && performance.now() - this.#since > ECHO) process.exit(code);
  };

  /** 128 + the signal's number once a signal came. */
  exitCode: number | undefined;

  /** What SIGHUP means instead of an end. */
  onHangUp: (() => void) | undefined;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    // Much work may be under way at a time, and each piece of work listens: that is no leak, of which Node would warn.
    setMaxListeners(0, this.signal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the signals back to Node, whose way is to die. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }

  #stop(code: number): void {
    this.exitCode = code;
    this.#since = performance.now();
    // Who read our output may have gone by the same signal: that must not cut short what is done to clean up.
    for (const stream of [process.stdout, process.stderr]) stream.off('error', endOutput).on('error', () => {});
    this.#controller.abort();
    // Whoever waits for more input need not wait any longer.
    process.stdin.destroy();
  }
}
