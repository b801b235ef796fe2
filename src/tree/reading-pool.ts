// Reads files that a walk found, on all cores: heads and digests, a batch of files for each message.
import { JigdoError } from '../errors.js';
import { BIT, digestsFound, packFiles, STATE, type FileBatch, type Findings } from './file-batch.js';
import type { FileDigests } from './content.js';
import type { Head } from './head.js';
import { pathOf, type TreeFile } from './types.js';
import { BATCH_BYTES, BATCH_FILES, SMALL_BYTES, WorkerPool, type WorkerPoolOptions } from './worker-pool.js';

/** Files that the calling thread reads itself, as SMALL_BYTES. */
const OWN_FILES = 512;

/** What is to be learnt of a file. */
export interface ReadTask {
  /** As it was found. */
  readonly file: TreeFile;
  /** BITs. */
  readonly wanted: number;
}

/** What was learnt. */
export interface ReadFacts extends FileDigests {
  /** None of a file that is shorter. */
  readonly head?: Head;
}

/** Why nothing was. */
export interface ReadFailure {
  /** `open`: it cannot be opened; `read`: it cannot be read, or is not (any more) what it was when it was found. */
  readonly failure: 'open' | 'read';
  /** In strerror's words. */
  readonly reason: string;
}

export type ReadOutcome = ReadFacts | ReadFailure;

export interface ReadingPoolOptions extends WorkerPoolOptions {
  /** Length of a head in bytes. */
  readonly headLength: number;
  /** Takes each outcome, in no certain order. */
  readonly done: (task: ReadTask, outcome: ReadOutcome) => void;
}

/**
 * Files on their way through all cores. Memory is bounded: who adds files waits for room.
 *
 * Few files are read by the calling thread; workers start when there is enough for them to do. To be closed in any case.
 */
export class ReadingPool implements AsyncDisposable {
  readonly #options: ReadingPoolOptions;
  readonly #pool: WorkerPool;
  /** What is to be sent next. */
  #batch: ReadTask[] = [];
  #batchBytes = 0;
  /** All that was added so far, until workers are started. */
  #files = 0;
  #bytes = 0;

  constructor(options: ReadingPoolOptions) {
    this.#options = options;
    this.#pool = new WorkerPool(options);
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return this.#pool.bytesRead;
  }

  /**
   * Adds a file; to be awaited before the next one is.
   *
   * @throws the signal's reason, once it is aborted
   */
  async add(task: ReadTask): Promise<void> {
    const { jobs, headLength } = this.#options;
    const bytes = task.wanted === BIT.head ? headLength : task.file.size;
    this.#batch.push(task);
    this.#batchBytes += bytes;
    this.#files++;
    this.#bytes += bytes;
    const many = this.#files > OWN_FILES || this.#bytes > SMALL_BYTES;
    if (jobs > 1 && many && this.#batch.length > 1) this.#pool.start();
    if (this.#batch.length >= BATCH_FILES || this.#batchBytes >= BATCH_BYTES) {
      // Before workers run, a batch may be all that there is.
      if (this.#pool.isRunning || jobs === 1) await this.#send();
    }
  }

  /** See `WorkerPool.turn`. */
  turn(): Promise<void> | undefined {
    return this.#pool.turn();
  }

  /**
   * Waits until a part of what was added has been read; all that was added is on its way then.
   *
   * @throws the signal's reason, once it is aborted
   */
  async settle(): Promise<void> {
    await this.#send();
    if (this.#pool.isBusy) await this.#pool.settle();
  }

  /**
   * Waits until everything that was added has been read.
   *
   * @throws the signal's reason, once it is aborted
   */
  async finish(): Promise<void> {
    await this.#send();
    await this.#pool.finish();
  }

  /** Ends the workers, whatever they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }

  async #send(): Promise<void> {
    const tasks = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (tasks.length === 0) return;
    await this.#pool.examine(batchOf(tasks, this.#options.headLength), (findings) =>
      tasks.forEach((task, i) => this.#options.done(task, outcomeOf(findings, i))),
    );
  }
}

function batchOf(tasks: readonly ReadTask[], headLength: number): FileBatch {
  const questions = tasks.map(({ file, wanted }) => ({ path: pathOf(file), wanted, length: file.size }));
  const mtimes = BigInt64Array.from(tasks, ({ file }) => file.mtimeNs);
  const inodes = BigUint64Array.from(tasks, ({ file }) => file.ino);
  return { ...packFiles(questions), headLength, found: { mtimes, inodes } };
}

function outcomeOf(findings: Findings, i: number): ReadOutcome {
  const state = findings.states[i];
  if (state === STATE.missing) return { failure: 'open', reason: 'No such file or directory' };
  // Who goes on without a file does so because of the file.
  if (state === STATE.unchecked) throw new JigdoError(findings.reasons.get(i) ?? '');
  if (state !== STATE.found) {
    return { failure: state === STATE.closed ? 'open' : 'read', reason: findings.reasons.get(i) ?? '' };
  }
  const head = findings.heads.get(i);
  return { ...(head && { head }), ...digestsFound(findings, i) };
}
