// What the search asks and the verifier answers.

/** A place in the image to look at: which of `files` (indices; equal in size, in scan order) lies at `start`, in bytes? */
export interface Question {
  readonly start: number;
  readonly files: readonly number[];
}

/** One of many. */
export interface NumberedQuestion extends Question {
  readonly number: number;
  /** The digest of the bytes there, if it need not be computed; it may come later. */
  readonly digest?: Uint8Array | 'later';
}

/** The answer to the question of that number: the first of its files whose bytes lie there, or -1. */
export interface Answer {
  readonly question: number;
  readonly file: number;
}
