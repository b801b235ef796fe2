// Numbers for byte strings: a Map of millions of them would cost ten times the memory.
import { randomInt } from 'node:crypto';
import type { ByteString } from './bytes.js';
import { ByteStrings } from './byte-strings.js';
import { Column } from './column.js';

const EMPTY = 0xffffffff;

/** Random, so that nobody can write a file whose strings all meet in one slot. */
const SEED = randomInt(2 ** 32);
const FACTOR = randomInt(2 ** 31) * 2 + 1;

/** A set of byte strings, which gives each a number: 0 to the first one, and so on. */
export class ByteStringIndex {
  readonly #strings = new ByteStrings();
  /** Of each string: to compare, and to grow without looking at the strings again. */
  readonly #hashes = new Column();
  /** Open addressing, at most half full. */
  #slots = new Uint32Array(128).fill(EMPTY);

  get length(): number {
    return this.#strings.length;
  }

  /** The number of a string, which is added if it is new. */
  add(text: ByteString): number {
    const sum = hash(text);
    const slot = this.#slotOf(text, sum);
    if (this.#slots[slot] !== EMPTY) return this.#slots[slot];
    const index = this.#strings.add(text);
    this.#hashes.push(sum);
    this.#slots[slot] = index;
    if (this.length * 2 > this.#slots.length) this.#grow();
    return index;
  }

  /** The number of a string; undefined if it is not in the set. */
  find(text: ByteString): number | undefined {
    const index = this.#slots[this.#slotOf(text, hash(text))];
    return index === EMPTY ? undefined : index;
  }

  /** The string with a number. */
  get(index: number): ByteString {
    return this.#strings.get(index);
  }

  /** Where a string is, or would be. */
  #slotOf(text: ByteString, sum: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = sum & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot];
      if (index === EMPTY || (this.#hashes.get(index) === sum && this.#strings.is(index, text))) return slot;
    }
  }

  #grow(): void {
    const slots = (this.#slots = new Uint32Array(this.#slots.length * 2).fill(EMPTY));
    const mask = slots.length - 1;
    for (let index = 0; index < this.length; index++) {
      let slot = this.#hashes.get(index) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
  }
}

function hash(text: ByteString): number {
  let sum = SEED;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, FACTOR) + text.charCodeAt(i)) | 0;
  sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  return (sum ^ (sum >>> 13)) >>> 0;
}
