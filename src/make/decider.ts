// Turns what the searches find, in image order, into the parts of the best cover, as early as nothing later can change them.
import type { RandomAccess } from '../io/reader.js';
import { bestCover, components, type Match, type Run } from './cover.js';
import type { HeadTable } from './head-table.js';
import { RunFiles, RunJoiner } from './run-matches.js';
import type { RunPiece } from './search.js';
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
   * @returns the parts that are certain now, in image order, and up to which byte all is decided
   */
  async advance(runs: readonly RunPiece[], to: number): Promise<Decision> {
    const last = to === this.#imageSize;
    const complete = this.#joiner.add(runs, last ? Infinity : to + this.#index.columns.minLength - 1);
    for (const run of complete) await this.#addRun(run);
    let safe = Math.min(to, this.#joiner.openStart ?? to);
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
