// Digests of ranges of a file, as they come from the thread that digests all of it.
import { firstIndex } from '../../bisect.js';
import type { Ranges } from './ranged-md5.js';

/** A digest, or the promise of one; undefined if it does not come. */
export type RangeDigest = Uint8Array | Promise<Uint8Array | undefined> | undefined;

/** The digests of some ranges, which come one after the other. */
export class RangeDigests {
  readonly #ranges: Ranges;
  /** The number of the first that comes, once that is known. */
  #first: number | undefined;
  readonly #digests: Uint8Array[] = [];
  #isOver = false;
  /** Who waits for which. */
  readonly #waiting = new Map<number, ((digest: Uint8Array | undefined) => void)[]>();

  constructor(ranges: Ranges) {
    this.#ranges = ranges;
  }

  /** The ranges before number `first` are too early. */
  begin(first: number): void {
    this.#first = first;
    for (const i of [...this.#waiting.keys()]) if (i < first) this.#tell(i);
  }

  /** Takes the next ones. */
  add(digests: readonly Uint8Array[]): void {
    for (const digest of digests) {
      this.#digests.push(digest);
      this.#tell((this.#first ?? 0) + this.#digests.length - 1);
    }
  }

  /** No more will come. */
  end(): void {
    this.#isOver = true;
    for (const i of [...this.#waiting.keys()]) this.#tell(i);
  }

  /** The digest of the bytes `offset` to `offset + length`. */
  of(offset: number, length: number): RangeDigest {
    const i = this.#find(offset);
    if (this.#ranges.offsets[i] !== offset || this.#ranges.lengths[i] !== length) return undefined;
    const digest = this.#get(i);
    if (digest || this.#isOver || i < (this.#first ?? 0)) return digest;
    return new Promise((resolve) => this.#waiting.set(i, [...(this.#waiting.get(i) ?? []), resolve]));
  }

  #get(i: number): Uint8Array | undefined {
    return this.#digests[i - (this.#first ?? 0)];
  }

  #tell(i: number): void {
    for (const resolve of this.#waiting.get(i) ?? []) resolve(this.#get(i));
    this.#waiting.delete(i);
  }

  /** The first range that does not begin before `offset`. */
  #find(offset: number): number {
    const { offsets } = this.#ranges;
    return firstIndex(offsets.length, (i) => offsets[i] >= offset);
  }
}
