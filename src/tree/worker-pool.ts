// Threads that look at files: each takes batches, and answers them one by one.
import { Worker } from 'node:worker_threads';
import { setImmediate } from 'node:timers/promises';
import { onWorkerEnd } from '../checksum/worker-end.js';
import { workerProgram } from '../checksum/worker-url.js';
import { openFilesLeft } from '../io/open-limit.js';
import { examine } from './examine.js';
import type { FileBatch, Findings } from './file-batch.js';

/** A batch of files is sent when it has so many files, or so many bytes. */
export const BATCH_FILES = 256;
export const BATCH_BYTES = 32 << 20;
/** Bytes that the calling thread reads itself, because workers would not have started sooner. */
export const SMALL_BYTES = 16 << 20;

/** Batches that each worker has in hand: one at work and one to go on with. */
const EACH = 2;
/** Files that a worker has open: four for itself, and those that it reads. */
const FILES_EACH = 8;
/** Milliseconds between two looks at the bytes read. */
const TICK = 200;
/** Milliseconds after which the calling thread gives signals and timers their turn. */
const POOL_TURN_MS = 50;

export interface WorkerPoolOptions {
  /** How many workers, at most. */
  readonly jobs: number;
  /** Told now and then how many bytes have been read. */
  readonly progress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Workers that read files (`reading-worker.ts`). Memory is bounded: who asks waits for room. To be closed in any case. */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #bytesRead = new BigInt64Array(new SharedArrayBuffer(8));
  #workers: PoolWorker[] = [];
  #isStarted = false;
  #lastTurn = performance.now();
  #error: Error | undefined;
  #wake = (): void => {};

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return Number(Atomics.load(this.#bytesRead, 0));
  }

  get isRunning(): boolean {
    return this.#workers.length > 0;
  }

  get isBusy(): boolean {
    return this.#workers.some(({ waiting }) => waiting > 0);
  }

  /** Starts the workers, which takes them 0.1 s: as many as may have files open. Does nothing the second time. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const jobs = Math.min(this.#options.jobs, Math.floor(openFilesLeft() / FILES_EACH));
    for (let i = 0; i < jobs; i++) {
      const worker = new PoolWorker(this.#bytesRead.buffer);
      worker.onAnswer = (error) => {
        this.#error ??= error;
        this.#wake();
      };
      this.#workers.push(worker);
    }
  }

  /**
   * Has files looked at: by the worker that has least to do, as soon as there is room; by this thread, if no workers run.
   *
   * @param answered takes what was found
   * @throws the signal's reason, once it is aborted; what `answered` or a worker threw
   */
  async examine(batch: FileBatch, answered: (findings: Findings) => void): Promise<void> {
    while (this.isRunning) {
      this.#throwIfFailed();
      const free = this.#workers.reduce((a, b) => (b.waiting < a.waiting ? b : a));
      if (free.waiting < EACH) return free.send(batch, answered);
      await this.settle();
    }
    const count = (length: number): Promise<void> | undefined => {
      Atomics.add(this.#bytesRead, 0, BigInt(length));
      return this.turn();
    };
    answered(await examine(batch, count));
    await this.turn();
  }

  /**
   * To be awaited between pieces of work of this thread: gives signals and timers their turn, now and then.
   *
   * @throws the signal's reason, once it is aborted
   */
  turn(): Promise<void> | undefined {
    const now = performance.now();
    if (now - this.#lastTurn < POOL_TURN_MS) return undefined;
    this.#lastTurn = now;
    this.#options.progress?.(this.bytesRead);
    return setImmediate().then(() => this.#options.signal?.throwIfAborted());
  }

  /**
   * Waits for the next answer of any worker.
   *
   * @throws the signal's reason, once it is aborted; what `answered` or a worker threw
   */
  async settle(): Promise<void> {
    const { signal, progress } = this.#options;
    this.#throwIfFailed();
    signal?.throwIfAborted();
    const timer = setInterval(() => progress?.(this.bytesRead), TICK);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal?.addEventListener('abort', this.#wake);
    });
    clearInterval(timer);
    signal?.removeEventListener('abort', this.#wake);
    this.#throwIfFailed();
    signal?.throwIfAborted();
  }

  /** Waits until everything is answered. Throws as `settle` does. */
  async finish(): Promise<void> {
    while (this.isBusy) await this.settle();
    this.#throwIfFailed();
  }

  /** What failed may have done so while nobody waited. */
  #throwIfFailed(): void {
    if (this.#error) throw this.#error;
  }

  /** Ends the workers, whatever they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** A worker thread, and who waits for its answers. */
class PoolWorker {
  /** Called after each answer, and with what killed the worker or was thrown by who takes the answers. */
  onAnswer: (error?: Error) => void = () => {};
  readonly #worker: Worker;
  readonly #waiting: ((findings: Findings) => void)[] = [];

  constructor(bytesRead: SharedArrayBuffer) {
    const { url, execArgv } = workerProgram('reading-worker', import.meta.url);
    this.#worker = new Worker(url, { workerData: bytesRead, execArgv });
    this.#worker.on('message', (findings: Findings) => {
      try {
        this.#waiting.shift()?.(findings);
        this.onAnswer();
      } catch (error) {
        this.onAnswer(error as Error);
      }
    });
    onWorkerEnd(this.#worker, 'reads files', (error) => this.onAnswer(error));
  }

  /** Messages that are not answered yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  send(batch: FileBatch, answered: (findings: Findings) => void): void {
    this.#waiting.push(answered);
    this.#worker.postMessage(batch);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
