// Threads that do the same job: each takes messages, and answers them one by one.
import { Worker } from 'node:worker_threads';
import { workerProgram } from '../checksum/worker-url.js';

/** A batch of files is sent when it has so many files, or so many bytes. */
export const BATCH_FILES = 256;
export const BATCH_BYTES = 32 << 20;
/** Bytes that the calling thread reads itself, because workers would not have started sooner. */
export const SMALL_BYTES = 16 << 20;

/** Messages that each worker has in hand: one at work and one to go on with. */
const EACH = 2;
/** Milliseconds between two looks at the bytes read. */
const TICK = 200;

export interface WorkerPoolOptions {
  /** How many workers, at most. */
  readonly jobs: number;
  /** Told now and then how many bytes have been read. */
  readonly progress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Workers that read files (`reading-worker.ts`). Memory is bounded: who sends waits for room. To be closed in any case. */
export class WorkerPool<Question, Answer> implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #bytesRead = new BigInt64Array(new SharedArrayBuffer(8));
  #workers: PoolWorker<Question, Answer>[] = [];
  #error: Error | undefined;
  #wake = (): void => {};

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return Number(Atomics.load(this.#bytesRead, 0));
  }

  /** Counts bytes that were read without a worker. */
  count(bytes: number): void {
    Atomics.add(this.#bytesRead, 0, BigInt(bytes));
  }

  get isRunning(): boolean {
    return this.#workers.length > 0;
  }

  get isBusy(): boolean {
    return this.#workers.some(({ waiting }) => waiting > 0);
  }

  /** Starts the workers, which takes them 0.1 s. Does nothing the second time. */
  start(): void {
    for (let i = this.#workers.length; i < this.#options.jobs; i++) {
      const worker = new PoolWorker<Question, Answer>(this.#bytesRead.buffer);
      worker.onAnswer = (error) => {
        this.#error ??= error;
        this.#wake();
      };
      this.#workers.push(worker);
    }
  }

  /**
   * Sends a message to the worker that has least to do, as soon as there is room.
   *
   * @param answered takes the answer
   * @throws the signal's reason, once it is aborted; what `answered` or a worker threw
   */
  async send(question: Question, answered: (answer: Answer) => void): Promise<void> {
    for (;;) {
      const free = this.#workers.reduce((a, b) => (b.waiting < a.waiting ? b : a));
      if (free.waiting < EACH) return free.send(question, answered);
      await this.settle();
    }
  }

  /**
   * Waits for the next answer of any worker.
   *
   * @throws the signal's reason, once it is aborted; what `answered` or a worker threw
   */
  async settle(): Promise<void> {
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

  /** Waits until everything is answered. Throws as `settle` does. */
  async finish(): Promise<void> {
    while (this.isBusy) await this.settle();
  }

  /** Ends the workers, whatever they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** A worker thread, and who waits for its answers. */
class PoolWorker<Question, Answer> {
  /** Called after each answer, and with what killed the worker or was thrown by who takes the answers. */
  onAnswer: (error?: Error) => void = () => {};
  readonly #worker: Worker;
  readonly #waiting: ((answer: Answer) => void)[] = [];

  constructor(bytesRead: SharedArrayBuffer) {
    const { url, execArgv } = workerProgram('reading-worker', import.meta.url);
    this.#worker = new Worker(url, { workerData: bytesRead, execArgv });
    this.#worker.on('message', (answer: Answer) => {
      try {
        this.#waiting.shift()?.(answer);
        this.onAnswer();
      } catch (error) {
        this.onAnswer(error as Error);
      }
    });
    this.#worker.on('error', (error) => this.onAnswer(error));
  }

  /** Messages that are not answered yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  send(question: Question, answered: (answer: Answer) => void): void {
    this.#waiting.push(answered);
    this.#worker.postMessage(question);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
