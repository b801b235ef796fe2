// The digest of a part that comes in pieces: computed as they come as long as they come in order, what does not is read back.
import { newDigest } from '../checksum/digest.js';
import type { PartEntry } from '../format/template.js';
import type { FetchedParts } from '../rebuild/part-places.js';
import type { Pace } from '../rebuild/pace.js';

/** A running digest. */
export class PartHash {
  readonly #entry: PartEntry;
  readonly #hash;
  #done = 0;

  constructor(entry: PartEntry) {
    this.#entry = entry;
    this.#hash = newDigest(entry.algorithm);
  }

  /** Bytes from the part's first on that it covers. */
  get done(): number {
    return this.#done;
  }

  /** Takes a piece into account, if it is the next one. */
  add(bytes: Uint8Array, position: number): void {
    if (position !== this.#done) return;
    this.#hash.update(bytes);
    this.#done += bytes.length;
  }

  /**
   * Reads back what was not the next piece when it came. Others may add pieces, or do the same, meanwhile.
   *
   * @param end how many bytes of the part are in place without a gap; asked again and again
   * @throws Interrupted if the pace's signal fires, JigdoError if the .tmp cannot be read
   */
  async catchUp(part: number, places: FetchedParts, end: () => number, pace: Pace): Promise<void> {
    for (let to = end(); this.#done < to; to = end()) {
      this.add(places.read(part, this.#done, to), this.#done);
      await pace.step();
    }
  }

  /**
   * Whether the part, which must be complete in its place, is right.
   *
   * @throws Interrupted if the pace's signal fires, JigdoError if the .tmp cannot be read
   */
  async isRight(part: number, places: FetchedParts, pace: Pace): Promise<boolean> {
    await this.catchUp(part, places, () => this.#entry.length, pace);
    return Buffer.compare(this.#hash.digest(), this.#entry.digest) === 0;
  }
}
