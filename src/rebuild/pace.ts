// Long synchronous work in small steps: lets signals through, and notices when it is to stop.
import { EXIT, JigdoError } from '../errors.js';

/** Milliseconds of work between two looks at the event loop. */
const STEP_MS = 20;

/** Thrown when the caller's AbortSignal fires. The message is the whole truth: whoever knows more says more. */
export class Interrupted extends JigdoError {
  constructor(message = 'Interrupted') {
    super(message, { exitCode: EXIT.interrupted });
    this.name = 'Interrupted';
  }
}

/** Gives way to the event loop every so often. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  readonly #stepMs: number;
  #last = performance.now();

  /** @param stepMs milliseconds of work between two looks at the event loop */
  constructor(signal?: AbortSignal, stepMs = STEP_MS) {
    this.#signal = signal;
    this.#stepMs = stepMs;
  }

  /**
   * To be awaited between pieces of work of a few milliseconds.
   *
   * @throws Interrupted if the signal has fired
   */
  async step(): Promise<void> {
    if (performance.now() - this.#last >= this.#stepMs) {
      await new Promise(setImmediate);
      this.#last = performance.now();
    }
    if (this.#signal?.aborted) throw new Interrupted();
  }
}
