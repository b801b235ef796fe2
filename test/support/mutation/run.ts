// Runs seeds of all kinds of input in threads, and watches that none hangs or takes the memory.
import { Worker } from 'node:worker_threads';
import { KINDS } from './kinds.js';

/** Milliseconds that one input may take, on a machine that does other things, too. */
const LONGEST_MS = 20_000;
/** Milliseconds between two looks. */
const LOOK_MS = 500;
/** MiB of a thread's own memory, beside what its buffers take. */
const HEAP_MIB = 512;
/** Inputs that a thread takes at a time. */
const CHUNK = 250;
/** More failures of one kind tell nothing new. */
const MOST_FAILURES = 5;

/** An input that was not read as it should be. */
export interface Failure {
  readonly kind: string;
  readonly seed: number;
  readonly reason: string;
}

/** What came of a run. */
export interface MutationResult {
  /** Inputs that were read. */
  readonly count: number;
  readonly failures: readonly Failure[];
  readonly slowest: Slowest & { readonly kind: string };
  /** MiB that the process had at most. */
  readonly peak: number;
  /** Inputs of each kind, by its name. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** Seeds of one kind, of which the first may be the last. */
export interface Chunk {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

/** The input that took the longest. */
export interface Slowest {
  readonly seed: number;
  readonly milliseconds: number;
}

/** What a thread says. */
export type Message =
  | { readonly type: 'done'; readonly slowest: Slowest; readonly last: number }
  | { readonly type: 'failure'; readonly kind: number; readonly seed: number; readonly reason: string };

/** Inputs of each kind by their shares, seeds from 1 on. */
function chunksOf(count: number): { chunks: Chunk[]; kinds: Map<string, number> } {
  const whole = KINDS.reduce((sum, { share }) => sum + share, 0);
  const chunks: Chunk[] = [];
  const kinds = new Map<string, number>();
  for (const [kind, { name, share }] of KINDS.entries()) {
    const seeds = Math.ceil((count * share) / whole);
    kinds.set(name, seeds);
    for (let from = 1; from <= seeds; from += CHUNK) chunks.push({ kind, from, to: Math.min(seeds, from + CHUNK - 1) });
  }
  return { chunks, kinds };
}

/**
 * @param count inputs in all
 * @param threads how many of them are read at a time
 */
export async function runMutations(count: number, threads: number): Promise<MutationResult> {
  const { chunks, kinds } = chunksOf(count);
  const failures: Failure[] = [];
  let slowest = { kind: '', seed: 0, milliseconds: 0 };
  let read = 0;
  const fail = (kind: number, seed: number, reason: string): void => {
    failures.push({ kind: KINDS[kind].name, seed, reason });
  };
  const isHopeless = ({ kind }: Chunk): boolean =>
    failures.filter((failure) => failure.kind === KINDS[kind].name).length >= MOST_FAILURES;
  /** One chunk after the other. */
  const lane = async (): Promise<void> => {
    let thread: Thread | undefined;
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
      if (isHopeless(chunk)) continue;
      thread ??= new Thread(fail);
      const { isAlive, last, slowest: slow } = await thread.read(chunk);
      read += last - chunk.from + 1;
      if (slow.milliseconds > slowest.milliseconds) slowest = { kind: KINDS[chunk.kind].name, ...slow };
      if (!isAlive) thread = undefined;
      if (last < chunk.to) chunks.unshift({ ...chunk, from: last + 1 });
    }
    await thread?.end();
  };
  await Promise.all(Array.from({ length: threads }, lane));
  return { count: read, failures, slowest, peak: process.resourceUsage().maxRSS / 1024, kinds };
}

/** How the reading of a chunk ended: with its last seed, or an earlier one that was not read as it should be. */
interface End {
  readonly isAlive: boolean;
  readonly last: number;
  readonly slowest: Slowest;
}

class Thread {
  /** The seed that is being read. */
  readonly #now = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  readonly #fail: (kind: number, seed: number, reason: string) => void;

  constructor(fail: (kind: number, seed: number, reason: string) => void) {
    this.#fail = fail;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: this.#now,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
  }

  async read(chunk: Chunk): Promise<End> {
    const seen = { seed: 0, since: Date.now() };
    return new Promise((resolve) => {
      const dead = (reason: string): void => {
        const seed = Atomics.load(this.#now, 0);
        this.#fail(chunk.kind, seed, reason);
        settle({ isAlive: false, last: seed, slowest: { seed, milliseconds: Date.now() - seen.since } });
      };
      const onMessage = (message: Message): void => {
        if (message.type === 'failure') this.#fail(message.kind, message.seed, message.reason);
        else settle({ isAlive: true, last: message.last, slowest: message.slowest });
      };
      const onError = (error: Error): void => dead(`the thread ended: ${error.message}`);
      const timer = setInterval(() => {
        const seed = Atomics.load(this.#now, 0);
        if (seed !== seen.seed) Object.assign(seen, { seed, since: Date.now() });
        else if (Date.now() - seen.since > LONGEST_MS) {
          void this.#worker.terminate();
          dead(`took more than ${LONGEST_MS / 1000} s`);
        }
      }, LOOK_MS);
      const settle = (end: End): void => {
        clearInterval(timer);
        this.#worker.off('message', onMessage).off('error', onError);
        resolve(end);
      };
      this.#worker.on('message', onMessage).on('error', onError).postMessage(chunk);
    });
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage(undefined);
    await ended;
  }
}
