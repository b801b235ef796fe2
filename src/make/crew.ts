// Who does the units of work: this thread, and workers beside it.
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { onWorkerEnd } from '../checksum/worker-end.js';
import { workerProgram } from '../checksum/worker-url.js';
import { JigdoError } from '../errors.js';
import { UnitRunner, type Unit, type UnitResults, type UnitSetup } from './units.js';

interface Task {
  readonly unit: Unit;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** Hands that take units from a common queue. */
export class Crew implements AsyncDisposable {
  readonly #hands: Hand[];
  readonly #idle: Hand[];
  readonly #queue: Task[] = [];
  /** For each hand: what only it can do. It takes turns with what is in the queue: neither waits for the end of the other. */
  readonly #pinned: Task[][];
  /** The hands whose last task was one of those. */
  readonly #served = new Set<Hand>();

  /** @param jobs how many units may be done at the same time; the first hand is this thread, which has little else to do */
  constructor(jobs: number) {
    this.#hands = Array.from({ length: jobs }, (_, hand) => (hand === 0 ? new OwnHand() : new WorkerHand()));
    this.#idle = [...this.#hands];
    this.#pinned = this.#hands.map(() => []);
  }

  /** Gives the hands what they need, before the first unit. */
  prepare(setup: UnitSetup): void {
    for (const hand of this.#hands) hand.prepare(setup);
  }

  /** How many units can be done at the same time. */
  get size(): number {
    return this.#hands.length;
  }

  /** Has any hand do a unit. Rejects with what the unit throws: JigdoError if the image cannot be read. */
  do<U extends Unit>(unit: U): Promise<UnitResults[U['kind']]> {
    return this.#enqueue(this.#queue, unit);
  }

  /** The same, on one hand, one after the other: for units that add to what earlier ones left. */
  doInOrder<U extends Unit>(unit: U, hand: number): Promise<UnitResults[U['kind']]> {
    return this.#enqueue(this.#pinned[hand], unit);
  }

  /** Ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#hands.map((hand) => hand.close()));
  }

  #enqueue<U extends Unit>(queue: Task[], unit: U): Promise<UnitResults[U['kind']]> {
    return new Promise((resolve, reject) => {
      queue.push({ unit, resolve: resolve as (result: unknown) => void, reject });
      this.#assign();
    });
  }

  #assign(): void {
    for (const hand of [...this.#idle]) {
      const pinned = this.#pinned[this.#hands.indexOf(hand)];
      const fromQueue = this.#queue.length > 0 && (pinned.length === 0 || this.#served.has(hand));
      const task = (fromQueue ? this.#queue : pinned).shift();
      if (!task) continue;
      if (fromQueue) this.#served.delete(hand);
      else this.#served.add(hand);
      this.#idle.splice(this.#idle.indexOf(hand), 1);
      void hand
        .do(task.unit)
        .then(task.resolve, task.reject)
        .finally(() => {
          this.#idle.push(hand);
          this.#assign();
        });
    }
  }
}

/** Does one unit at a time. */
interface Hand {
  prepare(setup: UnitSetup): void;
  do(unit: Unit): Promise<unknown>;
  close(): Promise<unknown>;
}

class OwnHand implements Hand {
  #runner: UnitRunner | undefined;

  prepare(setup: UnitSetup): void {
    this.#runner = new UnitRunner(setup);
  }

  async do(unit: Unit): Promise<unknown> {
    const result = this.#runner?.run(unit);
    // Let timers and signals have their turn.
    await setImmediate();
    return result;
  }

  async close(): Promise<void> {}
}

interface Answer {
  result?: unknown;
  failure?: { message: string; stack: string; expected: boolean };
}

class WorkerHand implements Hand {
  readonly #worker: Worker;
  /** Why the worker is no more, if it is so. */
  #end: Error | undefined;
  /** Who waits for the unit that it is at. */
  #waiting: { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void } | undefined;

  constructor() {
    const { url, execArgv } = workerProgram('crew-worker', import.meta.url);
    this.#worker = new Worker(url, { execArgv });
    this.#worker.on('message', (answer: Answer) => this.#answered(answer));
    onWorkerEnd(this.#worker, 'searches the image', (error) => {
      this.#end = error;
      this.#waiting?.reject(error);
    });
  }

  prepare(setup: UnitSetup): void {
    this.#worker.postMessage(setup);
  }

  do(unit: Unit): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(unit);
    });
  }

  #answered({ result, failure }: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!failure) waiting?.resolve(result);
    else if (failure.expected) waiting?.reject(new JigdoError(failure.message));
    else waiting?.reject(Object.assign(new Error(failure.message), { stack: failure.stack }));
  }

  async close(): Promise<void> {
    const ended = this.#worker.terminate();
    // An idle worker touches nothing more: nobody needs to wait until it is gone.
    if (this.#waiting) await ended;
  }
}
