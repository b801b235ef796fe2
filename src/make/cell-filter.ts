// The head filter at work: the suspicious cells of a piece of the image.
import { instantiate, newMemory, reserve } from '../wasm/assembler.js';
import { assembleCellFilter } from '../wasm/cell-filter-code.js';
import { fingerprint, FINGERPRINT_LENGTH, inFingerprints, type FilterTables } from './head-filter.js';

/** Cells that are looked at together. */
const TOGETHER = 4;

/** The exported function: see cell-filter-code.ts. */
type FindBits = (at: number, grain: number, rounds: number, bits: number, mask: number, out: number) => number;

/** Finds the cells in which files may start (head-filter.ts), some 15 GB/s. For one thread. */
export class CellFilter {
  /** Where the bytes of the image go before `find`: `capacity` bytes. */
  readonly bytes: Uint8Array;
  /** The same, as words. */
  readonly words: Int32Array;
  readonly #tables: FilterTables;
  /** Where the bitmap is. */
  readonly #bitsAt: number;
  readonly #run: FindBits;
  /** The points that were found, by their addresses. */
  readonly #found: Int32Array;

  /**
   * @param capacity the most bytes of the image to be looked at at a time
   * @param memory where the filter may reserve what it needs
   */
  constructor(tables: FilterTables, capacity: number, memory = newMemory(0)) {
    const { grain, bits } = tables;
    const places = Math.ceil(capacity / grain) + TOGETHER;
    const outLength = Math.ceil(places / 4) * 16;
    // The last cells of a round may lie behind the last byte.
    const bytesLength = capacity + TOGETHER * grain + FINGERPRINT_LENGTH;
    this.#bitsAt = reserve(memory, bits.byteLength + outLength + bytesLength);
    const outAt = this.#bitsAt + bits.byteLength;
    const bytesAt = outAt + outLength;
    const { buffer } = memory;
    new Int32Array(buffer, this.#bitsAt, bits.length).set(bits);
    this.#tables = tables;
    this.#run = instantiate(new WebAssembly.Module(assembleCellFilter()), memory);
    this.#found = new Int32Array(buffer, outAt, places);
    this.bytes = new Uint8Array(buffer, bytesAt, capacity);
    this.words = new Int32Array(buffer, bytesAt, (buffer.byteLength - bytesAt) >> 2);
  }

  /**
   * The suspicious ones among the points 0, grain, 2 grain… below `length`. The bytes at them, FINGERPRINT_LENGTH each, must be
   * there.
   *
   * @param from what the points count from: an offset in `bytes`, a multiple of 4
   * @returns the points, ascending; valid until the next call
   */
  find(length: number, from = 0): Int32Array {
    const { grain, bits, set } = this.#tables;
    const base = this.bytes.byteOffset + from;
    const rounds = Math.ceil(length / grain / TOGETHER);
    if (rounds <= 0) return this.#found.subarray(0, 0);
    const out = this.#found.byteOffset;
    const count = (this.#run(base, grain, rounds, this.#bitsAt, bits.length * 32 - 1, out) - out) >> 2;
    const words = this.words;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const at = this.#found[i] - base;
      const w = (from + at) >> 2;
      if (at >= length) break;
      if (inFingerprints(set, fingerprint(words[w], words[w + 1], words[w + 2], words[w + 3])))
        this.#found[kept++] = at;
    }
    return this.#found.subarray(0, kept);
  }
}
