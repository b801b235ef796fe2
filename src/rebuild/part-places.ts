// Where fetched parts go: straight to their places in the .tmp.
import type { FollowingDigest } from '../checksum/stream/client.js';
import { JigdoError, reasonOf } from '../errors.js';
import type { Extent } from '../io/reader.js';
import { readFully } from '../io/read-fully.js';
import type { BegunPart } from './begun-parts.js';
import type { Plan } from './plan.js';
import type { TmpFile } from './tmp-file.js';

/** Bytes copied at a time. */
const PLACE_COPY_BYTES = 1024 * 1024;

/** Bytes of a part that the image's digest is told of at a time, before the part is complete. */
const TELL = 4 * 1024 * 1024;

/** So many bytes of the image are in place before its digest is begun: its thread should not come to life when all else begins, too. */
const BEGIN = 64 * 1024 * 1024;

/** The places of parts that are fetched in pieces, in any order. Positions count from a part's first byte. */
export class FetchedParts {
  readonly #plan: Plan;
  readonly #tmp: TmpFile;
  readonly #begin: () => FollowingDigest;
  #digest: FollowingDigest | undefined;
  readonly #buffer = new Uint8Array(PLACE_COPY_BYTES);
  /** All entries before this one are in place. */
  #frontier = 0;
  /** Up to here, in the image, the digest was told that everything is there. */
  #told = 0;
  readonly #filling: Promise<void> | undefined;
  #filled: boolean;

  /**
   * @param begin begins the digest of the image, or goes on with it: it is told what is in place without a gap
   * @param filling fulfilled when the .tmp has its unmatched data, if it has not: only then the digest is told anything, and `save` saves
   */
  constructor(plan: Plan, tmp: TmpFile, begin: () => FollowingDigest, filling?: Promise<void>) {
    this.#plan = plan;
    this.#tmp = tmp;
    this.#begin = begin;
    this.#filling = filling;
    this.#filled = !filling;
    this.#advance();
    const filled = (): void => {
      this.#filled = true;
      this.#advance();
    };
    filling?.then(filled, () => {});
  }

  /** Of the .tmp. */
  get fd(): number {
    return this.#tmp.fd;
  }

  /** Of the .tmp, for messages. */
  get name(): string {
    return this.#tmp.name;
  }

  /**
   * Writes a piece of a part to the first place where it is missing.
   *
   * @throws JigdoError if the disk refuses
   */
  write(part: number, bytes: Uint8Array, position: number): void {
    const offset = this.placeOf(part).offset + position;
    if (offset < this.#told) {
      this.#told = this.#plan.offsetOf(this.#frontier);
      this.#digest?.restart(this.#told);
    }
    this.#tmp.write(bytes, offset);
  }

  /** Where in the .tmp a part is written: the first place where it is missing. There must be one. */
  placeOf(part: number): Extent {
    const { length } = this.#plan.parts[part];
    for (const entry of this.#plan.occurrences(part)) {
      if (!this.#tmp.has(entry)) return { offset: this.#plan.offsetOf(entry), length };
    }
    throw new RangeError('the part is in place already');
  }

  /**
   * Reads back what was written of a part, up to PLACE_COPY_BYTES of it. They are good until the next ones are read.
   *
   * @throws JigdoError if the file cannot be read
   */
  read(part: number, from: number, to: number): Uint8Array {
    const piece = this.#buffer.subarray(0, to - from);
    this.#read(piece, this.placeOf(part).offset + from);
    return piece;
  }

  /**
   * Says that the first bytes of a part are there, which may still turn out to be wrong. If the image is there up to this part, its
   * digest goes on with them: after the last byte of a large part, the rest of the work would take long.
   */
  follow(part: number, length: number): void {
    if (!this.#filled || this.#plan.partOf(this.#frontier) !== part) return;
    // That the last byte is final is for `complete` to say.
    const end = this.#plan.offsetOf(this.#frontier) + Math.min(length, this.#plan.parts[part].length - 1);
    if (end < this.#told + TELL) return;
    this.#tell(end);
  }

  /** Notes that a part is in place and right, and copies it to the other places where it is missing. */
  complete(part: number): void {
    const first = this.placeOf(part);
    for (const entry of this.#plan.occurrences(part)) {
      if (this.#tmp.has(entry)) continue;
      const offset = this.#plan.offsetOf(entry);
      if (offset !== first.offset) this.#copy(first, offset);
      this.#tmp.mark(entry);
    }
    this.#advance();
  }

  /** What of some parts an earlier run has left, which may still turn out to be wrong. */
  begun(parts: readonly number[]): BegunPart[] {
    return this.#tmp.begunParts.load(parts, (part) => this.placeOf(part).offset);
  }

  /**
   * Brings what is there to the disk, and says so in the .tmp and beside it, while more is written.
   *
   * @param begun what of incomplete parts is there
   * @throws JigdoError if the disk refuses; what went wrong with the unmatched data
   */
  async save(begun: readonly BegunPart[]): Promise<void> {
    const offsets = new Map(begun.map(({ part }) => [part, this.placeOf(part).offset]));
    await this.#filling;
    await this.#tmp.checkpoint();
    if (begun.length > 0) await this.#tmp.begunParts.save(begun, offsets);
    else this.#tmp.forgetBegun();
  }

  /** Says that no part is begun. */
  forgetBegun(): void {
    this.#tmp.forgetBegun();
  }

  #copy({ offset, length }: Extent, to: number): void {
    for (let done = 0; done < length; done += PLACE_COPY_BYTES) {
      const piece = this.#buffer.subarray(0, length - done);
      this.#read(piece, offset + done);
      this.#tmp.write(piece, to + done);
    }
  }

  #read(target: Uint8Array, position: number): void {
    try {
      if (readFully(this.#tmp.fd, target, position) === target.length) return;
    } catch (error) {
      throw new JigdoError(`Error reading from \`${this.#tmp.name}': ${reasonOf(error)}`, { cause: error });
    }
    throw new JigdoError(`Error reading from \`${this.#tmp.name}': it was cut short meanwhile`);
  }

  #advance(): void {
    if (!this.#filled) return;
    const before = this.#frontier;
    const { entries } = this.#plan.template;
    while (this.#frontier < entries.length && this.#tmp.has(this.#frontier)) this.#frontier++;
    if (this.#frontier === before) return;
    this.#tell(this.#plan.offsetOf(this.#frontier));
  }

  #tell(end: number): void {
    this.#told = end;
    if (end >= BEGIN) this.#digest ??= this.#begin();
    this.#digest?.advance(end);
  }
}
