// The order in which one server's parts are fetched: large and small mixed, else about the order of the image.
import type { PartWork } from './part-work.js';

/** Parts from this length on (bytes) count as large. */
export const LARGE_PART_BYTES = 1024 * 1024;

/** Bytes of the image by which large or small parts may be ahead of the others: what has a gap before it waits to be digested. */
const SPREAD = 16 * 1024 * 1024;

/** So many parts that cannot be had at the moment are passed over in the search for one that can. */
const PASSED_OVER_MAX = 1000;

/** Parts in the order in which they are due, handed out from the front; those that come back are handed out first. */
class Line {
  readonly #useful: (work: PartWork) => boolean;
  readonly #parts: PartWork[] = [];
  #next = 0;
  readonly #again: PartWork[] = [];

  constructor(useful: (work: PartWork) => boolean) {
    this.#useful = useful;
  }

  push(work: PartWork): void {
    const last = this.#parts.at(-1);
    if (last && last.rank >= work.rank) this.#again.push(work);
    else this.#parts.push(work);
  }

  has(work: PartWork): boolean {
    return this.#again.includes(work) || this.#parts.includes(work, this.#next);
  }

  /** When the first part that waits is due. Those that need nothing any more are dropped on the way. */
  get due(): number {
    while (this.#again.length > 0 && !this.#useful(this.#again[0])) this.#again.shift();
    while (this.#next < this.#parts.length && !this.#useful(this.#parts[this.#next])) this.#next++;
    const first = (this.#again[0] ?? this.#parts[this.#next]) as PartWork | undefined;
    return first?.due ?? Infinity;
  }

  /** The first part that waits and fits. */
  take(fits: (work: PartWork) => boolean): PartWork | undefined {
    return find(this.#again, 0, fits) ?? find(this.#parts, this.#next, fits);
  }
}

function find(parts: readonly PartWork[], from: number, fits: (work: PartWork) => boolean): PartWork | undefined {
  for (let i = from, passed = 0; i < parts.length && passed < PASSED_OVER_MAX; i++) {
    if (!parts[i].waiting) continue;
    if (fits(parts[i])) return parts[i];
    passed++;
  }
  return undefined;
}

/** What one server may be asked for. */
export class Queue {
  readonly #large: Line;
  readonly #small: Line;

  /** @param had whether the server may (still) be asked for a part, now or later */
  constructor(had: (work: PartWork) => boolean) {
    const useful = (work: PartWork): boolean => work.waiting !== undefined && had(work);
    this.#large = new Line(useful);
    this.#small = new Line(useful);
  }

  push(work: PartWork): void {
    this.#lineOf(work).push(work);
  }

  has(work: PartWork): boolean {
    return this.#lineOf(work).has(work);
  }

  /**
   * The next part.
   *
   * @param preferLarge whether a large one is preferred unless the small ones are far behind; if there is none, a small one comes, and the
   *   other way round
   * @param fits whether the server may be asked for it now
   */
  take(preferLarge: boolean, fits: (work: PartWork) => boolean): PartWork | undefined {
    const ahead = this.#large.due - this.#small.due;
    const large = Math.abs(ahead) > SPREAD ? ahead < 0 : preferLarge;
    const [first, second] = large ? [this.#large, this.#small] : [this.#small, this.#large];
    return first.take(fits) ?? second.take(fits);
  }

  #lineOf({ length }: PartWork): Line {
    return length >= LARGE_PART_BYTES ? this.#large : this.#small;
  }
}
