// Finds the files of a tree in a stretch of the image, at every byte offset.
import { RSUM64_INT_TABLE } from '../checksum/rsum64.js';
import type { RandomAccess } from '../io/reader.js';
import { smallestPeriod } from '../tree/period.js';
import { Candidates } from './candidates.js';
import { CellFilter } from './cell-filter.js';
import { FINGERPRINT_LENGTH, MAX_GRAIN, type FilterTables } from './head-filter.js';
import { headHash, HeadTable, type HeadTables } from './head-table.js';
import type { Question } from './questions.js';
import { TreeIndex, type TreeColumns } from './tree-index.js';

/** Starts that are looked at at a time, in bytes of the image: few enough to stay in the processor's caches. */
const WINDOW_BYTES = 1 << 20;

/** Bytes read at a time to see how far a repetition goes. */
const REPETITION_READ_BYTES = 1 << 20;

/** A piece of a run (see cover.ts), as far as one search saw it. */
export interface RunPiece {
  /** The smallest one. */
  readonly period: number;
  /** First byte of the first window in it that is the head of a file. */
  readonly start: number;
  /** End of the repetition, or of what this search may look at. */
  readonly end: number;
  /**
   * The heads that may lie in it, ascending by their first start: they lie at every `period` bytes from there on, or never. One that stands
   * for files of different bytes may have several first starts.
   */
  readonly heads: readonly { readonly head: number; readonly start: number }[];
}

/** What a search found. */
export interface SearchResult {
  /** Places that begin like files: whether they are those files is for the verifier to say. */
  readonly questions: Question[];
  readonly runs: RunPiece[];
  /** Bytes of the image that were read. */
  readonly read: number;
}

/** Starts from byte `from` of the image to before `to`. */
export interface StartRange {
  readonly from: number;
  readonly to: number;
}

/** Everything that a worker needs to search: posted once, in shared memory. */
export interface SearchTables {
  readonly columns: TreeColumns;
  readonly filter: FilterTables;
  readonly heads: HeadTables;
}

/**
 * The search (docs/matching.md): the head filter dismisses cells, the rolling checksum finds heads in those that are left. A head that
 * repeats itself is not looked for at each of its places: the run that holds it is reported as one.
 */
export class Searcher {
  readonly #image: RandomAccess;
  readonly #index: TreeIndex;
  readonly #grain: number;
  readonly #heads: HeadTable;
  readonly #candidates = new Map<number, Candidates>();
  readonly #periods = new Map<number, ReadonlySet<number>>();
  readonly #minLength: number;
  /** minLength * T[b]: what byte b counts in `hi` when it leaves the window. */
  readonly #leaving: Int32Array;

  readonly #cells: CellFilter;
  /** Image bytes from #base on, in the memory of #cells. */
  readonly #buffer: Uint8Array;
  #base = 0;
  /** The first start that has not been dealt with. */
  #next = 0;
  /** The end of the starts, of all ranges: a run may be followed up to there. */
  #endOfStarts = 0;
  #read = 0;
  /** The window whose sum is in #lo and #hi, or -1. */
  #summed = -1;
  #lo = 0;
  #hi = 0;
  #questions: Question[] = [];
  #runs: RunPiece[] = [];

  constructor(image: RandomAccess, tables: SearchTables) {
    this.#image = image;
    this.#index = new TreeIndex(tables.columns);
    this.#grain = tables.filter.grain;
    this.#heads = new HeadTable(this.#index, tables.heads);
    this.#minLength = tables.columns.minLength;
    this.#leaving = RSUM64_INT_TABLE.map((t) => Math.imul(this.#minLength, t));
    // Before the first start, the cell that it is in; behind the last one, its window and the fingerprint of its cell.
    const margin = MAX_GRAIN + this.#minLength + MAX_GRAIN + FINGERPRINT_LENGTH;
    this.#cells = new CellFilter(tables.filter, WINDOW_BYTES + margin);
    this.#buffer = this.#cells.bytes;
  }

  /**
   * All places in some ranges where files may start, and the runs that do.
   *
   * @param ranges ascending
   * @param to where the part of the image ends in which no other places are suspicious
   * @throws JigdoError if the image cannot be read
   */
  search(ranges: readonly StartRange[], to: number): SearchResult {
    this.#questions = [];
    this.#runs = [];
    this.#read = 0;
    this.#next = 0;
    this.#endOfStarts = Math.min(to, this.#image.size - this.#minLength + 1);
    if (this.#index.columns.count > 0) {
      for (const range of ranges) {
        const end = Math.min(range.to, this.#endOfStarts);
        for (let from = range.from; from < end; from += WINDOW_BYTES) {
          this.#searchWindow(Math.max(from, this.#next), Math.min(from + WINDOW_BYTES, end));
        }
      }
    }
    return { questions: this.#questions, runs: this.#runs, read: this.#read };
  }

  /** Searches the starts [from, end). */
  #searchWindow(from: number, end: number): void {
    if (from >= end) return;
    const grain = this.#grain;
    const base = Math.floor(from / grain) * grain;
    const lastPoint = Math.ceil((end - 1) / grain) * grain - base;
    const length = lastPoint + Math.max(FINGERPRINT_LENGTH, this.#minLength);
    this.#read += this.#image.read(this.#buffer.subarray(0, length), base);
    this.#base = base;
    this.#next = from;
    this.#summed = -1;
    const { words } = this.#cells;
    for (const at of this.#cells.find(lastPoint + 1)) {
      // The cells of a run that was dealt with, or before the first start.
      if (base + at < this.#next) continue;
      const last = Math.min(base + at, end - 1);
      // A run may end within the cell.
      for (let first = Math.max(base + at - grain + 1, this.#next); first <= last; first = this.#next) {
        this.#roll(first, last);
      }
      if (words[at >> 2] === words[(at >> 2) + 1]) this.#skipMonotony(words, at, end);
    }
  }

  /**
   * Where one byte is repeated from the cell's point on, all windows within the repetition are equal: if the first one is
   * no head, the others need not be looked at. (A run of such windows that is one is dealt with in `#run`.)
   */
  #skipMonotony(words: Int32Array, at: number, end: number): void {
    const buffer = this.#buffer;
    const bound = end - this.#base + this.#minLength - 1;
    // Four bytes at a time: `at` is a multiple of four, and the word there is known to be followed by its equal.
    const word = words[at >> 2];
    const lastWord = bound >> 2;
    let w = (at >> 2) + 2;
    while (w < lastWord && words[w] === word) w++;
    let i = w * 4;
    const byte = buffer[at];
    if (buffer[at + 1] !== byte || buffer[at + 2] !== byte || buffer[at + 3] !== byte) return;
    while (i < bound && buffer[i] === byte) i++;
    if (i - at <= this.#minLength || this.#next !== this.#base + at + 1) return;
    this.#next = this.#base + i - this.#minLength + 1;
    this.#summed = -1;
  }

  /** Looks at each window that starts in [first, last], or up to a run, and sets #next to where to go on. */
  #roll(first: number, last: number): void {
    if (this.#summed !== first) this.#sum(first);
    const buffer = this.#buffer;
    const table = RSUM64_INT_TABLE;
    const leaving = this.#leaving;
    const { slots } = this.#heads.tables;
    const mask = slots.length - 1;
    const length = this.#minLength;
    let lo = this.#lo;
    let hi = this.#hi;
    const end = last - this.#base;
    for (let at = first - this.#base; at <= end; at++) {
      if (slots[headHash(lo, hi) & mask] !== 0) {
        const head = this.#heads.find(lo, hi);
        if (head >= 0) {
          const next = this.#hit(head, this.#base + at, lo, hi);
          if (next > this.#base + at + 1) {
            this.#next = next;
            this.#summed = -1;
            return;
          }
        }
      }
      const out = buffer[at];
      lo = (lo - table[out] + table[buffer[at + length]]) | 0;
      hi = (hi - leaving[out] + lo) | 0;
    }
    this.#lo = lo;
    this.#hi = hi;
    this.#summed = last + 1;
    this.#next = last + 1;
  }

  #sum(start: number): void {
    const from = start - this.#base;
    const end = from + this.#minLength;
    let lo = 0;
    let hi = 0;
    for (let i = from; i < end; i++) {
      lo = (lo + RSUM64_INT_TABLE[this.#buffer[i]]) | 0;
      hi = (hi + lo) | 0;
    }
    this.#lo = lo;
    this.#hi = hi;
    this.#summed = start;
  }

  /** A window with the sum of a head. Returns the next start to look at. */
  #hit(head: number, start: number, lo: number, hi: number): number {
    if (this.#periodsOf(head).size > 0) {
      const next = this.#run(start, lo, hi);
      if (next !== undefined) return next;
    }
    for (const files of this.#candidatesOf(head).at(start)) {
      if (start + this.#index.columns.sizes[files[0]] <= this.#image.size) this.#questions.push({ start, files });
    }
    return start + 1;
  }

  /** The periods of the files with this head that repeat themselves. Equal sums do not mean equal bytes: there may be several. */
  #periodsOf(head: number): ReadonlySet<number> {
    let periods = this.#periods.get(head);
    if (!periods) {
      const all = this.#heads.files(head).map((i) => this.#index.columns.periods[i]);
      periods = new Set(all.filter((period) => period > 0));
      this.#periods.set(head, periods);
    }
    return periods;
  }

  #candidatesOf(head: number): Candidates {
    let candidates = this.#candidates.get(head);
    if (!candidates) {
      candidates = new Candidates(this.#index, this.#image, this.#heads.files(head));
      this.#candidates.set(head, candidates);
    }
    return candidates;
  }

  /**
   * A window that may repeat itself: reports the run with all heads in it, and goes on behind it. Undefined if it does not.
   *
   * All windows in a run have the run's smallest period, because the run is at least twice as long. So no file lies in it but those
   * whose heads have that period, whatever their sums are.
   */
  #run(start: number, lo: number, hi: number): number | undefined {
    const length = this.#minLength;
    const period = smallestPeriod(this.#buffer.subarray(start - this.#base, start - this.#base + length));
    if (period === 0) return undefined;
    const bound = Math.min(this.#image.size, this.#endOfStarts + length - 1);
    const end = endOfRepetition(this.#image, start, period, bound);
    const heads: { head: number; start: number }[] = [];
    // Turned by 1, 2, ... period - 1 bytes the window may be the head of other files.
    const lastTurn = Math.min(period - 1, end - length - start);
    const tail = new Uint8Array(period);
    this.#image.read(tail, start);
    for (let turn = 0; turn <= lastTurn; turn++) {
      const head = this.#heads.find(lo, hi);
      if (head >= 0 && this.#periodsOf(head).has(period)) heads.push({ head, start: start + turn });
      // What enters is what leaves, or stands as many bytes further in the repetition as the window's length is out of step.
      const out = tail[turn];
      lo = (lo - RSUM64_INT_TABLE[out] + RSUM64_INT_TABLE[tail[(turn + length) % period]]) | 0;
      hi = (hi - this.#leaving[out] + lo) | 0;
    }
    if (heads.length > 0) this.#runs.push({ period, start: heads[0].start, end, heads });
    return end - length + 1;
  }
}

/**
 * How far the image repeats itself every `period` bytes, beginning at `start`.
 *
 * @returns the first position from start + period on whose byte differs from the one `period` before, `bound` at most
 */
export function endOfRepetition(image: RandomAccess, start: number, period: number, bound: number): number {
  let buffer = Buffer.allocUnsafe(period + (4 << 10));
  let at = start + period;
  while (at < bound) {
    const length = Math.min(buffer.length - period, bound - at);
    image.read(buffer.subarray(0, period + length), at - period);
    const now = buffer.subarray(period, period + length);
    const before = buffer.subarray(0, length);
    if (now.compare(before) !== 0) {
      let i = 0;
      while (now[i] === before[i]) i++;
      return at + i;
    }
    at += length;
    if (buffer.length < REPETITION_READ_BYTES) buffer = Buffer.allocUnsafe(period + REPETITION_READ_BYTES);
  }
  return bound;
}
