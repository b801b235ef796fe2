// The memory in which bytes wait for clients: one bound for all of them.

/** Bytes of the buffers in use; beyond it, everybody gets one of the smallest at a time. */
const BUFFERS_BYTES = 32 * 1024 * 1024;
/** As much again is for answers of which so many bytes are sent: more than the kernel keeps for a client who does not read. */
const PROVEN = 8 * 1024 * 1024;
/** Bytes of a buffer: one of these. */
const LENGTHS = [16, 64, 256, 1024].map((kilobytes) => kilobytes * 1024);
/** A buffer takes this part of what is left at most: those who come later find some, too. */
const SHARE = 16;

/**
 * Buffers for all answers together. The more are in use, the smaller new ones are: down to the smallest, of which everybody gets one. So a
 * thousand clients that do not read hold BUFFERS_BYTES and a thousand of the smallest, and one that reads fast has large ones all the same.
 */
export class Buffers {
  readonly #budget: number;
  /** Bytes in use and free together, beyond which none is kept that is not in use. */
  readonly #most: number;
  readonly #free = new Map<number, Uint8Array[]>();
  #used = 0;
  /** Bytes of all there are, the free ones included. */
  #made = 0;

  constructor(budget = BUFFERS_BYTES) {
    this.#budget = budget;
    this.#most = 2 * budget;
  }

  /** Whether no more should be taken than is needed at once. @param sent bytes of the answer so far */
  areScarce(sent: number): boolean {
    return this.#left(sent) <= 0;
  }

  /** A buffer for `wanted` bytes or, more often, for the first of them. To be given back. @param sent bytes of the answer so far */
  take(wanted: number, sent: number): Uint8Array {
    const share = this.#left(sent) / SHARE;
    const enough = LENGTHS.find((length) => length >= wanted) ?? Infinity;
    return this.#ofLength(LENGTHS.findLast((length) => length <= share && length <= enough) ?? LENGTHS[0]);
  }

  /** Takes back what `take` gave. */
  give(buffer: Uint8Array): void {
    this.#used -= buffer.length;
    if (this.#made > this.#most) this.#made -= buffer.length;
    else this.#free.get(buffer.length)?.push(buffer);
  }

  #left(sent: number): number {
    return (sent > PROVEN ? this.#most : this.#budget) - this.#used;
  }

  #ofLength(length: number): Uint8Array {
    let free = this.#free.get(length);
    if (!free) this.#free.set(length, (free = []));
    this.#used += length;
    const buffer = free.pop();
    if (buffer) return buffer;
    // Free ones of other lengths make room.
    for (const others of this.#free.values()) {
      while (this.#made + length > this.#most && others.length > 0) this.#made -= others.pop()?.length ?? 0;
    }
    this.#made += length;
    return new Uint8Array(length);
  }
}
