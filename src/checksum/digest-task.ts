// What passes between a thread that writes a file and the worker that digests it (digest-worker.ts).
import type { Algorithm } from './digest.js';
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

/** 64-bit words that the threads share: FRONTIER and RESTARTS are written by the other one, DONE and ALIVE by the worker. */
export type DigestWords = BigInt64Array<SharedArrayBuffer>;

/** How many words there are. */
export const WORDS = 4;

/** Index of the number of bytes that may be read already; -1 to give up. */
export const FRONTIER = 0;
/** Index of the number of bytes digested. */
export const DONE = 1;
/** Index of how often the worker was to begin anew. */
export const RESTARTS = 2;
/** Index of what is 1 as soon as the worker waits for its task. */
export const ALIVE = 3;

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
