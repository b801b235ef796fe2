// Millions of byte strings in little memory: their bytes, and twelve more for each.
import type { ByteString } from './bytes.js';
import { Column } from './column.js';

/** Strings lie in pieces of memory of this many bytes, a longer one in a piece of its own. */
const MEMORY_PIECE_BYTES = 1 << 20;

const SHORT_STRING_BYTES = 256;

/** Characters that are compared at a time: seven are more than a number can hold (257^7 > 2^53). */
const AT_A_TIME = 6;
/** Fewer strings than this are sorted by insertion. */
const INSERTION_SORT_MAX = 12;

/** A list of byte strings. Indices count from 0, in the order in which they were added. */
export class ByteStrings {
  readonly #pieces: Buffer[] = [];
  /** Bytes of the last piece that are taken. */
  #taken = 0;
  readonly #piece = new Column();
  readonly #start = new Column();
  readonly #size = new Column();

  get length(): number {
    return this.#size.length;
  }

  /** Appends a string, and returns its index. */
  add(text: ByteString): number {
    if (this.#pieces.length === 0 || text.length > MEMORY_PIECE_BYTES - this.#taken) {
      this.#pieces.push(Buffer.allocUnsafeSlow(Math.max(MEMORY_PIECE_BYTES, text.length)));
      this.#taken = 0;
    }
    const piece = this.#pieces.length - 1;
    const bytes = this.#pieces[piece];
    // For short strings, calling Buffer.write costs more than it saves.
    if (text.length > SHORT_STRING_BYTES) bytes.write(text, this.#taken, 'latin1');
    else for (let i = 0; i < text.length; i++) bytes[this.#taken + i] = text.charCodeAt(i);
    this.#piece.push(piece);
    this.#start.push(this.#taken);
    this.#taken += text.length;
    return this.#size.push(text.length);
  }

  get(index: number): ByteString {
    const start = this.#start.get(index);
    return this.#pieces[this.#piece.get(index)].toString('latin1', start, start + this.#size.get(index));
  }

  /** Whether the string at an index is this one. */
  is(index: number, text: ByteString): boolean {
    const length = this.#size.get(index);
    if (length !== text.length) return false;
    const piece = this.#pieces[this.#piece.get(index)];
    const start = this.#start.get(index);
    let i = 0;
    while (i < length && piece[start + i] === text.charCodeAt(i)) i++;
    return i === length;
  }

  /** Whether two strings of the list are the same. */
  areSame(a: number, b: number): boolean {
    const length = this.#size.get(a);
    if (length !== this.#size.get(b)) return false;
    const start = this.#start.get(b);
    const piece = this.#pieces[this.#piece.get(a)];
    const from = this.#start.get(a);
    return piece.compare(this.#pieces[this.#piece.get(b)], start, start + length, from, from + length) === 0;
  }

  /**
   * Sorts indices by their strings, as memcmp orders bytes; those of the same string by themselves.
   *
   * By multikey quicksort (Bentley and Sedgewick 1997), six bytes at a time: in time linear in the bytes that tell strings apart.
   */
  sort(indices: Uint32Array): void {
    const keys = new Float64Array(indices.length);
    // Ranges that are equal before `depth`, and to be sorted by what follows. Not by recursion: hostile names are long.
    const ranges = [{ from: 0, to: indices.length, depth: 0 }];
    for (let range = ranges.pop(); range; range = ranges.pop()) {
      const { from, to, depth } = range;
      for (let i = from; i < to; i++) keys[i] = this.#key(indices[i], depth);
      sortByKeys(indices, keys, from, to);
      for (let start = from, end = from; start < to; start = end) {
        while (end < to && keys[end] === keys[start]) end++;
        if (end - start < 2) continue;
        // A key with a zero at its end is that of a string that ends there.
        if (keys[start] % 257 === 0) indices.subarray(start, end).sort();
        else ranges.push({ from: start, to: end, depth: depth + AT_A_TIME });
      }
    }
  }

  /** The six bytes of a string at a depth as one number, each plus one; zeros where the string has ended. */
  #key(index: number, depth: number): number {
    const piece = this.#pieces[this.#piece.get(index)];
    const start = this.#start.get(index) + depth;
    const left = this.#size.get(index) - depth;
    let key = 0;
    for (let i = 0; i < AT_A_TIME; i++) key = key * 257 + (i < left ? piece[start + i] + 1 : 0);
    return key;
  }
}

/** Sorts a range of both arrays by the keys. Quicksort in three parts: of equal keys there are many. */
function sortByKeys(values: Uint32Array, keys: Float64Array, from: number, to: number): void {
  while (to - from > INSERTION_SORT_MAX) {
    const pivot = median(keys[from], keys[(from + to) >>> 1], keys[to - 1]);
    let less = from;
    let more = to;
    for (let i = from; i < more;) {
      if (keys[i] < pivot) swap(values, keys, i++, less++);
      else if (keys[i] > pivot) swap(values, keys, i, --more);
      else i++;
    }
    // The smaller part first, the other one in this loop: the stack stays flat.
    if (less - from < to - more) {
      sortByKeys(values, keys, from, less);
      from = more;
    } else {
      sortByKeys(values, keys, more, to);
      to = less;
    }
  }
  for (let i = from + 1; i < to; i++) {
    for (let k = i; k > from && keys[k - 1] > keys[k]; k--) swap(values, keys, k - 1, k);
  }
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function swap(values: Uint32Array, keys: Float64Array, a: number, b: number): void {
  const value = values[a];
  values[a] = values[b];
  values[b] = value;
  const key = keys[a];
  keys[a] = keys[b];
  keys[b] = key;
}
