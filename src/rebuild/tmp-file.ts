// IMAGE.tmp: an image in the making, with a DESC section behind it that says what is still missing (docs/spec/template-format.md 7).
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { JigdoError, outputProblem, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { encodeDesc, encodedDescLength, type StretchEntry } from '../format/template.js';
import { untilNow } from '../io/abort.js';
import { putInPlace } from '../io/output-place.js';
import { BegunParts } from './begun-parts.js';
import type { Plan } from './plan.js';
import { CREATION_MARK } from './tmp-state.js';

const sync = promisify(fdatasync);
const syncAll = promisify(fsync);

const ZEROS = new Uint8Array(1024 * 1024);

/** So many bytes after another, what was written is sent on its way to the disk. */
const FLUSH = 64 * 1024 * 1024;

/** The open IMAGE.tmp. */
export class TmpFile {
  readonly name: string;
  readonly fd: number;
  readonly #path: ByteString;
  readonly #plan: Plan;
  /** For each entry of the plan whether its bytes are in place; true for unmatched data and empty entries. */
  readonly #written: Uint8Array;
  #missing = 0;
  /** Whether the file differs from what its DESC section says. */
  #dirty = false;
  #flush: Promise<void> | undefined;
  /** Bytes written since a flush began. */
  #unflushed = 0;

  private constructor(path: ByteString, plan: Plan, flags: string, entries: readonly StretchEntry[]) {
    this.name = display(path);
    this.#path = path;
    this.#plan = plan;
    this.#written = new Uint8Array(entries.length);
    for (const [i, entry] of entries.entries()) {
      this.#written[i] = entry.kind === 'data' || entry.length === 0 || entry.written ? 1 : 0;
      this.#missing += 1 - this.#written[i];
    }
    try {
      this.fd = openSync(toPath(path), flags);
    } catch (error) {
      throw outputProblem(`Could not open \`${this.name}' for output`, error);
    }
  }

  /**
   * Starts a new file, in place of one that may be there. Until `save`, it carries the mark of an unfinished creation. Before that
   * is room for the DESC section, which a full disk could not be told otherwise.
   *
   * @throws JigdoError if it cannot be made
   */
  static create(path: ByteString, plan: Plan): TmpFile {
    try {
      unlinkSync(toPath(path));
    } catch {
      // Nothing there; or, if it cannot be removed, the open below fails and says why.
    }
    BegunParts.remove(path);
    const tmp = new TmpFile(path, plan, 'wx+', plan.template.entries);
    try {
      const room = encodedDescLength(plan.template);
      // The mark first: a killed run must not leave a file that nobody knows again.
      tmp.write(CREATION_MARK, plan.length + room);
      tmp.writeZeros(plan.length, room);
    } catch (error) {
      tmp.discard();
      throw error;
    }
    return tmp;
  }

  /**
   * Opens a file that `examineTmp` found reusable.
   *
   * @param entries the template's entries with what is written
   * @throws JigdoError if it cannot be opened
   */
  static resume(path: ByteString, plan: Plan, entries: readonly StretchEntry[]): TmpFile {
    return new TmpFile(path, plan, 'r+', entries);
  }

  /** The record of parts that are begun. */
  get begunParts(): BegunParts {
    return new BegunParts(this.#path, this.#plan, fstatSync(this.fd).ino);
  }

  /** Removes that record. */
  forgetBegun(): void {
    BegunParts.remove(this.#path);
  }

  /** How many entries are not in place yet. */
  get missing(): number {
    return this.#missing;
  }

  /** Whether an entry of the plan is in place. */
  has(entry: number): boolean {
    return this.#written[entry] === 1;
  }

  /** Notes whether an entry is in place. */
  mark(entry: number, written = true): void {
    this.#missing += this.#written[entry] - (written ? 1 : 0);
    this.#written[entry] = written ? 1 : 0;
    this.#dirty = true;
  }

  /** The parts that have at least one occurrence that is not in place. */
  missingParts(): number[] {
    const parts = new Set<number>();
    for (const [entry, written] of this.#written.entries()) if (!written) parts.add(this.#plan.partOf(entry));
    return [...parts];
  }

  /**
   * Writes bytes at a position of the image.
   *
   * @throws JigdoError if the disk refuses
   */
  write(bytes: Uint8Array, position: number): void {
    this.#dirty = true;
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.fd, bytes, done, bytes.length - done, position + done);
      }
    } catch (error) {
      throw this.#failure(error);
    }
    this.#unflushed += bytes.length;
    if (this.#unflushed >= FLUSH) this.beginFlush();
  }

  /** Writes zeros, so that a full disk shows now and not when the part is there. */
  writeZeros(position: number, length: number): void {
    for (let done = 0; done < length; done += ZEROS.length) {
      this.write(ZEROS.subarray(0, length - done), position + done);
    }
  }

  /**
   * Brings the data to the disk, and only then says in the DESC section which entries are in place. Does nothing if
   * nothing has changed.
   *
   * @throws JigdoError if the disk refuses
   */
  save(): void {
    if (!this.#dirty) return;
    try {
      fdatasyncSync(this.fd);
      this.#writeState(this.#written);
      fsyncSync(this.fd);
      this.#dirty = false;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * The same while others go on writing: says of what is in place now that it is, once it is on the disk. The file must not be
   * closed before this is done.
   *
   * @throws JigdoError if the disk refuses
   */
  async checkpoint(): Promise<void> {
    if (!this.#dirty) return;
    const written = this.#written.slice();
    this.#dirty = false;
    try {
      await sync(this.fd);
      const more = this.#dirty;
      this.#writeState(written);
      this.#dirty = more;
      await sync(this.fd);
    } catch (error) {
      this.#dirty = true;
      throw this.#failure(error);
    }
  }

  /**
   * Has the system begin to bring to the disk what was written: the less is left for the end, the sooner that comes. What goes
   * wrong shows when it is made sure of.
   */
  beginFlush(): void {
    this.#unflushed = 0;
    this.#flush ??= sync(this.fd)
      .catch(() => {})
      .finally(() => (this.#flush = undefined));
  }

  /** Waits until nothing uses the descriptor any more. */
  async flushed(): Promise<void> {
    await this.#flush;
  }

  /** Puts the DESC section behind the image. All but the first time, only single bytes change: being cut short is no harm. */
  #writeState(written: Uint8Array): void {
    const { entries, images } = this.#plan.template;
    const desc = encodeDesc(entries, images, (entry) => written[entry] === 1);
    this.write(desc, this.#plan.length);
    ftruncateSync(this.fd, this.#plan.length + desc.length);
  }

  /**
   * Makes the complete file the image: brings it to the disk, cuts off what stands behind it, gives it its name, closes it.
   *
   * @param image the name, as `outputTarget` said
   * @param force whether it replaces a file of that name
   * @param signal counts until the image has its name
   * @throws JigdoError if the disk refuses, or somebody has put another file in the place of this one, or one under the final name
   *   (without `force`); the signal's reason. What was cut off is missing until `save`
   */
  async finish(image: ByteString, force: boolean, signal?: AbortSignal): Promise<void> {
    this.#dirty = true;
    try {
      await syncAll(this.fd);
    } catch (error) {
      throw this.#failure(error);
    }
    await untilNow(signal);
    this.forgetBegun();
    try {
      if (lstatSync(toPath(this.#path)).ino !== fstatSync(this.fd).ino) {
        throw new JigdoError(`\`${this.name}' was replaced meanwhile - is another run at work on the same image?`);
      }
      // Nothing slow in between: a killed run leaves a file of the image's length then, which only its digest tells to be the image.
      ftruncateSync(this.fd, this.#plan.length);
      putInPlace(this.#path, image, { force });
      // It is the image now: nothing may be put behind it any more.
      this.#dirty = false;
    } catch (error) {
      throw this.#failure(error);
    }
    try {
      fsyncSync(this.fd);
      closeSync(this.fd);
    } catch (error) {
      throw new JigdoError(
        `\`${display(image)}' is there and was right when it was checked, but the disk does not confirm that all of it is stored ` +
          `(${reasonOf(error)}) - check it with \`jigdo verify'`,
        { cause: error },
      );
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Closes and removes the file. */
  discard(): void {
    closeSync(this.fd);
    this.forgetBegun();
    unlinkSync(toPath(this.#path));
  }

  #failure(error: unknown): JigdoError {
    if (error instanceof JigdoError) return error;
    return outputProblem(`Error writing to \`${this.name}'`, error);
  }
}
