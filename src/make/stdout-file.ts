// Output to standard output: kept in a temporary file until it is known to be whole, then copied.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputProblem } from '../errors.js';
import { fromText, toPath, type ByteString } from '../format/bytes.js';
import { writeFully } from '../io/standard-output.js';
import { removeAtExit, removeTemporary } from '../io/temporary.js';

/** Bytes on their way to standard output. */
export class StdoutFile {
  /** Where the bytes are until `commit`. */
  readonly temporaryPath: ByteString;
  readonly #fd: number;
  #closed = false;

  /** @throws JigdoError if there is no room for the file in the folder of TMPDIR */
  constructor() {
    this.temporaryPath = fromText(join(tmpdir(), `jigdo-stdout-${randomBytes(6).toString('hex')}`));
    try {
      this.#fd = openSync(toPath(this.temporaryPath), 'wx+', 0o600);
    } catch (error) {
      throw outputProblem(`Could not make a temporary file in ${tmpdir()}`, error);
    }
    removeAtExit(this.temporaryPath);
  }

  /** @throws JigdoError if the disk is full or the like */
  write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      throw outputProblem(`Error writing to a temporary file in ${tmpdir()}`, error);
    }
  }

  /** Copies everything to standard output. */
  commit(): void {
    const piece = Buffer.allocUnsafe(1 << 20);
    for (let at = 0; ;) {
      const n = readSync(this.#fd, piece, 0, piece.length, at);
      if (n === 0) break;
      try {
        writeFully(1, piece.subarray(0, n));
      } catch (error) {
        throw outputProblem('Error writing to standard output', error);
      }
      at += n;
    }
    this[Symbol.dispose]();
  }

  /** What was written to standard output cannot be taken back. */
  withdraw(): void {}

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
    removeTemporary(this.temporaryPath);
  }
}
