// The digest of a file that is still being written, computed beside the writing.
import { readSync } from 'node:fs';
import { DIGESTS, type Algorithm } from '../algorithm.js';
import {
  DONE,
  moveFrontier,
  orderRestart,
  wakeWorker,
  type DigestAnswer,
  type DigestTask,
  type NamedDigests,
  type RangesAnswer,
  type RangesTask,
} from './protocol.js';
import { RunningDigests } from '../running-digests.js';
import { hireWorker, startEarly, type DigestThread } from './workers-ahead.js';
import { takeHeadStart } from './until-worker.js';
import { RangeDigests, type RangeDigest } from './ranges.js';
import { rangesAmong, type DigestRange } from './ranged-md5.js';
import { workerProgram, type WorkerProgram } from '../worker-url.js';

/** Files shorter than this are digested by the calling thread: starting a worker takes as long as digesting 16 MiB. */
export const WORKER_MIN = 16 * 1024 * 1024;

/** Bytes read at a time without a worker. */
const OWN_READ_BYTES = 256 * 1024;
/** Time between two calls of `progress`, in milliseconds. */
const PROGRESS_MS = 200;

const PROGRAM: WorkerProgram = workerProgram('digest-worker', import.meta.url);

const CANCELLED = 'the digest was given up';

/** The digest of the first `length` bytes of a file, which grow there from front to back. */
export interface FollowingDigest {
  /** How many bytes are digested. */
  readonly done: number;
  /** Why the file cannot be read on, if it cannot. */
  readonly failure: Error | undefined;
  /** The other digests that were asked for, once `finish` has given the first; empty before. */
  readonly others: NamedDigests;
  /**
   * Has those of some stretches digested on the way of which that costs nothing. To be called once, before the digest has come to
   * them.
   *
   * @param stretches in the order of their offsets
   */
  watch(stretches: Iterable<DigestRange>): void;
  /** The digest of the bytes `offset` to `offset + length`, if they are one of those, and it comes. */
  digestOf(offset: number, length: number): RangeDigest;
  /** Says that the bytes before `frontier` have their final content. */
  advance(frontier: number): void;
  /**
   * Takes back what was said, as bytes before the frontier changed after all: the digest begins anew, without ranges. Not after the
   * frontier was at the end.
   *
   * @param frontier as for `advance`
   */
  restart(frontier: number): void;
  /**
   * Says that all bytes have their final content.
   *
   * @param progress told now and then how many bytes are digested
   * @returns the digest
   * @throws Error if the file cannot be read, or the work was cancelled meanwhile
   */
  finish(progress?: (done: number) => void): Promise<Uint8Array>;
  /** Ends the work; the descriptor may be closed afterwards. Does nothing after `finish`. */
  cancel(): Promise<void>;
}

/** Says that a file of this length will be digested soon: the worker comes to life meanwhile. */
export function expectDigest(length: number): void {
  if (length >= WORKER_MIN) startEarly(PROGRAM);
}

/**
 * Starts to digest the first `length` bytes of a file.
 *
 * Large files are read back (from the page cache) by a worker thread that keeps behind the frontier; small ones in `finish`.
 *
 * @param fd a descriptor open for reading, which stays the caller's
 * @param others digests that are wanted besides, by node:crypto's names
 */
export function followDigest(
  fd: number,
  length: number,
  algorithm: Algorithm,
  others: readonly string[] = [],
): FollowingDigest {
  const Kind = length < WORKER_MIN ? DeferredDigest : WorkerDigest;
  return new Kind(fd, length, algorithm, others);
}

class DeferredDigest implements FollowingDigest {
  done = 0;
  readonly failure = undefined;
  others: NamedDigests = new Map();
  readonly #fd: number;
  readonly #length: number;
  readonly #hashes: RunningDigests;
  #cancelled = false;

  constructor(fd: number, length: number, algorithm: Algorithm, others: readonly string[]) {
    this.#fd = fd;
    this.#length = length;
    this.#hashes = new RunningDigests(algorithm, others);
  }

  watch(): void {}

  digestOf(): RangeDigest {
    return undefined;
  }

  advance(): void {}

  restart(): void {}

  async finish(progress?: (done: number) => void): Promise<Uint8Array> {
    const buffer = new Uint8Array(Math.min(OWN_READ_BYTES, this.#length));
    for (this.done = 0; this.done < this.#length;) {
      const n = readSync(this.#fd, buffer, 0, Math.min(buffer.length, this.#length - this.done), this.done);
      if (n === 0) throw new Error('the file shrinks while it is read');
      this.#hashes.update(buffer.subarray(0, n));
      this.done += n;
      progress?.(this.done);
      // Lets signals and timers through.
      await new Promise(setImmediate);
      if (this.#cancelled) throw new Error(CANCELLED);
    }
    this.others = this.#hashes.others();
    return this.#hashes.digest();
  }

  async cancel(): Promise<void> {
    this.#cancelled = true;
    return Promise.resolve();
  }
}

/** What is special about a digest that a worker computes. */
export interface WorkerDigestOptions {
  /** A worker that answers its first message, a DigestTask, with its last one, a DigestAnswer: `followWhenTold`. */
  readonly program?: WorkerProgram;
  /** Told the worker's other messages. */
  readonly other?: (message: unknown) => void;
  /** Whether this thread digests, blocked, until the worker does: MD5 alone, of a file that has its final content. */
  readonly headStart?: boolean;
}

/** A digest that a worker computes. */
export class WorkerDigest implements FollowingDigest {
  failure: Error | undefined;
  others: NamedDigests = new Map();
  readonly #thread: DigestThread;
  readonly #length: number;
  /** Whether ranges cost nothing: it is MD5 alone. */
  readonly #canWatch: boolean;
  #ranges: RangeDigests | undefined;
  readonly #answer: Promise<DigestAnswer>;
  #isCancelled = false;
  /** Whether nothing more comes from the worker. */
  #isOver = false;

  constructor(
    fd: number,
    length: number,
    algorithm: Algorithm,
    others: readonly string[],
    { program = PROGRAM, other = () => {}, headStart = false }: WorkerDigestOptions = {},
  ) {
    this.#length = length;
    this.#canWatch = DIGESTS[algorithm].inLanes && others.length === 0;
    this.#thread = hireWorker(program);
    const { worker, words, ended } = this.#thread;
    const begun = headStart ? takeHeadStart(fd, length, words) : undefined;
    if (begun) Atomics.store(words, DONE, BigInt(begun.position));
    worker.postMessage({ fd, length, algorithm, others, begun } satisfies DigestTask);
    const answer = new Promise<DigestAnswer>((resolve) => {
      worker.on('message', (message: DigestAnswer | object) => {
        if ('digest' in message || 'error' in message) resolve(message);
        else if ('watchedFrom' in message || 'digests' in message) this.#take(message as RangesAnswer);
        else other(message);
      });
      void ended.then(({ message }) => resolve({ error: this.#isCancelled ? CANCELLED : message }));
    });
    this.#answer = answer.then((answer) => {
      if ('error' in answer) this.failure = new Error(answer.error);
      this.#isOver = true;
      this.#ranges?.end();
      return answer;
    });
  }

  get done(): number {
    return Number(Atomics.load(this.#thread.words, DONE));
  }

  /** Resolves when nothing more comes from the worker: it is done, or gave up, or `failure` says what happened. */
  get ended(): Promise<unknown> {
    return this.#answer;
  }

  watch(stretches: Iterable<DigestRange>): void {
    if (!this.#canWatch || this.#isOver) return;
    const ranges = rangesAmong(stretches);
    this.#ranges = new RangeDigests(ranges);
    this.tell({ watch: ranges } satisfies RangesTask);
  }

  digestOf(offset: number, length: number): RangeDigest {
    return this.#ranges?.of(offset, length);
  }

  #take(answer: RangesAnswer): void {
    if ('watchedFrom' in answer) this.#ranges?.begin(answer.watchedFrom);
    else this.#ranges?.add(answer.digests);
  }

  /** Sends the worker something that it looks for before each read. */
  tell(message: object): void {
    this.#thread.worker.postMessage(message);
    wakeWorker(this.#thread.words);
  }

  advance(frontier: number): void {
    moveFrontier(this.#thread.words, frontier);
  }

  restart(frontier: number): void {
    this.#ranges?.end();
    this.#ranges = undefined;
    orderRestart(this.#thread.words, frontier);
  }

  async finish(progress?: (done: number) => void): Promise<Uint8Array> {
    this.advance(this.#length);
    const timer = setInterval(() => progress?.(this.done), PROGRESS_MS);
    const answer = await this.#answer;
    clearInterval(timer);
    if ('error' in answer) throw new Error(answer.error);
    this.others = answer.others;
    return answer.digest;
  }

  async cancel(): Promise<void> {
    this.#isCancelled = true;
    this.advance(-1);
    await this.#thread.ended;
  }
}
