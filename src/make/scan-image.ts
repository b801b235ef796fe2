// The one pass over the image: where the files of the tree lie in it, decided from the first byte to the last.
import { setTimeout } from 'node:timers/promises';
import { DIGESTS } from '../checksum/algorithm.js';
import type { RangeDigest } from '../checksum/stream/ranges.js';
import type { RandomAccess } from '../io/reader.js';
import type { Match } from './cover.js';
import type { Crew } from './crew.js';
import { Decider } from './decider.js';
import { addEffort, noEffort, type Effort } from './effort.js';
import type { FilterTables } from './head-filter.js';
import type { HeadTable } from './head-table.js';
import type { HashedPlace } from './part-proof.js';
import type { NumberedQuestion, Question } from './questions.js';
import type { SearchResult, StartRange } from './search.js';
import { rangesOf, startsBefore, type SievedImage } from './sieve.js';
import type { TreeIndex } from './tree-index.js';

/** What is needed to scan an image. */
export interface MatchOptions {
  readonly image: RandomAccess;
  /** Prepared with the tables of the same index and heads. */
  readonly crew: Pick<Crew, 'size' | 'do' | 'doInOrder'>;
  readonly index: TreeIndex;
  readonly heads: HeadTable;
  readonly filter: FilterTables;
  /** The pass over the image, which is under way: the search keeps near it, so that the disk is read once. */
  readonly pass: Pass;
  /** Bytes that are searched at a time where the image is not sieved. */
  readonly stretch?: number;
  /** Called in image order with parts, and how far the image is decided: bytes before `upTo` not in a part are unmatched. */
  readonly decided: (parts: readonly Match[], upTo: number) => Promise<void>;
  /** Told the places of files whose digests were computed: before `decided` is called with them. */
  readonly hashed: (place: HashedPlace) => void;
  readonly problem: (line: string) => void;
  /** Called with the bytes that were dealt with so far. */
  readonly progress: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** What this needs of ImagePass. */
export interface Pass extends SievedImage {
  readonly done: number;
  allow(searched: number): void;
  digestOf(offset: number, length: number): RangeDigest;
}

/** Enough to be worth a message between threads. */
const STRETCH = 4 << 20;

/** So far the search runs ahead of the digest: whoever comes second finds the bytes in the page cache. */
const SEARCH_AHEAD_BYTES = 64 << 20;

/** So many milliseconds later the search looks again whether the digest has come near. */
const DIGEST_POLL_MS = 2;

/**
 * So many questions may be open. Not that many are asked unless the image is made to confuse, and each takes memory; behind
 * them the search waits.
 */
const OPEN_QUESTIONS = 100_000;

/** So many bytes behind the search a question is answered without waiting for others to be hashed with. */
const QUESTION_PATIENCE_BYTES = 128 << 20;

/**
 * Finds the tree's files in an image. The outcome does not depend on the size of the crew or the order in which units finish.
 *
 * @returns what it cost
 * @throws JigdoError if the image cannot be read; the signal's reason if it is aborted; what `decided` throws
 */
export async function scanImage(options: MatchOptions): Promise<Effort> {
  return new ImageScan(options).run();
}

class ImageScan {
  readonly #options: MatchOptions;
  readonly #decider: Decider;
  readonly #effort = noEffort();
  /** Open questions by number, in the order in which they came. */
  readonly #open = new Map<number, OpenQuestion>();
  /** The number of the next question. */
  #asked = 0;
  readonly #verifiers: readonly VerifierQueue[];
  /** How many questions somebody waits for. */
  #urgent = 0;
  /** How far the search has come, in bytes of the image. */
  #searched = 0;
  #waiting: (() => void)[] = [];
  #failure: Error | undefined;

  constructor(options: MatchOptions) {
    this.#options = options;
    const { image, index, heads } = options;
    this.#verifiers = Array.from({ length: verifiersFor(options) }, (_, hand) => ({
      hand,
      unsent: [],
      open: 0,
      busy: false,
    }));
    this.#decider = new Decider(image, index, heads, (questions) => this.#ask(questions));
  }

  async run(): Promise<Effort> {
    const { signal } = this.#options;
    const abort = (): void => void this.#fail(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      await this.#searchAll();
      return this.#effort;
    } catch (error) {
      throw this.#fail(error);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Keeps every hand busy with a stretch, and takes the results in image order. */
  async #searchAll(): Promise<void> {
    const { crew, decided, progress, pass, filter } = this.#options;
    const stretches = this.#stretches(await pass.sieve(filter));
    const underWay: Stretch[] = [];
    for (;;) {
      // One more than there are hands: nobody waits for the next.
      while (underWay.length <= crew.size) {
        const { value: stretch } = stretches.next();
        if (!stretch) break;
        // If it fails, that is noticed when its turn comes.
        stretch.result.catch(() => {});
        underWay.push(stretch);
      }
      const searched = underWay.shift();
      if (!searched) break;
      const { questions, runs } = await searched.result;
      this.#searched = searched.to;
      pass.allow(searched.to);
      this.#decider.expect(questions);
      for (const question of questions) this.#expect(question, (file) => this.#decider.answer(question, file));
      this.#verify();
      const { parts, upTo } = await this.#decider.advance(runs, searched.to);
      await decided(parts, upTo);
      progress(searched.to);
    }
    await this.#until(() => this.#open.size === 0);
    const { parts, upTo } = this.#decider.finish();
    await decided(parts, upTo);
  }

  /** Begins the search of one stretch after the other: all of it up to where the sieve begins, what that leaves from there on. */
  *#stretches(sievedFrom: number): Generator<Stretch, undefined> {
    const { image, pass, stretch = STRETCH } = this.#options;
    const unsieved = sievedFrom === image.size ? sievedFrom : startsBefore(sievedFrom);
    let from = 0;
    while (from < unsieved) {
      const to = Math.min(from + stretch, unsieved);
      yield { to, result: this.#searchUnsieved(from, to) };
      from = to;
    }
    for (let point = sievedFrom; point < image.size;) {
      point = Math.min(point + pass.pieceLength, image.size);
      const to = point === image.size ? point : startsBefore(point);
      yield { to, result: this.#searchSieved(from, to) };
      from = to;
    }
  }

  async #searchUnsieved(from: number, to: number): Promise<SearchResult> {
    while (!this.#failure && from > this.#options.pass.done + SEARCH_AHEAD_BYTES) await setTimeout(DIGEST_POLL_MS);
    return this.#search([{ from, to }], to);
  }

  async #searchSieved(from: number, to: number): Promise<SearchResult> {
    const { points } = await this.#options.pass.nextPiece();
    return this.#search(points ? rangesOf(points) : [{ from, to }], to);
  }

  async #search(ranges: readonly StartRange[], to: number): Promise<SearchResult> {
    await this.#until(() => this.#open.size < OPEN_QUESTIONS);
    if (this.#failure) throw this.#failure;
    if (ranges.length === 0) return { questions: [], runs: [], read: 0 };
    const result = await this.#options.crew.do({ kind: 'search', ranges, to });
    this.#effort.imageBytes += result.read;
    return result;
  }

  /** Has questions answered now, which did not come from the search in its order. */
  async #ask(questions: readonly Question[]): Promise<number[]> {
    const answers: number[] = [];
    let left = questions.length;
    this.#urgent += left;
    questions.forEach((question, q) =>
      this.#put(question, (file) => {
        answers[q] = file;
        left--;
        this.#urgent--;
      }),
    );
    this.#verify();
    await this.#until(() => left === 0);
    return answers;
  }

  /** Has a question answered, sooner or later. */
  #expect(question: Question, answer: (file: number) => void): void {
    const { index, pass } = this.#options;
    const digest = pass.digestOf(question.start, index.columns.sizes[question.files[0]]);
    if (!(digest instanceof Promise)) {
      this.#put(question, answer, digest);
      return;
    }
    const number = this.#asked++;
    this.#open.set(number, { question, answer, digest });
    // If a file is known, the digest tells all. If none is, their bytes can be compared meanwhile.
    if (question.files.every((i) => !index.digest(i))) this.#send({ ...question, number, digest: 'later' });
    else void digest.then((digest) => this.#sendNow({ ...question, number, digest }));
  }

  #put(question: Question, answer: (file: number) => void, digest?: Uint8Array): void {
    const number = this.#asked++;
    this.#open.set(number, { question, answer, digest });
    this.#send({ ...question, number, digest });
  }

  #send(question: NumberedQuestion): void {
    // A file is always the same verifier's, which knows what it learnt of it.
    const size = this.#options.index.columns.sizes[question.files[0]];
    const verifier = this.#verifiers[(Math.imul(size, 0x9e3779b1) >>> 16) % this.#verifiers.length];
    verifier.unsent.push(question);
    verifier.open++;
  }

  #sendNow(question: NumberedQuestion): void {
    this.#send(question);
    this.#verify();
  }

  /** Has the verifiers work that do not already, and have something to do. */
  #verify(): void {
    if (this.#failure) return;
    const toTheEnd = this.#isImpatient();
    for (const verifier of this.#verifiers) {
      if (verifier.busy || (verifier.unsent.length === 0 && !(toTheEnd && verifier.open > 0))) continue;
      verifier.busy = true;
      this.#work(verifier, toTheEnd).catch((error: unknown) => this.#fail(error));
    }
  }

  /** Whether open questions should be answered even if that is slower than to wait for company. */
  #isImpatient(): boolean {
    const [oldest] = this.#open.values();
    return (
      this.#urgent > 0 ||
      this.#searched === this.#options.image.size ||
      this.#open.size >= OPEN_QUESTIONS ||
      (oldest !== undefined && oldest.question.start < this.#searched - QUESTION_PATIENCE_BYTES)
    );
  }

  async #work(verifier: VerifierQueue, toTheEnd: boolean): Promise<void> {
    for (let busy = true; busy;) {
      const questions = verifier.unsent;
      verifier.unsent = [];
      // Always the same thread: it keeps what is under way.
      const report = await this.#options.crew.doInOrder({ kind: 'verify', questions, toTheEnd }, verifier.hand);
      addEffort(this.#effort, report.effort);
      for (const line of report.problems) this.#options.problem(line);
      for (const place of report.hashed) this.#options.hashed(place);
      verifier.open -= report.answers.length;
      for (const { question, file } of report.answers) void this.#answered(question, file);
      busy = report.busy && !this.#failure;
    }
    verifier.busy = false;
    this.#verify();
  }

  /** Takes an answer; if it is a file that was only compared, with the digest that comes or has come. */
  async #answered(number: number, file: number): Promise<void> {
    const open = this.#open.get(number) as OpenQuestion;
    const { question, answer } = open;
    if (open.digest && file >= 0) {
      const digest = await open.digest;
      if (!digest) {
        // It does not come. (The pass has failed, and says so elsewhere.)
        this.#open.set(number, { question, answer });
        this.#sendNow({ ...question, number });
        return;
      }
      this.#options.index.setDigest(file, digest);
      // The pass was asked for so many bytes.
      const length = this.#options.index.columns.sizes[question.files[0]];
      this.#options.hashed({ start: question.start, length, digest });
    }
    answer(file);
    this.#open.delete(number);
    this.#changed();
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

/** A part of the image, up to byte `to`, that is being searched. */
interface Stretch {
  readonly to: number;
  readonly result: Promise<SearchResult>;
}

/** What goes to one of the verifiers. */
interface VerifierQueue {
  /** Whose it is: the number of a hand. */
  readonly hand: number;
  /** Questions that it does not have yet. */
  unsent: NumberedQuestion[];
  /** How many it has not answered, sent or not. */
  open: number;
  busy: boolean;
}

/** MD5 is hashed many files at a time, and one verifier finds most company for each; SHA-256 is hashed one by one. */
function verifiersFor({ crew, index }: MatchOptions): number {
  return DIGESTS[index.columns.algorithm].inLanes ? 1 : crew.size;
}

/** A question that is not answered yet. */
interface OpenQuestion {
  readonly question: Question;
  readonly answer: (file: number) => void;
  /** The digest of the place, if it comes from the pass. */
  readonly digest?: RangeDigest;
}
