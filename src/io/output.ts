// Output files: whole under their final name, or not there at all.
import {
  closeSync,
  existsSync,
  fsyncSync,
  futimesSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { JigdoError, reasonOf } from '../errors.js';

/** Temporary files of this process that are neither put in place nor removed yet; swept when it exits. */
const unfinished = new Set<ByteString>();

let sweeping = false;

/** Has a temporary file removed when this process exits, if that was not done before. */
export function removeAtExit(path: ByteString): void {
  if (!sweeping) process.once('exit', sweep);
  sweeping = true;
  unfinished.add(path);
}

function sweep(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(toPath(path));
    } catch {
      // It may be gone with its folder; there is nobody left to tell.
    }
  }
  unfinished.clear();
}

/**
 * Bytes on their way to a file: written to a temporary file beside it, which gets the final name in `commit`.
 *
 * A process that ends in between removes the temporary file; a killed one leaves `.NAME.XXXXXXXX.part` behind.
 */
export class OutputFile {
  /** Bytes written so far. */
  length = 0;
  /** Where the bytes are until `commit`. */
  readonly temporaryPath: ByteString;
  readonly #path: ByteString;
  readonly #force: boolean;
  #fd: number | undefined;

  /**
   * @param path the final name
   * @param force whether `commit` replaces a file of that name
   * @throws JigdoError if the temporary file cannot be made
   */
  constructor(path: ByteString, force = false) {
    this.#path = path;
    this.#force = force;
    const cut = path.lastIndexOf('/') + 1;
    // 200 bytes of the name at most: a file system allows 255, and the original name may use them all.
    this.temporaryPath = `${path.slice(0, cut)}.${path.slice(cut).slice(0, 200)}.${randomBytes(4).toString('hex')}.part`;
    try {
      this.#fd = openSync(toPath(this.temporaryPath), 'wx');
    } catch (error) {
      throw new JigdoError(`Could not open \`${display(path)}' for output: ${reasonOf(error)}`, { cause: error });
    }
    removeAtExit(this.temporaryPath);
  }

  /**
   * Appends bytes.
   *
   * @throws JigdoError if the disk is full or the like; the file is then removed
   */
  write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#open(), bytes, done);
      this.length += bytes.length;
    } catch (error) {
      this.discard();
      throw this.#failure(error);
    }
  }

  /**
   * Brings the bytes to the disk and puts the file in place.
   *
   * @param modified the time of the last change that it is to have, in milliseconds since 1970; now by default
   * @throws JigdoError if the final name exists (without `force`) or the disk refuses
   */
  commit(modified?: number): void {
    try {
      if (modified !== undefined) futimesSync(this.#open(), modified / 1000, modified / 1000);
      fsyncSync(this.#open());
      closeSync(this.#open());
      this.#fd = undefined;
      if (this.#force) {
        renameSync(toPath(this.temporaryPath), toPath(this.#path));
      } else {
        // Unlike rename, link does not replace what somebody else put there meanwhile.
        linkOrRename(toPath(this.temporaryPath), toPath(this.#path));
      }
      unfinished.delete(this.temporaryPath);
    } catch (error) {
      this.discard();
      throw this.#failure(error);
    }
  }

  /** Removes the file that `commit` put in place, if there was none of that name before. */
  withdraw(): void {
    if (!this.#force) unlinkSync(toPath(this.#path));
  }

  [Symbol.dispose](): void {
    this.discard();
  }

  /** Removes the temporary file. Does nothing after `commit`. */
  discard(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    if (!unfinished.delete(this.temporaryPath)) return;
    try {
      unlinkSync(toPath(this.temporaryPath));
    } catch {
      // Removed by somebody else: that is what we wanted.
    }
  }

  #open(): number {
    if (this.#fd === undefined) throw new Error('the output file is closed');
    return this.#fd;
  }

  #failure(error: unknown): JigdoError {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return existsAlready(this.#path, error);
    return new JigdoError(`Error writing to \`${display(this.#path)}': ${reasonOf(error)}`, { cause: error });
  }
}

/** The error that an output is there already. */
export function existsAlready(path: ByteString, cause?: unknown): JigdoError {
  return new JigdoError(`Output file \`${display(path)}' already exists - delete it or use --force`, { cause });
}

/**
 * Gives a file a new name, unless something has that name.
 *
 * @throws the system's error; EEXIST if something has that name
 */
export function linkOrRename(from: Buffer, to: Buffer): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    // A file system without hard links, as on many USB sticks.
    if (existsSync(to)) throw Object.assign(new Error('file exists'), { code: 'EEXIST' });
    renameSync(from, to);
    return;
  }
  try {
    unlinkSync(from);
  } catch {
    // It has its new name, that is what counts. In a folder like /tmp the old one may be another user's to remove.
  }
}
