// Asking a mirror again when it fails for a moment, and giving up on it when it fails for good.
import { sleep } from '../io/sleep.js';
import { NetError } from '../net/net-error.js';
import { NET_DEFAULTS } from '../net/settings.js';

/** Questions in a row that a mirror may leave unanswered, after all retries, before it is asked no more. */
const UNANSWERED_MAX = 8;
/** Milliseconds before the first repetition; each further one waits twice as long. */
const QUESTION_PAUSE_MS = 500;
/** Milliseconds to wait at most, whatever a server says. */
const QUESTION_PAUSE_MAX_MS = 60_000;

/** Settings of a `Patience`, for tests. */
export interface PatienceOptions {
  /** How often a question is repeated. */
  readonly retries?: number;
  /** Milliseconds before the first repetition. */
  readonly pause?: number;
}

/** Patience with one mirror. */
export class Patience {
  readonly #retries: number;
  readonly #pause: number;
  #unanswered = 0;

  constructor({ retries = NET_DEFAULTS.retries, pause = QUESTION_PAUSE_MS }: PatienceOptions = {}) {
    this.#retries = retries;
    this.#pause = pause;
  }

  /** Whether there is no point in asking further. */
  get isOver(): boolean {
    return this.#unanswered >= UNANSWERED_MAX;
  }

  /**
   * Asks until there is an answer, or a refusal.
   *
   * @throws NetError, the last one; the signal's reason
   */
  async ask<T>(question: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const answer = await question();
        this.#unanswered = 0;
        return answer;
      } catch (error) {
        if (!(error instanceof NetError)) throw error;
        if (error.kind !== 'temporary') this.#unanswered = 0;
        if (error.kind !== 'temporary' || this.isOver) throw error;
        if (tries === this.#retries) {
          this.#unanswered++;
          throw error;
        }
        const pause = Math.min(QUESTION_PAUSE_MAX_MS, error.retryAfter ?? this.#pause * 2 ** tries);
        await sleep(pause, signal);
      }
    }
  }
}
