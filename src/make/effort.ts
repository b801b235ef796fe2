// Bytes read and hashed: what the cost model (docs/matching.md) promises is checked with these.

/** What the work cost. */
export interface Effort {
  /** Bytes of the image read: for its digest, for the search, and for comparing. */
  imageBytes: number;
  /** Bytes of tree files read. */
  treeBytes: number;
  /** Bytes hashed as parts. */
  hashedBytes: number;
}

/** Nothing done yet. */
export function noEffort(): Effort {
  return { imageBytes: 0, treeBytes: 0, hashedBytes: 0 };
}

/** Adds `more` to `effort`. */
export function addEffort(effort: Effort, more: Effort): void {
  effort.imageBytes += more.imageBytes;
  effort.treeBytes += more.treeBytes;
  effort.hashedBytes += more.hashedBytes;
}
