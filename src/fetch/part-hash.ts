// The digest of a part that comes in pieces: computed as they come as long as they come in order, the rest read back.
import { newDigest } from '../checksum/digest.js';
import type { PartEntry } from '../format/template.js';
import type { PartPlaces } from '../rebuild/part-places.js';
import type { Pace } from '../rebuild/pace.js';

/** A running digest. */
export class PartHash {
  readonly #entry: PartEntry;
  readonly #hash;
  /** Bytes from the part's first on that are in it. */
  #done = 0;

  constructor(entry: PartEntry) {
    this.#entry = entry;
    this.#hash = newDigest(entry.algorithm);
  }

  /** Takes a piece into account, if it is the next one. */
  add(bytes: Uint8Array, position: number): void {
    if (position !== this.#done) return;
    this.#hash.update(bytes);
    this.#done += bytes.length;
  }

  /**
   * Whether the part, which must be complete in its place, is right.
   *
   * @throws Interrupted if the pace's signal fires, JigdoError if the .tmp cannot be read
   */
  async isRight(part: number, places: PartPlaces, pace: Pace): Promise<boolean> {
    for (const piece of places.read(part, this.#done, this.#entry.length)) {
      this.#hash.update(piece);
      await pace.step();
    }
    return Buffer.compare(this.#hash.digest(), this.#entry.digest) === 0;
  }
}
