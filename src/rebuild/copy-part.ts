// One part on its way from its source into the image, checked while it passes.
import { newDigest } from '../checksum/digest.js';
import { isOutOfFiles, JigdoError } from '../errors.js';
import type { PartEntry } from '../format/template.js';
import { reading, type Located } from './located.js';
import { Interrupted, type Pace } from './pace.js';

/** Bytes copied at a time. */
const COPY_BYTES = 1024 * 1024;

/** What came of it. `problem` is a line for the user. */
export type CopyOutcome =
  | { readonly kind: 'copied' }
  /** Other content than the template says; all bytes were passed on. */
  | { readonly kind: 'differs'; readonly problem: string }
  /** The source cannot be read, or not as many bytes as it should have. */
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Of a part that is another file. */
export function mismatch({ name }: Located): CopyOutcome {
  return { kind: 'differs', problem: `Error: \`${name}' does not match checksum in template data` };
}

/** Copies parts, one after the other, through one buffer. */
export class PartCopier {
  readonly #buffer = new Uint8Array(COPY_BYTES);
  readonly #check: boolean;
  readonly #pace: Pace;

  /** @param check whether to compare the digest of what passes with the template's */
  constructor(check: boolean, pace: Pace) {
    this.#check = check;
    this.#pace = pace;
  }

  /**
   * Copies a part.
   *
   * @param write gets the bytes in order; `position` counts from the part's first byte. The bytes are good until it is done
   * @throws Interrupted if the signal fires, and what `write` throws
   */
  async copy(
    located: Located,
    part: PartEntry,
    write: (bytes: Uint8Array, position: number) => void | Promise<void>,
  ): Promise<CopyOutcome> {
    let writing = false;
    try {
      return await reading(located, async (reader): Promise<CopyOutcome> => {
        const hash = this.#check ? newDigest(part.algorithm) : undefined;
        for (let done = 0; done < part.length;) {
          const piece = this.#buffer.subarray(0, part.length - done);
          if (reader.read(piece, done) < piece.length) {
            return { kind: 'unreadable', problem: `Error reading from \`${located.name}' (file is too short)` };
          }
          hash?.update(piece);
          writing = true;
          const written = write(piece, done);
          if (written) await written;
          writing = false;
          done += piece.length;
          await this.#pace.step();
        }
        if (hash && Buffer.compare(hash.digest(), part.digest) !== 0) return mismatch(located);
        return reader.size === part.length ? { kind: 'copied' } : mismatch(located);
      });
    } catch (error) {
      if (writing || !(error instanceof JigdoError) || error instanceof Interrupted) throw error;
      if (isOutOfFiles(error.cause)) throw error;
      return { kind: 'unreadable', problem: error.message };
    }
  }
}
