// Parts that were copied unchecked, because their digests come from the thread that digests the image: a little later.
import type { Slice } from './plan.js';

interface Check {
  readonly end: number;
  readonly done: Promise<void>;
  /** Has the part checked otherwise. */
  readonly giveUp: () => void;
}

/** The checks that are still to come. */
export class LateChecks {
  readonly #checks = new Map<number, Check>();

  /** Whether an entry of the plan was copied, and is not checked yet. */
  has(entry: number): boolean {
    return this.#checks.has(entry);
  }

  /** Whether there are any. */
  get isEmpty(): boolean {
    return this.#checks.size === 0;
  }

  /**
   * Takes a slice that was copied.
   *
   * @param coming its digest
   * @param settle told the digest, or undefined if it does not come. What it throws comes out of `settle`
   */
  add(
    { entry, offset, length }: Slice,
    coming: Promise<Uint8Array | undefined>,
    settle: (digest: Uint8Array | undefined) => void,
  ): void {
    const done = coming.then((digest) => {
      if (!this.#checks.has(entry)) return;
      settle(digest);
      this.#checks.delete(entry);
    });
    done.catch(() => {});
    this.#checks.set(entry, { end: offset + length, done, giveUp: () => settle(undefined) });
  }

  /**
   * Waits for the checks of what ends before byte `told` of the image: the thread comes to that. The others are given up.
   *
   * @throws what their `settle` throws
   */
  async settle(told: number): Promise<void> {
    for (const [entry, { end, done, giveUp }] of this.#checks) {
      if (end <= told) {
        await done;
      } else {
        this.#checks.delete(entry);
        giveUp();
      }
    }
  }
}
