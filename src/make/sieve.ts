// What the thread that digests the image can say on the way: where files may start.
import type { FilterTables } from './head-filter.js';
import type { StartRange } from './search.js';

/**
 * The image is sieved from one point (a multiple of 64 bytes) on, in pieces of so many bytes. All of them are passed by then, and
 * the search is spared another look at the bytes.
 */
export const SIEVED_PIECE = 4 << 20;

/** The cells of the sieve, in bytes. (With smaller cells, for a large tree, it would hold up the digest.) */
const SIEVED_GRAIN = 64;

/** More suspicious cells than this in a piece need not be listed: all of the piece is to be searched. */
const LISTED_CELLS_MAX = 1024;

/** For that many fingerprints the sieve takes less than a tenth of the time of MD5. */
const MANY_FINGERPRINTS = 5000 * SIEVED_GRAIN;

/** To the thread that digests: begins the sieving. */
export interface SieveTask {
  readonly sieve: FilterTables;
}

/** From the thread: the first point that is looked at, unless it comes too late; then each piece. */
export type SieveAnswer = { readonly sievedFrom: number } | { readonly piece: SievedPiece };

/** What is found in a piece: the points of the suspicious cells, in bytes of the image, ascending; undefined if there are too many. */
export interface SievedPiece {
  readonly points: Float64Array | undefined;
}

/** What the sieve can say, whoever does it: see ImagePass. */
export interface SievedImage {
  /** Bytes of a piece, a multiple of SIEVED_GRAIN; the last one may be shorter. */
  readonly pieceLength: number;
  sieve(tables: FilterTables): Promise<number>;
  nextPiece(): Promise<SievedPiece>;
}

/** Whether the sieve pays. */
export function isSievable({ grain, fingerprints }: FilterTables): boolean {
  return grain === SIEVED_GRAIN && fingerprints <= MANY_FINGERPRINTS;
}

/** Collects the points of a piece. */
export class SievedPoints {
  #points: number[] = [];
  #count = 0;

  /** @param offsets relative to `position` */
  add(offsets: Int32Array, position: number): void {
    this.#count += offsets.length;
    if (this.#count > LISTED_CELLS_MAX) this.#points = [];
    else for (const offset of offsets) this.#points.push(position + offset);
  }

  /** The piece, at its end; begins the next one. */
  take(): SievedPiece {
    const points = this.#count > LISTED_CELLS_MAX ? undefined : Float64Array.from(this.#points);
    this.#points = [];
    this.#count = 0;
    return { points };
  }
}

/** The starts before `point` that belong to cells before it: all but those of the cell that it stands for. */
export function startsBefore(point: number): number {
  return Math.max(0, point - SIEVED_GRAIN + 1);
}

/** The starts in the cells of some points, ascending. */
export function rangesOf(points: Float64Array): StartRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const point of points) {
    const last = ranges.at(-1);
    const from = startsBefore(point);
    if (last && last.to >= from) last.to = point + 1;
    else ranges.push({ from, to: point + 1 });
  }
  return ranges;
}
