// Whether parts that are in place are right: digested by a thread of its own, several at a time.
import { Worker } from 'node:worker_threads';
import { onWorkerEnd } from '../checksum/worker-end.js';
import { workerProgram } from '../checksum/worker-url.js';
import { JigdoError } from '../errors.js';
import type { PartEntry } from '../format/template.js';
import type { FetchedParts } from '../rebuild/part-places.js';
import type { CheckAnswer, CheckTask } from './check-task.js';

/** Milliseconds that a part may wait for others: eight MD5 digests at a time take three times as long as one. */
const COMPANY_PATIENCE_MS = 100;

/** Where parts are. */
type Places = Pick<FetchedParts, 'fd' | 'name' | 'placeOf'>;

interface Check {
  readonly resolve: (right: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** Checks parts. To be closed when nobody waits for a check any more. */
export class PartChecks implements AsyncDisposable {
  readonly #parts: readonly PartEntry[];
  readonly #places: Places;
  readonly #checks = new Map<number, Check>();
  #worker: Worker | undefined;
  #error: JigdoError | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** The worker starts with the first check. */
  constructor(parts: readonly PartEntry[], places: Places) {
    this.#parts = parts;
    this.#places = places;
  }

  /**
   * Whether a part, which must be complete in its place, is right.
   *
   * @throws JigdoError if the .tmp cannot be read
   */
  async isRight(part: number): Promise<boolean> {
    if (this.#error) throw this.#error;
    const { algorithm } = this.#parts[part];
    this.#tell({ parts: [{ part, algorithm, ...this.#places.placeOf(part) }], toTheEnd: false });
    this.#timer ??= setTimeout(() => this.finish(), COMPANY_PATIENCE_MS);
    return await new Promise((resolve, reject) => this.#checks.set(part, { resolve, reject }));
  }

  /** Says that no others will come soon. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#checks.size > 0) this.#tell({ parts: [], toTheEnd: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  #tell(task: CheckTask): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(task);
  }

  #start(): Worker {
    const { url, execArgv } = workerProgram('check-worker', import.meta.url);
    const worker = new Worker(url, { execArgv, workerData: this.#places.fd });
    worker.on('message', (answer: CheckAnswer) => this.#answered(answer));
    onWorkerEnd(worker, 'checks parts', ({ message }) => this.#answered({ error: message }));
    return worker;
  }

  #answered(answer: CheckAnswer): void {
    if ('error' in answer) {
      this.#error = new JigdoError(`Error reading from \`${this.#places.name}': ${answer.error}`);
      for (const { reject } of this.#checks.values()) reject(this.#error);
      this.#checks.clear();
      return;
    }
    for (const { part, digest } of answer.digests) {
      const check = this.#checks.get(part);
      this.#checks.delete(part);
      check?.resolve(Buffer.compare(digest, this.#parts[part].digest) === 0);
    }
  }
}
