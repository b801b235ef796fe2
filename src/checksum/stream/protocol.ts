// What passes between a thread that writes a file and the worker that digests it (digest-worker.ts).
import type { Algorithm } from '../algorithm.js';
import type { BegunMd5, Ranges } from './ranged-md5.js';

/** What the worker is told at its start. */
export interface DigestTask {
  /** A descriptor open for reading; descriptors belong to the whole process. The worker does not close it. */
  readonly fd: number;
  /** Bytes to digest, from the file's first on. */
  readonly length: number;
  readonly algorithm: Algorithm;
  /** Other digests that are wanted of the same bytes, by node:crypto's names. */
  readonly others: readonly string[];
  /** What is digested already, if anything: of MD5 alone. */
  readonly begun?: BegunMd5;
}

/**
 * 64-bit words that the threads share: FRONTIER, RESTARTS and CHANGES are written by the other one, with the functions below; DONE and ALIVE
 * by the worker.
 */
export type DigestWords = BigInt64Array<SharedArrayBuffer>;

/** How many words there are. */
export const WORD_COUNT = 5;

/** Index of the number of bytes that may be read already; -1 to give up. */
const FRONTIER = 0;
/** Index of the number of bytes digested. */
export const DONE = 1;
/** Index of how often the worker was to begin anew. */
const RESTARTS = 2;
/** Index of what is 1 as soon as the worker waits for its task. */
export const ALIVE = 3;
/** Index of how often the other one has said something: the last word that it writes each time, and the one that the worker waits for. */
export const CHANGES = 4;

/** Says that the bytes before `frontier` may be read. */
export function moveFrontier(words: DigestWords, frontier: number): void {
  Atomics.store(words, FRONTIER, BigInt(frontier));
  wakeWorker(words);
}

/** Says that bytes which may have been read have changed: only those before `frontier`, which is not at the end, may be read now. */
export function orderRestart(words: DigestWords, frontier: number): void {
  Atomics.store(words, FRONTIER, BigInt(frontier));
  Atomics.add(words, RESTARTS, 1n);
  wakeWorker(words);
}

/** Has a worker that waits look again; also at its messages, if they were sent before. */
export function wakeWorker(words: DigestWords): void {
  Atomics.add(words, CHANGES, 1n);
  Atomics.notify(words, CHANGES);
}

/** What the worker was told. */
export interface DigestOrders {
  readonly frontier: bigint;
  readonly restarts: bigint;
  /** What to wait for: this word is another one as soon as there is something new. */
  readonly changes: bigint;
}

/**
 * Reads a frontier and the number of restarts that belong together.
 *
 * Since CHANGES was the same before and after, no order was completed in between; one may be under way. If that is a restart, it
 * lowers the frontier before it is counted, and the count is read first. So there are two cases that matter:
 *
 * - The restart is in the count: then the frontier is not the old one, before which bytes are no longer final.
 * - It is not in the count, but its frontier is read: the old digest goes on, and is given up at the next look. It does not end before,
 *   because that frontier is not at the end. The frontier is moved to the end by a later order, before which the restart was
 *   completed; who sees the one has therefore seen a CHANGES that counts the other, and so the restart itself.
 *
 * @param load reads a word, atomically
 */
export function readOrders(load: (word: number) => bigint): DigestOrders {
  for (;;) {
    const changes = load(CHANGES);
    const restarts = load(RESTARTS);
    const frontier = load(FRONTIER);
    if (load(CHANGES) === changes) return { frontier, restarts, changes };
  }
}

/** Digests by node:crypto's names. */
export type NamedDigests = ReadonlyMap<string, Uint8Array>;

/** Its last message: the digest and the others, or why there are none. */
export type DigestAnswer = { readonly digest: Uint8Array; readonly others: NamedDigests } | { readonly error: string };

/** To the worker, if the digest is MD5 alone: has ranges digested on the way. Once at most. */
export interface RangesTask {
  readonly watch: Ranges;
}

/** From the worker: the number of the first range that will be digested; then the digests, one after the other. */
export type RangesAnswer = { readonly watchedFrom: number } | { readonly digests: readonly Uint8Array[] };
