// What is to be hashed, and comes piece by piece.

/** A message, in the sense of the digests' standards. */
export interface Message {
  /** Bytes in all. */
  readonly length: number;
  /**
   * Fills `target` with the next bytes.
   *
   * @returns false to give the message up: it is then forgotten, and has no digest
   */
  next(target: Uint8Array): boolean;
  /** Takes the digest. */
  done(digest: Uint8Array): void;
}
