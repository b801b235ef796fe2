// The needs of all images, each once.
import type { ByteString } from '../format/bytes.js';
import { Column } from '../format/column.js';
import { ListedNeed, NeedColumns, NONE } from './listed-need.js';
import type { Condition, Need, NeedPlace, Root } from './need.js';

/** What a template says of a need. */
export interface ListedTemplate {
  /** In bytes. */
  readonly length: number;
  /** Key of the rsum64 of its first `blockLength` bytes (`sumKey`); empty if it is not known. */
  readonly headSum: string;
  readonly blockLength: number;
}

/** A list of needs. The same content at the same places is in it once. */
export class NeedList implements Iterable<Need> {
  readonly #columns = new NeedColumns();
  /** By digest: the first need with it. By need: the next one with the same digest. */
  readonly #first = new Column();
  readonly #next = new Column();
  readonly #rootNumbers = new Map<Root, Map<ByteString, number>>();

  get length(): number {
    return this.#columns.digest.length;
  }

  /** The need with an index. What is set in it is set in the list. */
  at(index: number): Need {
    return new ListedNeed(this.#columns, index);
  }

  *[Symbol.iterator](): Generator<Need> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /** The indices of those for which something holds. */
  *where(holds: (need: Need, index: number) => boolean): Generator<number> {
    for (let i = 0; i < this.length; i++) if (holds(this.at(i), i)) yield i;
  }

  /**
   * The index of a need, which is added if there is none like it.
   *
   * @param digest jigdo base64 of MD5 or SHA-256
   * @param published see `Need.published`
   */
  add(digest: string, places: readonly NeedPlace[], published: number, facts?: ListedTemplate): number {
    const known = this.#columns.digests.add(digest);
    if (known === this.#first.length) this.#first.push(NONE);
    let index = this.#first.get(known);
    let last = NONE;
    while (index !== NONE && !this.#isLike(index, places, facts?.length)) {
      last = index;
      index = this.#next.get(index);
    }
    if (index === NONE) {
      index = this.#append(known, places);
      if (last === NONE) this.#first.set(known, index);
      else this.#next.set(last, index);
    }
    if (published > this.#columns.published.get(index)) this.#columns.published.set(index, published);
    if (facts) this.#learn(index, facts);
    return index;
  }

  /** `at(index).condition`, without the rest of it. */
  conditionOf(index: number): Condition | undefined {
    return this.#columns.conditionOf(index);
  }

  /** How many places a need has. */
  placeCount(index: number): number {
    return this.#columns.placeCount(index);
  }

  /** The tree of a place that is there. */
  rootOf(index: number, at: number): Root {
    return this.#columns.roots[this.#columns.root.get(this.#columns.firstPlace.get(index) + at)].root;
  }

  /** A place, by its index among those of a need; undefined if there are not so many. */
  placeOf(index: number, at: number): NeedPlace | undefined {
    return this.#columns.placeOf(index, at);
  }

  /**
   * Puts needs in the order of their places: tree by tree, and by name within each.
   *
   * @param at says which place, by its index; it is there
   * @returns indices; those at the same place follow each other in the order of the list
   */
  byPlace(indices: Iterable<number>, at: (index: number) => number): Uint32Array {
    const { firstPlace, root, roots, rests, owner } = this.#columns;
    const byBase = new Map<ByteString, Column>();
    for (const index of indices) {
      const place = firstPlace.get(index) + at(index);
      const { base } = roots[root.get(place)].root;
      let places = byBase.get(base);
      if (!places) byBase.set(base, (places = new Column()));
      places.push(place);
    }
    const sorted = new Column();
    for (const base of [...byBase.keys()].sort()) {
      const places = byBase.get(base)?.values() as Uint32Array;
      rests.sort(places);
      for (const place of places) sorted.push(owner.get(place));
    }
    return sorted.values();
  }

  /** Whether two needs have one path as a place. */
  areTogether(a: number, b: number, at: number): boolean {
    const { firstPlace, rests } = this.#columns;
    const sameRoot = this.rootOf(a, at).base === this.rootOf(b, at).base;
    return sameRoot && rests.areSame(firstPlace.get(a) + at, firstPlace.get(b) + at);
  }

  #isLike(index: number, places: readonly NeedPlace[], length: number | undefined): boolean {
    const { firstPlace, rests } = this.#columns;
    const known = this.#columns.length.get(index);
    if (length !== undefined && !Number.isNaN(known) && length !== known) return false;
    const first = firstPlace.get(index);
    return (
      this.placeCount(index) === places.length &&
      places.every(({ root, rest }, i) => this.rootOf(index, i).base === root.base && rests.is(first + i, rest))
    );
  }

  #append(digest: number, places: readonly NeedPlace[]): number {
    const index = this.#columns.append(digest);
    this.#next.push(NONE);
    for (const { root, label, rest } of places) {
      this.#columns.root.push(this.#rootNumber(root, label));
      this.#columns.owner.push(index);
      this.#columns.rests.add(rest);
    }
    return index;
  }

  #rootNumber(root: Root, label: ByteString): number {
    let byLabel = this.#rootNumbers.get(root);
    if (!byLabel) this.#rootNumbers.set(root, (byLabel = new Map<ByteString, number>()));
    let number = byLabel.get(label);
    if (number === undefined) byLabel.set(label, (number = this.#columns.roots.push({ root, label }) - 1));
    return number;
  }

  #learn(index: number, { length, headSum, blockLength }: ListedTemplate): void {
    const columns = this.#columns;
    if (Number.isNaN(columns.length.get(index))) columns.length.set(index, length);
    if (headSum === '' || columns.headSum.get(index) !== NONE) return;
    columns.headSum.set(index, columns.headSums.add(headSum));
    columns.blockLength.set(index, blockLength);
  }
}
