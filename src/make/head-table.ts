// The second filter: from the rolling checksum of a window to the files that begin with such bytes.
import type { TreeIndex } from './tree-index.js';

/** Where a sum's slot is: both halves, mixed. Int32 arithmetic: this runs for every byte of a suspicious cell. */
export function headHash(lo: number, hi: number): number {
  const h = Math.imul(lo ^ Math.imul(hi, 0x85ebca77), 0x9e3779b1);
  return h ^ (h >>> 15);
}

/** What is posted to a worker. A head is named by the index of its first file. */
export interface HeadTables {
  /** Slot -> head + 1, or 0: a hash table with open addressing. */
  readonly slots: Int32Array;
  /** File -> next file with the same head, in scan order, or -1. */
  readonly chains: Int32Array;
}

/** Files with equal sums share a head. */
export class HeadTable {
  readonly tables: HeadTables;
  readonly #lo: Int32Array;
  readonly #hi: Int32Array;

  constructor(index: TreeIndex, tables: HeadTables) {
    this.tables = tables;
    this.#lo = index.columns.lo;
    this.#hi = index.columns.hi;
  }

  static build(index: TreeIndex): HeadTable {
    const { count, lo, hi } = index.columns;
    const slots = new Int32Array(new SharedArrayBuffer(4 * 2 ** Math.max(4, Math.ceil(Math.log2((count + 1) * 2)))));
    const chains = new Int32Array(new SharedArrayBuffer(4 * count)).fill(-1);
    const table = new HeadTable(index, { slots, chains });
    const last = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const slot = table.#slot(lo[i], hi[i]);
      const head = slots[slot] - 1;
      if (head < 0) slots[slot] = i + 1;
      else chains[last[head]] = i;
      last[head < 0 ? i : head] = i;
    }
    return table;
  }

  /** The head with this sum, or -1. */
  find(lo: number, hi: number): number {
    return this.tables.slots[this.#slot(lo, hi)] - 1;
  }

  /** The files with this head, in scan order. */
  files(head: number): number[] {
    const files = [];
    for (let i = head; i >= 0; i = this.tables.chains[i]) files.push(i);
    return files;
  }

  #slot(lo: number, hi: number): number {
    const { slots } = this.tables;
    const mask = slots.length - 1;
    let slot = headHash(lo, hi) & mask;
    for (;;) {
      const file = slots[slot] - 1;
      if (file < 0 || (this.#lo[file] === lo && this.#hi[file] === hi)) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
