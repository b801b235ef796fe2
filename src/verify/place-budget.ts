// How many places the files of one .jigdo may have: its labels can multiply a short text to billions.
import { display, type ByteString } from '../format/bytes.js';
import { FormatError } from '../format/errors.js';
import type { Trees } from './placer.js';

/** The names of all places in one tree, in bytes with those that each costs: twice what the longest .jigdo can have without such labels. */
const PLACES_MAX_BYTES = 2 ** 28;
const PLACE_COST = 32;

/** Counts places. */
export class PlaceBudget {
  #left: number;

  /** @param trees those in which files are looked for: the user may name as many as there are */
  constructor({ trees, labels }: Trees) {
    const roots = [...labels.values()].reduce((sum, { length }) => sum + length, trees.length);
    this.#left = PLACES_MAX_BYTES * Math.max(1, roots);
  }

  /**
   * Counts the places of a target of [Parts].
   *
   * @throws FormatError if there are too many
   */
  spend(target: ByteString, places: readonly object[]): void {
    // A name is a target's, or a little longer.
    this.#left -= places.length * (target.length + PLACE_COST);
    if (this.#left < 0) {
      throw new FormatError('[Parts]', `the labels stand for too many places, \`${display(target)}' is one too many`);
    }
  }
}
