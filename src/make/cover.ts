// From all places where files lie in the image to the best set of parts that do not overlap.

import { MOST_PARTS } from '../format/template.js';
import { tooManyParts } from './too-many-parts.js';

/** A file that lies in the image: `start` and `end` in bytes of the image, `file` by its index. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly file: number;
}

/** A file that is nothing but repetition, and so lies at every `period` bytes of a run from `first` on. */
export interface Tile {
  readonly size: number;
  readonly first: number;
  readonly file: number;
}

/** A stretch of the image that repeats itself every `period` bytes and holds such files, at more places than anyone could list. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly period: number;
  readonly tiles: readonly Tile[];
}

/** Up to so many positions of runs are weighed one by one; 28 bytes each. */
const DENSE_LIMIT = 4 << 20;

/**
 * The best cover: the largest number of matched bytes, then the fewest parts, then the one that a scan from the left prefers.
 *
 * It is exact, by dynamic programming over the ends of the matches and all positions inside runs. Only where runs that touch
 * each other (through matches) are together longer than 4 MiB, the matches are chosen first and the tiles fill what they leave.
 *
 * "From the left" means: of two covers that are equal in bytes and parts, compared from their last parts on, the one whose part ends
 * first; if both end at the same place, the one whose part starts first.
 *
 * @param matches intervals, in any order; of two with equal start and end the first counts
 * @param runs in image order; they may overlap
 * @throws JigdoError if a run takes more tiles than a template has room for
 * @returns chosen matches and tiles in image order
 */
export function bestCover(matches: readonly Match[], runs: readonly Run[]): Match[] {
  if (runs.length === 0 && matches.length <= 1) return [...matches];
  const positions = runs.reduce((sum, run) => sum + run.end - run.start + 1, 0);
  if (positions <= DENSE_LIMIT) return solve(matches, runs);
  return fillRuns(solve(matches, []), runs);
}

function solve(matches: readonly Match[], runs: readonly Run[]): Match[] {
  const stations = stationsOf(matches, runs);
  const count = stations.length;
  // Best cover of the image up to each station: bytes, parts, and how it ends: -1 skip, else `from` and `file`.
  const bytes = new Float64Array(count);
  const parts = new Int32Array(count);
  const from = new Int32Array(count).fill(-1);
  const file = new Int32Array(count);
  const byEnd = matches.toSorted((a, b) => a.end - b.end || a.start - b.start);

  const offer = (at: number, before: number, length: number, which: number): void => {
    const b = bytes[before] + length;
    const p = parts[before] + 1;
    if (b < bytes[at] || (b === bytes[at] && p > parts[at])) return;
    // If the two are equal, the one that ends earlier stays, or else the one that starts earlier.
    if (b > bytes[at] || p < parts[at] || (from[at] >= 0 && before < from[at])) {
      bytes[at] = b;
      parts[at] = p;
      from[at] = before;
      file[at] = which;
    }
  };

  const tiles = runs.map(tilesByEnd);
  let nextMatch = 0;
  let firstRun = 0;
  for (let at = 0; at < count; at++) {
    const position = stations[at];
    if (at > 0) {
      bytes[at] = bytes[at - 1];
      parts[at] = parts[at - 1];
    }
    while (nextMatch < byEnd.length && byEnd[nextMatch].end === position) {
      const m = byEnd[nextMatch++];
      offer(at, stationAtOrBefore(stations, m.start), m.end - m.start, m.file);
    }
    while (firstRun < runs.length && runs[firstRun].end < position) firstRun++;
    for (let r = firstRun; r < runs.length && runs[r].start <= position; r++) {
      const { start, end, period } = runs[r];
      if (position > end) continue;
      // All positions of a run are stations, so a tile's start is as many stations back as it has bytes.
      for (const { size, first, file } of tiles[r].get(position % period) ?? []) {
        if (position - size >= Math.max(first, start)) offer(at, at - size, size, file);
      }
    }
  }

  const chosen: Match[] = [];
  for (let at = count - 1; at > 0;) {
    if (from[at] < 0) {
      at--;
      continue;
    }
    const length = bytes[at] - bytes[from[at]];
    chosen.push({ start: stations[at] - length, end: stations[at], file: file[at] });
    at = from[at];
  }
  return chosen.reverse();
}

/** The tiles of a run by where they can end: at positions that have this rest when they are divided by the period. */
function tilesByEnd({ period, tiles }: Run): Map<number, Tile[]> {
  const byEnd = new Map<number, Tile[]>();
  for (const tile of tiles) {
    const rest = (tile.first + tile.size) % period;
    const same = byEnd.get(rest);
    if (same) same.push(tile);
    else byEnd.set(rest, [tile]);
  }
  return byEnd;
}

/** The positions at which the best cover can change, ascending: starts and ends of matches, and every position of a run. */
function stationsOf(matches: readonly Match[], runs: readonly Run[]): Float64Array {
  const dense = runs.reduce((sum, run) => sum + run.end - run.start + 1, 0);
  const all = new Float64Array(matches.length * 2 + dense);
  let n = 0;
  for (const m of matches) {
    all[n++] = m.start;
    all[n++] = m.end;
  }
  for (const run of runs) for (let p = run.start; p <= run.end; p++) all[n++] = p;
  all.sort();
  let unique = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[unique - 1]) all[unique++] = all[i];
  return all.subarray(0, unique);
}

function stationAtOrBefore(stations: Float64Array, position: number): number {
  let low = 0;
  let high = stations.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (stations[middle] <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Fills what the chosen matches leave of the runs: the largest tile over and over, and the rest by `solve`. */
function fillRuns(chosen: readonly Match[], runs: readonly Run[]): Match[] {
  const all = [...chosen];
  let at = 0;
  for (const run of runs) {
    const inside = chosen.filter((m) => m.end > run.start && m.start < run.end);
    // Runs of different periods may overlap a little at their ends.
    at = Math.max(at, run.start);
    for (const gapEnd of [...inside.map((m) => m.start), run.end]) {
      const filled = fillGap(run, at, gapEnd);
      for (const part of filled) all.push(part);
      at = Math.max(inside.shift()?.end ?? filled.at(-1)?.end ?? at, at);
    }
  }
  return all.sort((a, b) => a.start - b.start);
}

function fillGap(run: Run, start: number, end: number): Match[] {
  const filled: Match[] = [];
  const bySize = run.tiles.toSorted((a, b) => b.size - a.size || a.first - b.first);
  const aligned = (tile: Tile, at: number): number =>
    at <= tile.first ? tile.first : tile.first + Math.ceil((at - tile.first) / run.period) * run.period;
  while (end - start > DENSE_LIMIT) {
    const tile = bySize.find((t) => aligned(t, start) + t.size <= end);
    if (!tile) return filled;
    start = aligned(tile, start);
    // Before they take memory: no tile that fits is larger.
    if ((end - start) / tile.size > MOST_PARTS) throw tooManyParts((end - start) / tile.size);
    filled.push({ start, end: start + tile.size, file: tile.file });
    start += tile.size;
  }
  if (end > start) for (const part of solve([], [{ ...run, start, end }])) filled.push(part);
  return filled;
}

/** The largest groups of matches and runs that touch one another by overlap; those that lie apart are independent. */
export interface Component {
  readonly start: number;
  readonly end: number;
  readonly matches: Match[];
  readonly runs: Run[];
}

/** Splits matches and runs into components, in image order. */
export function components(matches: readonly Match[], runs: readonly Run[]): Component[] {
  const items = [
    ...matches.map((match) => ({ start: match.start, end: match.end, match, run: undefined })),
    ...runs.map((run) => ({ start: run.start, end: run.end, match: undefined, run })),
  ].sort((a, b) => a.start - b.start || a.end - b.end);
  const result: { start: number; end: number; matches: Match[]; runs: Run[] }[] = [];
  for (const item of items) {
    let last = result.at(-1);
    if (!last || item.start >= last.end) {
      last = { start: item.start, end: item.end, matches: [], runs: [] };
      result.push(last);
    }
    last.end = Math.max(last.end, item.end);
    if (item.match) last.matches.push(item.match);
    else last.runs.push(item.run);
  }
  return result;
}
