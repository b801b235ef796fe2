// Digests of ranges of the image, as they come from the pass: those where its layout says that files lie. A hint: if no file of the
// tree lies there, the digest is never asked for; if one does, it need not be hashed.
import type { Ranges } from '../checksum/ranged-md5.js';
import type { ImageLayout } from '../image/types.js';

/** Ranges begin at multiples of that: the blocks of the image's digest are those of the range's. */
const ALIGNMENT = 64;

/** Where the files of a layout lie, unless they are in pieces, begin elsewhere, or overlap. */
export function rangesOfFiles({ files }: ImageLayout): Ranges {
  const offsets: number[] = [];
  const lengths: number[] = [];
  let end = 0;
  for (const { extents } of files) {
    const [{ offset, length }] = extents;
    if (extents.length > 1 || offset % ALIGNMENT !== 0 || offset < end) continue;
    offsets.push(offset);
    lengths.push(length);
    end = offset + length;
  }
  return { offsets: Float64Array.from(offsets), lengths: Float64Array.from(lengths) };
}

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

  /** The digest of the bytes `offset` to `offset + length` of the image. */
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

  /** The first range that does not begin before `offset`, by bisection. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#ranges.offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges.offsets[middle] < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
