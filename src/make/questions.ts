// What the search asks and the verifier answers.

/** A place in the image to look at: which of `files` (indices; equal in size, in scan order) lies at `start`, in bytes? */
export interface Question {
  readonly start: number;
  readonly files: readonly number[];
}
