// Reads many files on all cores: heads and digests, a batch of files for each message.
import { setImmediate } from 'node:timers/promises';
import { readBatch } from './read-batch.js';
import type { ReadOutcome, ReadTask } from './read-facts.js';
import { BATCH_BYTES, BATCH_FILES, SMALL_BYTES, WorkerPool } from './worker-pool.js';

/** Files that the calling thread reads itself, as SMALL_BYTES. */
const SMALL_FILES = 512;
/** Milliseconds after which the calling thread gives signals and timers their turn. */
const TURN = 50;

export interface ReadingPoolOptions {
  /** How many files are read at the same time, at most; 1: by the calling thread. */
  readonly jobs: number;
  /** Takes each outcome, in no certain order. */
  readonly done: (task: ReadTask, outcome: ReadOutcome) => void;
  /** Told now and then how many bytes have been read. */
  readonly progress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Files on their way through all cores. Memory is bounded: who adds files waits for room.
 *
 * Few files are read by the calling thread; workers start when there is enough for them to do. To be closed in any case.
 */
export class ReadingPool implements AsyncDisposable {
  readonly #options: ReadingPoolOptions;
  readonly #pool: WorkerPool<readonly ReadTask[], readonly ReadOutcome[]>;
  /** What is to be sent next. */
  #batch: ReadTask[] = [];
  #batchBytes = 0;
  /** All that was added so far, until workers are started. */
  #files = 0;
  #bytes = 0;
  #lastTurn = performance.now();

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
    const bytes = task.algorithms.length > 0 ? task.file.size : task.headLength;
    this.#batch.push(task);
    this.#batchBytes += bytes;
    this.#files++;
    this.#bytes += bytes;
    const many = this.#files > SMALL_FILES || this.#bytes > SMALL_BYTES;
    if (this.#options.jobs > 1 && many && this.#batch.length > 1) this.#pool.start();
    if (this.#batch.length >= BATCH_FILES || this.#batchBytes >= BATCH_BYTES) {
      // Before workers run, a batch may be all that there is.
      if (this.#pool.isRunning || this.#options.jobs === 1) await this.#send();
    }
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
    if (!this.#pool.isRunning) return this.#readHere(tasks);
    await this.#pool.send(tasks, (outcomes) => tasks.forEach((task, i) => this.#options.done(task, outcomes[i])));
  }

  async #readHere(tasks: readonly ReadTask[]): Promise<void> {
    const outcomes = await readBatch(tasks, (length) => {
      this.#pool.count(length);
      return this.#turn();
    });
    for (const [i, task] of tasks.entries()) {
      this.#options.done(task, outcomes[i]);
      await this.#turn();
    }
  }

  #turn(): Promise<void> | undefined {
    const now = performance.now();
    if (now - this.#lastTurn < TURN) return undefined;
    this.#lastTurn = now;
    this.#options.progress?.(this.bytesRead);
    return setImmediate().then(() => this.#options.signal?.throwIfAborted());
  }
}
