// Content decides: does this file lie at that place of the image?
import { closeSync, fstatSync, openSync } from 'node:fs';
import { newDigest } from '../checksum/digest.js';
import { reasonOf } from '../errors.js';
import { display, toPath } from '../format/bytes.js';
import { readFully } from '../io/read-fully.js';
import type { RandomAccess } from '../io/reader.js';
import type { PartDigests, Stretch } from './part-digests.js';
import type { Question } from './questions.js';
import type { LoadedSlabs } from './slabs.js';
import type { TreeIndex } from './tree-index.js';

/** The first comparison is short, because most files that begin alike differ soon. Bytes. */
const FIRST_PIECE = 16 << 10;
const PIECE = 256 << 10;

/** So many places where a file differed from the image before are tried first the next time. */
const WITNESSES = 16;

/**
 * A file whose digest is known is not opened, until so many bytes were hashed at places that only began like such files:
 * repeated patterns could have it go on forever. After that files are read, so that differences are remembered.
 */
const HASHED_IN_VAIN = 256 << 20;

/** Bytes whose digests are computed together: enough for several files, and few enough to be in the processor's caches still. */
const HASH_TOGETHER = 16 << 20;

/** Bytes and digests that the work cost: what the cost model promises is checked with these. */
export interface Effort {
  /** Bytes of the image read: once each, and again where a file was compared with bytes that were not in memory any more. */
  imageBytes: number;
  /** Bytes of tree files read. */
  treeBytes: number;
  /** Bytes hashed as parts. */
  hashedBytes: number;
}

/**
 * Compares files with places in the image, byte for byte where the file's digest is not known yet (and computes it on the
 * way), by digest where it is, so that a file is read once at most, and one that the cache knows never (but for HASHED_IN_VAIN).
 *
 * Many places may begin like a file (repeated patterns). To keep that linear, a place where the file differed is remembered
 * and tried first at the next one: whatever repeats, differs again at the same byte.
 */
export class Verifier {
  #effort: Effort = { imageBytes: 0, treeBytes: 0, hashedBytes: 0 };
  #problems: string[] = [];
  readonly #image: RandomAccess;
  readonly #index: TreeIndex;
  readonly #digests: PartDigests;
  #loaded: LoadedSlabs | undefined;
  readonly #imagePiece = Buffer.allocUnsafe(PIECE);
  readonly #filePiece = Buffer.allocUnsafe(PIECE);
  readonly #witnesses = new Map<number, { offset: number; byte: number }[]>();
  #hashedInVain = 0;
  readonly #unreadable = new Set<number>();

  constructor(image: RandomAccess, index: TreeIndex, digests: PartDigests) {
    this.#image = image;
    this.#index = index;
    this.#digests = digests;
  }

  /**
   * Answers questions about places that are in memory. The digests of files that are found are known afterwards.
   *
   * @returns for each question the first of its files whose bytes lie at its place, or -1
   */
  answer(questions: readonly Question[], loaded: LoadedSlabs): number[] {
    const answers = new Array<number>(questions.length).fill(-1);
    const { sizes } = this.#index.columns;
    // Files that are compared here for the first time, and where they were found: their digests are still to come.
    const found = new Map<number, number>();
    let stretches: Stretch[] = [];
    let toHash = 0;
    this.#loaded = loaded;
    questions.forEach(({ start, files: all }, q) => {
      const files = all.filter((i) => !this.#unreadable.has(i) && !this.#differsAgain(i, start));
      if (files.length === 0) return;
      const length = sizes[files[0]];
      if (this.#hashedInVain < HASHED_IN_VAIN && files.some((i) => this.#index.digest(i))) {
        const done = (digest: Uint8Array): number => (answers[q] = this.#firstWithDigest(files, start, digest));
        stretches.push({ start, length, done });
      } else {
        const file = files.find((i) => {
          const before = found.get(i);
          return before === undefined ? this.#sameBytes(i, start) : this.#sameInImage(before, start, length);
        });
        if (file === undefined) return;
        answers[q] = file;
        if (found.has(file) || this.#index.digest(file)) return;
        found.set(file, start);
        stretches.push({ start, length, done: (digest) => this.#index.setDigest(file, digest) });
      }
      toHash += length;
      if (toHash < HASH_TOGETHER) return;
      this.#digests.compute(stretches, loaded);
      this.#effort.hashedBytes += toHash;
      stretches = [];
      toHash = 0;
      found.clear();
    });
    this.#digests.compute(stretches, loaded);
    this.#effort.hashedBytes += toHash;
    this.#loaded = undefined;
    return answers;
  }

  #sameInImage(a: number, b: number, length: number): boolean {
    for (let done = 0; done < length;) {
      const one = this.#imageBytes(a + done, length - done);
      const other = this.#imageBytes(b + done, one.length);
      if (Buffer.compare(one.subarray(0, other.length), other) !== 0) return false;
      done += other.length;
    }
    return true;
  }

  /**
   * The same for one place that need not be in memory: the first of some files of equal size whose bytes are those of the image from `start` on; its digest is known afterwards.
   *
   * @param files by index, all of one size
   * @param start byte offset in the image
   * @returns -1 if none is
   * @throws JigdoError if the image cannot be read; an unreadable file is a problem line, and matches nowhere
   */
  firstMatch(files: readonly number[], start: number): number {
    const size = this.#index.columns.sizes[files[0]];
    if (start + size > this.#image.size) return -1;
    const readable = files.filter((i) => !this.#unreadable.has(i) && !this.#differsAgain(i, start));
    if (this.#hashedInVain < HASHED_IN_VAIN && readable.some((i) => this.#index.digest(i))) {
      return this.#firstWithDigest(readable, start, this.#digestOfImage(start, size));
    }
    return readable.find((i) => this.#sameBytes(i, start, !this.#index.digest(i))) ?? -1;
  }

  /** The first of some files that is what has this digest; those whose own is not known are read. */
  #firstWithDigest(files: readonly number[], start: number, digest: Uint8Array): number {
    for (const i of files) {
      const known = this.#index.digest(i);
      if (known) {
        if (Buffer.compare(known, digest) === 0) return i;
      } else if (this.#sameBytes(i, start)) {
        this.#index.setDigest(i, digest);
        return i;
      }
    }
    this.#hashedInVain += this.#index.columns.sizes[files[0]];
    return -1;
  }

  /** What was read and hashed since the last report, and a line for each file that could not be read. */
  takeReport(): { effort: Effort; problems: string[] } {
    const report = { effort: this.#effort, problems: this.#problems };
    this.#effort = { imageBytes: 0, treeBytes: 0, hashedBytes: 0 };
    this.#problems = [];
    return report;
  }

  /** The image's bytes from `position` on: `length` of them, or fewer (one at least). They are valid until the next call. */
  #imageBytes(position: number, length: number): Uint8Array {
    const inMemory = this.#loaded?.bytes(position, length);
    if (inMemory) return inMemory;
    const piece = this.#imagePiece.subarray(0, Math.min(PIECE, length));
    this.#image.read(piece, position);
    this.#effort.imageBytes += piece.length;
    return piece;
  }

  #differsAgain(i: number, start: number): boolean {
    for (const { offset, byte } of this.#witnesses.get(i) ?? []) {
      if (this.#imageBytes(start + offset, 1)[0] !== byte) return true;
    }
    return false;
  }

  #digestOfImage(start: number, length: number): Uint8Array {
    const hash = newDigest(this.#index.columns.algorithm);
    for (let done = 0; done < length;) {
      const piece = this.#imageBytes(start + done, Math.min(PIECE, length - done));
      hash.update(piece);
      done += piece.length;
    }
    this.#effort.hashedBytes += length;
    return hash.digest();
  }

  /** Compares a file with a place; if wanted, its digest is computed on the way. */
  #sameBytes(i: number, start: number, digestWanted = false): boolean {
    const size = this.#index.columns.sizes[i];
    const hash = digestWanted ? newDigest(this.#index.columns.algorithm) : undefined;
    let fd: number | undefined;
    try {
      fd = openSync(toPath(this.#index.path(i)), 'r');
      for (let done = 0; done < size;) {
        const ours = this.#imageBytes(start + done, Math.min(done === 0 ? FIRST_PIECE : PIECE, size - done));
        const theirs = this.#filePiece.subarray(0, ours.length);
        const got = readFully(fd, theirs, done);
        this.#effort.treeBytes += got;
        if (got < ours.length) {
          this.#exclude(i, 'Error while reading', 'file will be ignored (it is shorter than when it was listed)');
          return false;
        }
        if (Buffer.compare(ours, theirs) !== 0) {
          this.#rememberDifference(i, done, ours, theirs);
          return false;
        }
        hash?.update(ours);
        done += ours.length;
      }
      if (fstatSync(fd).size !== size) {
        this.#exclude(i, 'Error while reading', 'file will be ignored (it is longer than when it was listed)');
        return false;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      this.#exclude(i, 'Could not open', `for input - excluded (${reasonOf(error)})`);
      return false;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
    if (hash) {
      this.#effort.hashedBytes += size;
      this.#index.setDigest(i, hash.digest());
    }
    return true;
  }

  #rememberDifference(i: number, offset: number, ours: Uint8Array, theirs: Uint8Array): void {
    let at = 0;
    while (ours[at] === theirs[at]) at++;
    const known = this.#witnesses.get(i) ?? [];
    known.unshift({ offset: offset + at, byte: theirs[at] });
    this.#witnesses.set(i, known.slice(0, WITNESSES));
  }

  #exclude(i: number, before: string, after: string): void {
    this.#unreadable.add(i);
    this.#problems.push(`${before} \`${display(this.#index.path(i))}' ${after}`);
  }
}
