// What passes between the thread that fetches parts and the one that checks them (check-worker.ts).
import type { Algorithm } from '../checksum/algorithm.js';
import type { Extent } from '../io/reader.js';

/** Where a part is, and how it is digested. */
export interface CheckedPart extends Extent {
  readonly part: number;
  readonly algorithm: Algorithm;
}

/** To the worker, whose data is a descriptor open for reading. (Descriptors belong to the whole process.) */
export interface CheckTask {
  /** Parts to digest. */
  readonly parts: readonly CheckedPart[];
  /** Whether to finish all parts. Otherwise some stay under way until others come with which they are digested faster. */
  readonly toTheEnd: boolean;
}

/** Digests, in no certain order, or why there will be none. */
export type CheckAnswer =
  { readonly digests: readonly { readonly part: number; readonly digest: Uint8Array }[] } | { readonly error: string };
