// Output files: whole under their final name, or not there at all.
import { closeSync, fsyncSync, futimesSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { JigdoError, outputProblem } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { folderOf, leafOf } from '../format/paths.js';
import { isLocked, lockOutput, type OutputLock } from './lock.js';
import { besideOutput, outputTarget, putInPlace, type Replacing } from './output-place.js';
import type { Reporter } from './reporter.js';
import { keepAtExit, removeAtExit, removeTemporary } from './temporary.js';

/** How to make an output. */
export interface OutputOptions extends Partial<Replacing> {
  /** Permissions, where not everybody may read it. */
  readonly mode?: number;
  /** What killed runs have left, for many outputs: so that each folder is read once. */
  readonly leftParts?: LeftParts;
  readonly reporter?: Reporter;
}

/** What is behind `.NAME` in the name of a temporary file, with 8 digits, or with the 16 of a template that is being fetched. */
const PART = /\.(?:[0-9a-f]{8}){1,2}\.part$/;

/** What killed runs have left in folders, each of which is read once. */
export class LeftParts {
  readonly #folders = new Map<ByteString, ByteString[]>();

  /**
   * Removes those of one output: whoever made them is dead.
   *
   * @param path of an output whose lock is held
   */
  removeOf(path: ByteString): void {
    for (const name of this.#partsOf(path)) {
      try {
        unlinkSync(toPath(folderOf(path) + name));
      } catch {
        // Gone already, or another user's.
      }
    }
  }

  /** Removes what runs have left that were killed at work on an output; nothing, if one is at work now. */
  async tidy(path: ByteString): Promise<void> {
    if (this.#partsOf(path).length === 0 && !isLocked(path)) return;
    try {
      using lock = await lockOutput(path);
      if (lock.held) this.removeOf(path);
    } catch (error) {
      if (!(error instanceof JigdoError)) throw error;
    }
  }

  #partsOf(path: ByteString): ByteString[] {
    const stem = leafOf(besideOutput(path, (leaf) => `.${leaf}`));
    return this.#partsIn(folderOf(path)).filter((name) => name.replace(PART, '') === stem);
  }

  #partsIn(folder: ByteString): ByteString[] {
    let names = this.#folders.get(folder);
    if (!names) this.#folders.set(folder, (names = listParts(folder)));
    return names;
  }
}

function listParts(folder: ByteString): ByteString[] {
  try {
    return readdirSync(toPath(folder || '.'), 'latin1').filter((name) => name.startsWith('.') && PART.test(name));
  } catch {
    return [];
  }
}

/** The name of a temporary file for an output, other than all others. */
export function temporaryName(path: ByteString): ByteString {
  return besideOutput(path, (leaf) => `.${leaf}.${randomBytes(4).toString('hex')}.part`);
}

/**
 * Bytes on their way to a file: written to a temporary file beside it, which gets the final name in `commit`.
 *
 * A process that ends in between removes the temporary file. A killed one leaves `.NAME.XXXXXXXX.part` behind, which the next run
 * for the same output removes.
 */
export class OutputFile {
  /** Bytes written so far. */
  length = 0;
  /** Where the bytes are until `commit`. */
  readonly temporaryPath: ByteString;
  readonly #path: ByteString;
  readonly #replacing: Replacing;
  readonly #lock: OutputLock;
  #fd: number | undefined;

  private constructor(path: ByteString, replacing: Replacing, lock: OutputLock, mode: number | undefined) {
    this.#path = path;
    this.#replacing = replacing;
    this.#lock = lock;
    this.temporaryPath = temporaryName(path);
    try {
      this.#fd = openSync(toPath(this.temporaryPath), 'wx', mode);
    } catch (error) {
      lock[Symbol.dispose]();
      throw outputProblem(`Could not open \`${display(path)}' for output`, error);
    }
    removeAtExit(this.temporaryPath);
  }

  /**
   * Begins an output.
   *
   * @param path the final name; if a symbolic link has this name, the output replaces the file behind the link
   * @throws JigdoError if something is there that may not be replaced, another run is at work on it, or the temporary file cannot be made
   */
  static async open(path: ByteString, options: OutputOptions = {}): Promise<OutputFile> {
    const { force = false, links = false, mode, reporter, leftParts = new LeftParts() } = options;
    // Behind a link, even if there is something that may not be replaced: what a killed run left is there.
    const place = outputTarget(path, { force: true, links });
    const lock = await lockOutput(place, reporter);
    try {
      if (lock.held) leftParts.removeOf(place);
      outputTarget(path, { force, links });
      return new OutputFile(place, { force, links }, lock, mode);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
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
      const fd = this.#open();
      this.#fd = undefined;
      closeSync(fd);
      putInPlace(this.temporaryPath, this.#path, this.#replacing);
      keepAtExit(this.temporaryPath);
      this.#lock[Symbol.dispose]();
    } catch (error) {
      this.discard();
      throw this.#failure(error);
    }
  }

  /** Removes the file that `commit` put in place, if there was none of that name before. */
  withdraw(): void {
    if (!this.#replacing.force) unlinkSync(toPath(this.#path));
  }

  [Symbol.dispose](): void {
    this.discard();
  }

  /** Removes the temporary file. Does nothing after `commit`. */
  discard(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // The file goes anyway.
    }
    removeTemporary(this.temporaryPath);
    this.#lock[Symbol.dispose]();
  }

  #open(): number {
    if (this.#fd === undefined) throw new Error('the output file is closed');
    return this.#fd;
  }

  #failure(error: unknown): JigdoError {
    if (error instanceof JigdoError) return error;
    return outputProblem(`Error writing to \`${display(this.#path)}'`, error);
  }
}
