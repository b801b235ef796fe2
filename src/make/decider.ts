// Turns what the searches find, in image order, into the parts of the best cover, as early as nothing later can change them.
import type { RandomAccess } from '../io/reader.js';
import { bestCover, components, type Match, type Run } from './cover.js';
import type { HeadTable } from './head-table.js';
import { RunFiles, RunJoiner } from './run-matches.js';
import type { RunPiece, SearchResult } from './search.js';
import type { TreeIndex } from './tree-index.js';
import type { Question } from './units.js';

/** Has questions about places in the image answered: for each the file that lies there, or -1. */
export type Ask = (questions: readonly Question[]) => Promise<number[]>;

/** Collects matches and runs, and decides about each component of them when the search has passed its end. */
export class Decider {
  readonly #index: TreeIndex;
  readonly #imageSize: number;
  readonly #runFiles: RunFiles;
  readonly #ask: Ask;
  readonly #joiner: RunJoiner;
  #matches: Match[] = [];
  #runs: Run[] = [];

  constructor(image: RandomAccess, index: TreeIndex, heads: HeadTable, ask: Ask) {
    this.#index = index;
    this.#imageSize = image.size;
    this.#runFiles = new RunFiles(index, heads, image);
    this.#joiner = new RunJoiner(image);
    this.#ask = ask;
  }

  /**
   * @param result what was found to start in the next stretch of the image
   * @param to where that stretch ends
   * @returns the parts that are certain now, in image order, and up to which byte all is decided
   */
  async add(result: SearchResult, to: number): Promise<[parts: Match[], upTo: number]> {
    result.starts.forEach((start, i) => this.#addMatch(start, result.files[i]));
    const last = to === this.#imageSize;
    const complete = this.#joiner.add(result.runs, last ? Infinity : to + this.#index.columns.minLength - 1);
    for (const run of complete) await this.#addRun(run);

    // What starts later cannot touch components that end before here.
    const safe = Math.min(to, this.#joiner.openStart ?? to);
    const parts: Match[] = [];
    let upTo = safe;
    this.#sort();
    const pendingMatches: Match[] = [];
    const pendingRuns: Run[] = [];
    for (const component of components(this.#matches, this.#runs)) {
      if (component.end <= safe || last) {
        parts.push(...bestCover(component.matches, component.runs));
      } else {
        upTo = Math.min(upTo, component.start);
        pendingMatches.push(...component.matches);
        pendingRuns.push(...component.runs);
      }
    }
    this.#matches = pendingMatches;
    this.#runs = pendingRuns;
    return [parts, last ? to : upTo];
  }

  #addMatch(start: number, file: number): void {
    this.#matches.push({ start, end: start + this.#index.columns.sizes[file], file });
  }

  async #addRun(run: RunPiece): Promise<void> {
    const { ends, tiles } = this.#runFiles.questions(run);
    if (ends.length + tiles.length === 0) return;
    const answers = await this.#ask([...ends, ...tiles]);
    ends.forEach(({ start }, i) => answers[i] >= 0 && this.#addMatch(start, answers[i]));
    const found = tiles
      .map(({ start }, i) => ({ first: start, file: answers[ends.length + i] }))
      .filter(({ file }) => file >= 0)
      .map(({ first, file }) => ({ first, file, size: this.#index.columns.sizes[file] }));
    if (found.length > 0) this.#runs.push({ start: run.start, end: run.end, period: run.period, tiles: found });
  }

  /** In an order that does not depend on how the image was cut into searches. */
  #sort(): void {
    this.#matches.sort((a, b) => a.start - b.start || a.end - b.end || a.file - b.file);
    this.#runs.sort((a, b) => a.start - b.start);
  }
}
