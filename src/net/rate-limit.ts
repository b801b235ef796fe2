// No more than so many bytes a second, over all connections together.
import { sleep } from '../io/sleep.js';

/** Seconds' worth of bytes that may pass at once after a pause. */
const BURST = 0.25;

/** A token bucket: whoever has received bytes waits until they are paid for, so that the sender has to wait, too. */
export class RateLimit {
  readonly #rate: number;
  readonly #now: () => number;
  /** When all bytes so far are paid for, in milliseconds. */
  #paid = -Infinity;

  /**
   * @param rate bytes a second
   * @param now milliseconds, for tests
   */
  constructor(rate: number, now: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Books bytes and returns the milliseconds to wait before more are received. */
  book(bytes: number): number {
    const now = this.#now();
    this.#paid = Math.max(this.#paid, now - BURST * 1000) + (bytes / this.#rate) * 1000;
    return Math.max(0, this.#paid - now);
  }

  /** Books bytes and waits. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    await sleep(this.book(bytes), signal);
  }
}
