// The one pass over the image: its digest, and where the files of the tree lie in it, decided from the first byte to the last.
import type { RandomAccess } from '../io/reader.js';
import type { Match } from './cover.js';
import type { Crew } from './crew.js';
import { Decider } from './decider.js';
import type { HeadTable } from './head-table.js';
import type { SearchResult } from './search.js';
import type { Question } from './questions.js';
import type { SlabMemory } from './slabs.js';
import type { TreeIndex } from './tree-index.js';
import type { Unit } from './units.js';
import type { Effort } from './verifier.js';

/** What is needed to load the image. */
export interface LoadOptions {
  readonly image: RandomAccess;
  readonly crew: Crew;
  /** The crew has begun with the same ones. */
  readonly slabs: SlabMemory;
  readonly signal?: AbortSignal;
}

/** What is needed to search it. */
export interface SearchOptions {
  /** The crew is prepared with the tables of the same ones. */
  readonly index: TreeIndex;
  readonly heads: HeadTable;
  /** Called in image order with parts, and how far the image is decided: bytes before `upTo` not in a part are unmatched. */
  readonly decided: (parts: readonly Match[], upTo: number) => Promise<void>;
  readonly problem: (line: string) => void;
  /** Called with the bytes that were dealt with so far. */
  readonly progress: (done: number) => void;
}

/** What a scan tells besides the parts. */
export interface ScanResult {
  /** The image's digest. */
  readonly digest: Uint8Array;
  readonly effort: Effort;
}

/** So many bytes of files are compared and hashed at a time: several files, for which there are several lanes. */
const BATCH = 16 << 20;

/** A search under way. */
interface Work extends SearchOptions {
  readonly crew: Crew;
  readonly decider: Decider;
}

/**
 * The scan of an image. The outcome does not depend on the size of the crew or the order in which units finish.
 *
 * Loading begins at once, while somebody else still indexes the tree; it goes on as the search makes room.
 */
export class ImageScan {
  readonly #options: LoadOptions;
  readonly #size: number;
  readonly #slab: number;
  /** Bytes of the image that fit the slots. */
  readonly #room: number;
  readonly #digest: Promise<Uint8Array>;
  readonly #effort: Effort = { imageBytes: 0, treeBytes: 0, hashedBytes: 0 };
  /** How far loading and the search have come, in bytes of the image. */
  #loaded = 0;
  #searched = 0;
  /** Questions that wait until all their bytes are loaded, in image order. */
  #waitingQuestions: Question[] = [];
  /** Questions that are being answered from memory. */
  readonly #answering = new Set<Question>();
  /** How many questions that are too large for the memory are on their way. */
  #large = 0;
  /** What `search` was given. */
  #work: Work | undefined;
  #waiting: (() => void)[] = [];
  #failure: Error | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#size = options.image.size;
    this.#slab = options.slabs.length;
    this.#room = options.slabs.length * options.slabs.slots;
    options.signal?.addEventListener('abort', () => this.#fail(options.signal?.reason), { once: true });
    this.#digest = this.#loadAll();
    // If it fails, the search fails for the same reason.
    this.#digest.catch((error: unknown) => this.#fail(error));
  }

  /**
   * Finds the tree's files in the image.
   *
   * @throws JigdoError if the image cannot be read; the signal's reason if it is aborted; what `decided` throws
   */
  async search(options: SearchOptions): Promise<ScanResult> {
    try {
      const { image, crew } = this.#options;
      const ask = (questions: readonly Question[]): Promise<number[]> => this.#answers({ kind: 'verify', questions });
      this.#work = { ...options, crew, decider: new Decider(image, options.index, options.heads, ask) };
      await this.#searchAll(this.#work);
      return { digest: await this.#digest, effort: this.#effort };
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Has slab after slab loaded, as soon as nobody needs what is in its slot any more. */
  async #loadAll(): Promise<Uint8Array> {
    const loads: Promise<void>[] = [];
    for (let from = 0; from < this.#size; from += this.#slab) {
      await this.#until(() => from < this.#needed() + this.#room);
      // Not awaited: a hand that has loaded one slab finds the next load waiting, before any search.
      loads.push(this.#load(from, Math.min(from + this.#slab, this.#size)));
    }
    await Promise.all(loads);
    if (this.#failure) throw this.#failure;
    return this.#options.crew.doInOrder({ kind: 'end of digest' });
  }

  async #load(from: number, to: number): Promise<void> {
    try {
      const read = await this.#options.crew.doInOrder({ kind: 'load', from, to });
      this.#effort.imageBytes += read;
      this.#loaded = to;
      this.#answerBatch();
      this.#changed();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The first byte of the image that must stay in memory: slabs before it may be replaced. */
  #needed(): number {
    let needed = this.#searched;
    for (const { start } of this.#answering) needed = Math.min(needed, start);
    if (this.#waitingQuestions.length > 0) needed = Math.min(needed, this.#waitingQuestions[0].start);
    return needed - (needed % this.#slab);
  }

  /** Keeps every hand busy with a slab, and takes the results in image order. */
  async #searchAll(work: Work): Promise<void> {
    const slabs = [];
    for (let next = 0; next < this.#size || slabs.length > 0;) {
      while (next < this.#size && slabs.length < work.crew.size) {
        const from = next;
        next = Math.min(from + this.#slab, this.#size);
        const result = this.#searchSlab(from, next);
        // If it fails, that is noticed when its turn comes.
        result.catch(() => {});
        slabs.push({ to: next, result });
      }
      const slab = slabs.shift();
      if (!slab) break;
      const { questions, runs } = await slab.result;
      this.#expect(work, questions);
      this.#searched = slab.to;
      this.#answerBatch();
      this.#changed();
      const { parts, upTo } = await work.decider.advance(runs, slab.to);
      await work.decided(parts, upTo);
      work.progress(slab.to);
    }
    await this.#until(() => this.#waitingQuestions.length + this.#answering.size + this.#large === 0);
    const { parts, upTo } = work.decider.finish();
    await work.decided(parts, upTo);
  }

  async #searchSlab(from: number, to: number): Promise<SearchResult> {
    await this.#until(() => to <= this.#loaded);
    return this.#options.crew.do({ kind: 'search', from, to });
  }

  /** Puts questions in the queue for their answers. Those that would fill the memory are answered from the image itself. */
  #expect({ decider, index }: Work, questions: readonly Question[]): void {
    decider.expect(questions);
    for (const question of questions) {
      const first = question.start - (question.start % this.#slab);
      if (endOf(index, question) - first <= this.#room / 2 || this.#room >= this.#size) {
        this.#waitingQuestions.push(question);
      } else {
        this.#large++;
        this.#answers({ kind: 'verify', questions: [question] }).then(
          ([file]) => {
            decider.answer(question, file);
            this.#large--;
            this.#changed();
          },
          (error: unknown) => this.#fail(error),
        );
      }
    }
  }

  /** Has the questions answered whose bytes are loaded, if they are many, or if loading or the end of all waits for them. */
  #answerBatch(): void {
    if (!this.#work) return;
    const { index, decider } = this.#work;
    const asked = new Set([...this.#answering].flatMap(({ files }) => files));
    // A file that is being read is not read again: once its digest is known, that does for its other places.
    const isReady = (question: Question): boolean =>
      endOf(index, question) <= this.#loaded && !question.files.some((file) => asked.has(file) && !index.digest(file));
    const ready = this.#waitingQuestions.filter(isReady);
    if (ready.length === 0) return;
    const bytes = ready.reduce((sum, question) => sum + endOf(index, question) - question.start, 0);
    const atEnd = this.#searched === this.#size;
    const blocked = this.#loaded >= this.#needed() + this.#room - this.#slab;
    if (bytes < BATCH && !atEnd && !blocked) return;
    this.#waitingQuestions = this.#waitingQuestions.filter((question) => !isReady(question));
    for (const question of ready) this.#answering.add(question);
    const from = ready[0].start - (ready[0].start % this.#slab);
    this.#answers({ kind: 'answer', questions: ready, from, to: this.#loaded }).then(
      (files) => {
        ready.forEach((question, q) => {
          this.#answering.delete(question);
          decider.answer(question, files[q]);
        });
        this.#answerBatch();
        this.#changed();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  async #answers(unit: Extract<Unit, { kind: 'answer' | 'verify' }>): Promise<number[]> {
    const { files, problems, effort } = await this.#options.crew.do(unit);
    for (const line of problems) this.#work?.problem(line);
    this.#effort.imageBytes += effort.imageBytes;
    this.#effort.treeBytes += effort.treeBytes;
    this.#effort.hashedBytes += effort.hashedBytes;
    return files;
  }

  /** Has everybody stop. Returns the first of all errors. */
  #fail(error: unknown): Error {
    this.#failure ??= error as Error;
    this.#changed();
    return this.#failure;
  }

  #changed(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.#options.signal?.throwIfAborted();
      if (this.#failure) throw this.#failure;
      if (condition()) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Where the bytes end that a question is about. */
function endOf(index: TreeIndex, { start, files }: Question): number {
  return start + index.columns.sizes[files[0]];
}
