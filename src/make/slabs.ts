// The image in memory, a few slabs of it at a time, where all threads see it: each byte is read from the disk or the page
// cache once, hashed there, searched there, and compared there.
import { LANES_SCRATCH, PAGE } from '../checksum/md5-lanes.js';

/** Bytes of the image in one slab. A multiple of every cell of the search. */
export const SLAB = 4 << 20;

/** So many slabs are in memory besides those that are being searched: files of up to half of them are compared there. */
const SLOTS = 8;

/** Bytes that a WebAssembly memory can have at most. */
const MEMORY_MAX = 65536 * PAGE;

/** The shared memory that slabs are loaded into: slab k into slot k modulo the number of slots. Plain data for workers. */
export interface SlabMemory {
  /** Bytes of a slab. */
  readonly length: number;
  /** Bytes behind a slab that are loaded with it, so that windows and blocks at its end need no other slab. */
  readonly overlap: number;
  readonly slots: number;
  /** Where the first slot is; before it there is room for what hashes (LANES_SCRATCH bytes for each hand). */
  readonly base: number;
  readonly memory: WebAssembly.Memory;
}

/**
 * @param imageSize bytes of the image: there are no more slots than it has slabs
 * @param overlap bytes behind each slab
 * @param hands how many threads use it
 * @param length bytes of a slab, a multiple of 64
 */
export function allocateSlabs(imageSize: number, overlap: number, hands: number, length = SLAB): SlabMemory {
  // Whole blocks, because the search looks at words and MD5 at blocks.
  const padded = Math.ceil(overlap / 64) * 64 + 64;
  const base = Math.ceil((hands * LANES_SCRATCH) / 64) * 64;
  const most = Math.floor((MEMORY_MAX - base) / (length + padded));
  const slots = Math.max(1, Math.min(hands + SLOTS, Math.ceil(imageSize / length), most));
  const pages = Math.ceil((base + slots * (length + padded)) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { length, overlap: padded, slots, base, memory };
}

/** The address of the slot of the slab that begins at byte `from` of the image. */
function addressOf({ base, length, overlap, slots }: SlabMemory, from: number): number {
  return base + ((from / length) % slots) * (length + overlap);
}

/**
 * The slot of a slab.
 *
 * @param from where the slab begins in the image
 * @returns `length + overlap` bytes, which hold the image from there on if the slab is loaded
 */
export function slotOf(slabs: SlabMemory, from: number): Uint8Array {
  return new Uint8Array(slabs.memory.buffer, addressOf(slabs, from), slabs.length + slabs.overlap);
}

/** The bytes of the image that are in memory while a slab is searched: from that slab to the last one loaded. */
export class LoadedSlabs {
  readonly #slabs: SlabMemory;
  readonly #from: number;
  readonly #to: number;
  readonly #bytes: Uint8Array;

  /**
   * @param from where the slab begins
   * @param to where the last loaded slab ends
   */
  constructor(slabs: SlabMemory, from: number, to: number) {
    this.#slabs = slabs;
    this.#from = from;
    this.#to = to;
    this.#bytes = new Uint8Array(slabs.memory.buffer);
  }

  /**
   * Where the image from `position` on is in the memory.
   *
   * @param position must be in memory
   * @returns an address, and how many bytes there are from it on: to the end of the slab and the overlap, at least 64 of them
   *   unless the image ends
   */
  locate(position: number): { address: number; length: number } {
    const start = position % this.#slabs.length;
    const address = addressOf(this.#slabs, position - start) + start;
    return { address, length: this.#slabs.length + this.#slabs.overlap - start };
  }

  /** The image from `position` on: `length` bytes, or fewer where a slab ends; none if they are not in memory. */
  bytes(position: number, length: number): Uint8Array | undefined {
    if (position < this.#from || position >= this.#to) return undefined;
    const left = this.#slabs.length - (position % this.#slabs.length);
    const { address } = this.locate(position);
    return this.#bytes.subarray(address, address + Math.min(length, this.#to - position, left));
  }
}
