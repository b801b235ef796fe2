// Turns what the searches find, in image order, into the parts of the best cover, as early as nothing later can change them.
import type { RandomAccess } from '../io/reader.js';
import { MOST_PARTS } from '../format/template.js';
import { bestCover, components, type Match, type Run } from './cover.js';
import type { HeadTable } from './head-table.js';
import { RunFiles, RunJoiner } from './run-matches.js';
import type { RunPiece } from './search.js';
import { tooManyParts } from './too-many-parts.js';
import type { TreeIndex } from './tree-index.js';
import type { Question } from './questions.js';

/** Has questions about places in the image answered: for each the file that lies there, or -1. */
export type Ask = (questions: readonly Question[]) => Promise<number[]>;

/** Parts in image order; bytes before `upTo` that are in none of these, nor in earlier ones, are unmatched. */
export interface Decision {
  readonly parts: readonly Match[];
  readonly upTo: number;
}

/** Collects matches and runs, and decides about each component of them when the search has passed its end. */
export class Decider {
  readonly #index: TreeIndex;
  readonly #imageSize: number;
  readonly #runFiles: RunFiles;
  readonly #ask: Ask;
  readonly #joiner: RunJoiner;
  #matches: Match[] = [];
  #runs: Run[] = [];
  /** Questions that are not answered yet. */
  readonly #open = new Set<Question>();
  /** The open run that is too long for a template once it has so many bytes, as far as is known. */
  #endless: { readonly start: number; readonly length: number } | undefined;
  /** The last decision. */
  #decision: { readonly safe: number; readonly upTo: number } | undefined;

  constructor(image: RandomAccess, index: TreeIndex, heads: HeadTable, ask: Ask) {
    this.#index = index;
    this.#imageSize = image.size;
    this.#runFiles = new RunFiles(index, heads, image);
    this.#joiner = new RunJoiner(image);
    this.#ask = ask;
  }

  /** Tells which questions will be answered by and by: nothing behind the first of them is decided before. */
  expect(questions: readonly Question[]): void {
    for (const question of questions) this.#open.add(question);
  }

  /** Takes the answer to a question that was expected: a file, or -1. */
  answer(question: Question, file: number): void {
    this.#open.delete(question);
    if (file >= 0) this.#addMatch(question.start, file);
  }

  /**
   * Takes the runs of the next stretch of the image, which ends at `to`. What starts before that must be found or expected.
   *
   * @throws JigdoError if there are more parts than a template has room for
   * @returns the parts that are certain now, in image order, and up to which byte all is decided
   */
  async advance(runs: readonly RunPiece[], to: number): Promise<Decision> {
    const last = to === this.#imageSize;
    const complete = this.#joiner.add(runs, last ? Infinity : to + this.#index.columns.minLength - 1);
    for (const run of complete) await this.#addRun(run);
    await this.#refuseEndless();
    let safe = Math.min(to, this.#joiner.open?.start ?? to);
    // A set keeps the order in which its members came: the first question is the one that starts first.
    for (const { start } of this.#open) {
      safe = Math.min(safe, start);
      break;
    }
    return this.#decide(safe);
  }

  /** Decides the rest, when all questions are answered. */
  finish(): Decision {
    return this.#decide(Infinity);
  }

  /** Decides about what ends before `safe`: what starts later, or is not known yet, cannot touch it. */
  #decide(safe: number): Decision {
    // What has come since begins behind it.
    if (safe === this.#decision?.safe) return { parts: [], upTo: this.#decision.upTo };
    const parts: Match[] = [];
    let upTo = Math.min(safe, this.#imageSize);
    this.#sort();
    const pendingMatches: Match[] = [];
    const pendingRuns: Run[] = [];
    for (const component of components(this.#matches, this.#runs)) {
      if (component.end <= safe) {
        for (const part of bestCover(component.matches, component.runs)) parts.push(part);
      } else {
        upTo = Math.min(upTo, component.start);
        for (const match of component.matches) pendingMatches.push(match);
        for (const run of component.runs) pendingRuns.push(run);
      }
    }
    this.#matches = pendingMatches;
    this.#runs = pendingRuns;
    this.#decision = { safe, upTo };
    return { parts, upTo };
  }

  /** Does not wait for the end of a run that takes more tiles than a template has room for. */
  async #refuseEndless(): Promise<void> {
    const run = this.#joiner.open;
    const { sizes, minLength } = this.#index.columns;
    const length = run ? run.end - run.start : 0;
    if (!run || length < MOST_PARTS * minLength) return;
    // What is no tile covers no more than the beginning and the end of the run.
    const others = 2 * sizes.reduce((a, b) => Math.max(a, b), 0);
    if (length < others + MOST_PARTS * minLength) return;
    if (this.#endless?.start !== run.start) {
      const answers = await this.#ask(this.#runFiles.questions(run).tiles);
      const largest = answers.reduce((size, file) => (file < 0 ? size : Math.max(size, sizes[file])), 0);
      const limit = largest === 0 ? Infinity : MOST_PARTS * largest;
      this.#endless = { start: run.start, length: others + limit };
    }
    if (length > this.#endless.length) throw tooManyParts(MOST_PARTS);
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
