// Content decides: does this file lie at that place of the image?
import type { Message } from '../checksum/message.js';
import { ManyDigests } from '../checksum/many-digests.js';
import type { RandomAccess } from '../io/reader.js';
import { Comparer } from './comparer.js';
import type { Effort } from './effort.js';
import type { HashedPlace } from './part-proof.js';
import type { Answer, NumberedQuestion } from './questions.js';
import type { TreeIndex } from './tree-index.js';

/** Bytes of files after which `work` returns: enough for its call to be worth while; soon enough for other work of this thread. */
const VERIFIER_TURN_BYTES = 8 << 20;

/**
 * A file whose digest is known is not opened, until so many bytes were hashed at places that only began like such files:
 * repeated patterns could have it go on forever. After that files are read, so that differences are remembered.
 */
const HASHED_IN_VAIN = 256 << 20;

/** A question on its way to an answer; `files` are those that it may still be. */
interface Task {
  readonly question: number;
  readonly start: number;
  readonly files: readonly number[];
}

/** One for which nothing has to be hashed. */
interface HashedTask extends Task {
  readonly digest: Uint8Array | 'later';
}

/** What a call of `work` gave. */
export interface VerifierReport {
  readonly answers: Answer[];
  /** Places of files whose bytes were hashed. */
  readonly hashed: HashedPlace[];
  /** Whether it stopped before all was done that could be done now: it should be called again. */
  readonly busy: boolean;
  /** A line for each file that could not be read. */
  readonly problems: string[];
  readonly effort: Effort;
}

/**
 * Compares files with places in the image, byte for byte where the file's digest is not known yet (and computes it on the
 * way), by digest where it is, so that a file is read once at most, and one that the cache knows never (but for HASHED_IN_VAIN).
 * Where the digest of the place comes with the question, nothing is hashed.
 */
export class Verifier {
  readonly #index: TreeIndex;
  readonly #comparer: Comparer;
  readonly #digests: ManyDigests;
  /** What to do next comes last. */
  #short: Task[] = [];
  #long: Task[] = [];
  #hashed: HashedTask[] = [];
  /** What is done with those. */
  #comparing: Generator<number, void> | undefined;
  /** Files that are being compared for the first time, and what waits for their digest. */
  readonly #underWay = new Map<number, Task[]>();
  #answers: Answer[] = [];
  #hashedPlaces: HashedPlace[] = [];
  #hashedInVain = 0;
  /** Bytes done in this call of `work`. */
  #done = 0;

  constructor(image: RandomAccess, index: TreeIndex) {
    this.#index = index;
    this.#comparer = new Comparer(image, index);
    this.#digests = new ManyDigests(index.columns.algorithm);
  }

  /** Takes questions, to be answered by `work` sooner or later. */
  add(questions: readonly NumberedQuestion[]): void {
    const tasks: Task[] = [];
    for (const { number, start, files, digest } of questions) {
      const task = { question: number, start, files };
      if (digest) this.#hashed.push({ ...task, digest });
      else tasks.push(task);
    }
    const isLong = ({ files }: Task): boolean => this.#digests.isLong(this.#index.columns.sizes[files[0]]);
    this.#short = [...tasks.filter((task) => !isLong(task)).reverse(), ...this.#short];
    this.#long = [...tasks.filter((task) => isLong(task)).reverse(), ...this.#long];
  }

  /**
   * Answers questions. The digests of files that are found are known afterwards.
   *
   * @param toTheEnd whether all must be answered now. Otherwise some may stay under way until others come with which they are
   *   hashed faster.
   * @throws JigdoError if the image cannot be read
   */
  work(toTheEnd: boolean): VerifierReport {
    this.#done = 0;
    const enough = (): boolean => this.#done >= VERIFIER_TURN_BYTES;
    const short = (): Message | undefined => this.#next(this.#short);
    const long = (): Message | undefined => this.#next(this.#long);
    this.#answerHashed(enough);
    do {
      this.#digests.run({ short, long, enough, toTheEnd });
      // What has ended may have been waited for.
    } while (!enough() && this.#long.length + this.#short.length > 0);
    const answers = this.#answers;
    const hashed = this.#hashedPlaces;
    this.#answers = [];
    this.#hashedPlaces = [];
    const { aloneUnderWay, inLanes } = this.#digests;
    const unfinished = aloneUnderWay || (toTheEnd && inLanes > 0);
    const waiting = this.#hashed.length + this.#long.length + this.#short.length;
    const busy = this.#comparing !== undefined || waiting > 0 || unfinished;
    return { answers, hashed, busy, ...this.#comparer.takeReport() };
  }

  /** Answers questions that come with a digest. */
  #answerHashed(enough: () => boolean): void {
    while (!enough()) {
      if (!this.#comparing && this.#hashed.length === 0) return;
      this.#comparing ??= this.#compareHashed(this.#hashed.splice(0));
      const { done, value } = this.#comparing.next();
      if (done) this.#comparing = undefined;
      else this.#done += value;
    }
  }

  /** Yields after each piece that was compared: its length. */
  *#compareHashed(tasks: readonly HashedTask[]): Generator<number, void> {
    for (const { question, start, files, digest } of tasks) {
      const possible = files.filter((i) => this.#comparer.canLieAt(i, start));
      // Before the answers are named: `work` may have handed over earlier ones meanwhile.
      const file = yield* this.#first(possible, start, digest);
      this.#answers.push({ question, file });
    }
  }

  /**
   * The first of some files that is what lies at `start`, or -1: by the digest of the place if it has come, and the file's own is
   * known; otherwise the file is read. Yields after each piece: its length.
   */
  *#first(files: readonly number[], start: number, digest: Uint8Array | 'later'): Generator<number, number> {
    for (const i of files) {
      const known = digest === 'later' ? undefined : this.#index.digest(i);
      const lies = known ? Buffer.compare(known, digest as Uint8Array) === 0 : yield* this.#comparer.compare(i, start);
      if (!lies) continue;
      if (digest !== 'later') this.#index.setDigest(i, digest);
      return i;
    }
    return -1;
  }

  /** The next place that something must be hashed for. Those that need not are answered. */
  #next(queue: Task[]): Message | undefined {
    for (let task = queue.pop(); task; task = queue.pop()) {
      const { start } = task;
      const files = task.files.filter((i) => this.#comparer.canLieAt(i, start));
      if (files.length === 0) {
        this.#answers.push({ question: task.question, file: -1 });
        continue;
      }
      const isKnown = files.some((i) => this.#index.digest(i));
      if (isKnown && this.#hashedInVain < HASHED_IN_VAIN) return this.#byDigest({ ...task, files });
      // A file that is being read is not read again: once its digest is known, that does for its other places.
      const waiting = files.map((i) => this.#underWay.get(i)).find((tasks) => tasks);
      if (waiting) waiting.push(task);
      else return this.#byContent({ ...task, files });
    }
    return undefined;
  }

  /** Hashes the image's bytes. */
  #byDigest({ question, start, files }: Task): Message {
    const length = this.#index.columns.sizes[files[0]];
    let position = start;
    return {
      length,
      next: (target) => {
        this.#comparer.readImage(target, position);
        position += target.length;
        this.#done += target.length;
        return true;
      },
      done: (digest) => {
        this.#comparer.hashed(length);
        const file = toTheEnd(this.#first(files, start, digest));
        if (file < 0) this.#hashedInVain += length;
        else this.#hashedPlaces.push({ start, length, digest });
        this.#answers.push({ question, file });
      },
    };
  }

  /** Compares the first of the files with the image, and hashes what is equal. If it is not that one, the others come next. */
  #byContent({ question, start, files: [file, ...others] }: Task): Message {
    const length = this.#index.columns.sizes[file];
    const waiting: Task[] = [];
    this.#underWay.set(file, waiting);
    const comparison = this.#comparer.begin(file, start);
    const end = (isFile: boolean): void => {
      const queue = this.#digests.isLong(length) ? this.#long : this.#short;
      comparison.close();
      this.#underWay.delete(file);
      // The first comes last: it is next. (More may wait than the arguments of a call can be.)
      for (let task = waiting.pop(); task; task = waiting.pop()) queue.push(task);
      if (isFile) this.#answers.push({ question, file });
      else queue.push({ question, start, files: others });
    };
    return {
      length,
      next: (target) => {
        this.#done += target.length;
        if (comparison.next(target)) return true;
        end(false);
        return false;
      },
      done: (digest) => {
        const isFile = comparison.isWhole();
        if (isFile) {
          this.#index.setDigest(file, digest);
          this.#hashedPlaces.push({ start, length, digest });
        }
        this.#comparer.hashed(length);
        end(isFile);
      },
    };
  }
}

/** What a generator returns. */
function toTheEnd<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
