// Reads many files on all cores: heads and digests, a batch of files for each message.
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { workerProgram } from '../checksum/worker-url.js';
import { readBatch } from './read-batch.js';
import type { ReadOutcome, ReadTask } from './read-facts.js';

/** A batch is sent when it has so many files, or so many bytes. */
const BATCH_FILES = 256;
const BATCH_BYTES = 32 << 20;
/** What the calling thread reads itself, because workers would not have started sooner: files and bytes. */
const SMALL_FILES = 512;
const SMALL_BYTES = 16 << 20;
/** Batches that each worker has in hand: one at work and one to go on with. */
const BATCHES_EACH = 2;
/** Milliseconds after which the calling thread gives signals and timers their turn. */
const TURN = 50;
/** Milliseconds between two looks at the bytes read. */
const TICK = 200;

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
  readonly #bytesRead = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #workers: PoolWorker[] = [];
  /** What is to be sent next. */
  #batch: ReadTask[] = [];
  #batchBytes = 0;
  /** All that was added so far, until workers are started. */
  #files = 0;
  #bytes = 0;
  #lastTurn = performance.now();
  #error: Error | undefined;
  #wake = (): void => {};

  constructor(options: ReadingPoolOptions) {
    this.#options = options;
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return Number(Atomics.load(this.#bytesRead, 0));
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
    if (this.#options.jobs > 1 && many && this.#batch.length > 1 && this.#workers.length === 0) this.#start();
    if (this.#batch.length >= BATCH_FILES || this.#batchBytes >= BATCH_BYTES) {
      // Before workers run, a batch may be all that there is.
      if (this.#workers.length > 0 || this.#options.jobs === 1) await this.#send();
    }
  }

  /**
   * Waits until a part of what was added has been read; all that was added is on its way then.
   *
   * @throws the signal's reason, once it is aborted
   */
  async settle(): Promise<void> {
    await this.#send();
    if (this.#workers.some(({ waiting }) => waiting > 0)) await this.#answer();
  }

  /**
   * Waits until everything that was added has been read.
   *
   * @throws the signal's reason, once it is aborted
   */
  async finish(): Promise<void> {
    await this.#send();
    while (this.#workers.some(({ waiting }) => waiting > 0)) await this.#answer();
  }

  /** Ends the workers, whatever they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  #start(): void {
    for (let i = 0; i < this.#options.jobs; i++) {
      const worker = new PoolWorker(this.#bytesRead.buffer, (tasks, outcomes) => {
        tasks.forEach((task, k) => this.#options.done(task, outcomes[k]));
      });
      worker.onAnswer = (error) => {
        this.#error ??= error;
        this.#wake();
      };
      this.#workers.push(worker);
    }
  }

  async #send(): Promise<void> {
    const tasks = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (tasks.length === 0) return;
    if (this.#workers.length === 0) return this.#readHere(tasks);
    for (;;) {
      const free = this.#workers.reduce((a, b) => (b.waiting < a.waiting ? b : a));
      if (free.waiting < BATCHES_EACH) return free.send(tasks);
      await this.#answer();
    }
  }

  async #readHere(tasks: readonly ReadTask[]): Promise<void> {
    const outcomes = await readBatch(tasks, (length) => {
      Atomics.add(this.#bytesRead, 0, BigInt(length));
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

  /** Waits for the next answer of any worker. */
  async #answer(): Promise<void> {
    const { signal, progress } = this.#options;
    signal?.throwIfAborted();
    const timer = setInterval(() => progress?.(this.bytesRead), TICK);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal?.addEventListener('abort', this.#wake);
    });
    clearInterval(timer);
    signal?.removeEventListener('abort', this.#wake);
    if (this.#error) throw this.#error;
    signal?.throwIfAborted();
  }
}

/** A worker thread, and the batches that it has not answered yet. */
class PoolWorker {
  /** Called after each answer, and with what killed the worker or was thrown by who takes the answers. */
  onAnswer: (error?: Error) => void = () => {};
  readonly #worker: Worker;
  readonly #batches: (readonly ReadTask[])[] = [];

  constructor(
    bytesRead: SharedArrayBuffer,
    take: (tasks: readonly ReadTask[], outcomes: readonly ReadOutcome[]) => void,
  ) {
    const { url, execArgv } = workerProgram('reading-worker', import.meta.url);
    this.#worker = new Worker(url, { workerData: bytesRead, execArgv });
    this.#worker.on('message', (outcomes: ReadOutcome[]) => {
      try {
        take(this.#batches.shift() ?? [], outcomes);
        this.onAnswer();
      } catch (error) {
        this.onAnswer(error as Error);
      }
    });
    this.#worker.on('error', (error) => this.onAnswer(error));
  }

  /** Batches that are not answered yet. */
  get waiting(): number {
    return this.#batches.length;
  }

  send(tasks: readonly ReadTask[]): void {
    this.#batches.push(tasks);
    this.#worker.postMessage(tasks);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
