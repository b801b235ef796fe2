// The image in memory, a few slabs of it at a time, where all threads see it: each byte is read from the disk or the page
// cache once, hashed there, searched there, and compared there.

/** Bytes of the image in one slab. A multiple of every cell of the search. */
export const SLAB = 8 << 20;

/** The shared memory that slabs are loaded into: slab k into slot k modulo the number of slots. */
export interface SlabMemory {
  /** Bytes of a slab. */
  readonly length: number;
  /** Bytes behind a slab that are loaded with it, so that windows and fingerprints at its end need no other slab. */
  readonly overlap: number;
  readonly slots: number;
  readonly buffer: SharedArrayBuffer;
}

/**
 * @param imageSize bytes of the image: there are no more slots than it has slabs
 * @param overlap bytes behind each slab
 * @param slots how many slabs at most are loaded at the same time
 * @param length bytes of a slab, a multiple of 64
 */
export function allocateSlabs(imageSize: number, overlap: number, slots: number, length = SLAB): SlabMemory {
  const needed = Math.min(slots, Math.ceil(imageSize / length));
  // A whole number of 32-bit words, because the search looks at words.
  const padded = Math.ceil(overlap / 64) * 64;
  return { length, overlap: padded, slots: needed, buffer: new SharedArrayBuffer(needed * (length + padded)) };
}

/**
 * The slot of a slab.
 *
 * @param from where the slab begins in the image
 * @returns `length + overlap` bytes, which hold the image from there on if the slab is loaded
 */
export function slotOf({ buffer, length, overlap, slots }: SlabMemory, from: number): Uint8Array {
  const slot = (from / length) % slots;
  return new Uint8Array(buffer, slot * (length + overlap), length + overlap);
}

/** The bytes of the image that are in memory while a slab is searched: from that slab to the last one loaded. */
export class LoadedSlabs {
  readonly #memory: SlabMemory;
  readonly #from: number;
  readonly #to: number;

  /**
   * @param from where the slab begins
   * @param to where the last loaded slab ends
   */
  constructor(memory: SlabMemory, from: number, to: number) {
    this.#memory = memory;
    this.#from = from;
    this.#to = to;
  }

  /** The image from `position` on: `length` bytes, or fewer where a slab ends; none if they are not in memory. */
  bytes(position: number, length: number): Uint8Array | undefined {
    if (position < this.#from || position >= this.#to) return undefined;
    const start = position % this.#memory.length;
    const end = Math.min(start + Math.min(length, this.#to - position), this.#memory.length);
    return slotOf(this.#memory, position - start).subarray(start, end);
  }
}
