// Files and places of the image, byte for byte.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { OPEN_FLAGS } from '../io/open-file.js';
import { reasonOf } from '../errors.js';
import { display, toPath } from '../format/bytes.js';
import { readFully } from '../io/read-fully.js';
import type { RandomAccess } from '../io/reader.js';
import { noEffort, type Effort } from './effort.js';
import type { TreeIndex } from './tree-index.js';

/** The first comparison is short, because most files that begin alike differ soon. Bytes. */
const FIRST_PIECE = 16 << 10;
const COMPARE_BYTES = 256 << 10;

/** So many places where a file differed from the image before are tried first the next time. */
const WITNESSES = 16;

/** A comparison of one file with one place, front to back. */
export interface Comparison {
  /**
   * Fills `target` with the next bytes of the file.
   *
   * @returns whether they are those of the image
   */
  next(target: Uint8Array): boolean;
  /** Whether the file ends where it should: to be asked when all of it was compared. */
  isWhole(): boolean;
  close(): void;
}

/**
 * Compares files of the tree with places of the image.
 *
 * Many places may begin like a file (repeated patterns). To keep that linear, a place where the file differed is remembered
 * and tried first at the next one: whatever repeats, differs again at the same byte.
 *
 * A file that cannot be read is a problem line, and lies nowhere.
 */
export class Comparer {
  readonly #image: RandomAccess;
  readonly #index: TreeIndex;
  readonly #imagePiece = new Uint8Array(COMPARE_BYTES);
  readonly #filePiece = new Uint8Array(COMPARE_BYTES);
  readonly #byte = new Uint8Array(1);
  readonly #witnesses = new Map<number, { offset: number; byte: number }[]>();
  readonly #unreadable = new Set<number>();
  #effort = noEffort();
  #problems: string[] = [];

  constructor(image: RandomAccess, index: TreeIndex) {
    this.#image = image;
    this.#index = index;
  }

  /** What was read and hashed since the last report, and a line for each file that could not be read. */
  takeReport(): { effort: Effort; problems: string[] } {
    const report = { effort: this.#effort, problems: this.#problems };
    this.#effort = noEffort();
    this.#problems = [];
    return report;
  }

  /** Counts bytes that were hashed as a part. */
  hashed(length: number): void {
    this.#effort.hashedBytes += length;
  }

  /** Fills `target` from a position of the image on, which must reach that far. */
  readImage(target: Uint8Array, position: number): void {
    this.#effort.imageBytes += this.#image.read(target, position);
  }

  /** False if file `i` is unreadable, does not fit the image, or differs at `start` where it differed from other places. */
  canLieAt(i: number, start: number): boolean {
    if (this.#unreadable.has(i) || start + this.#index.columns.sizes[i] > this.#image.size) return false;
    return (this.#witnesses.get(i) ?? []).every(({ offset, byte }) => {
      this.readImage(this.#byte, start + offset);
      return this.#byte[0] === byte;
    });
  }

  /** Whether file `i` lies at `start`. Yields after each piece that was compared: its length in bytes. */
  *compare(i: number, start: number): Generator<number, boolean> {
    const comparison = this.begin(i, start);
    try {
      for (let left = this.#index.columns.sizes[i]; left > 0;) {
        const piece = this.#filePiece.subarray(0, left);
        if (!comparison.next(piece)) return false;
        left -= piece.length;
        yield piece.length;
      }
      return comparison.isWhole();
    } finally {
      comparison.close();
    }
  }

  /** Begins to compare file `i` with the image from `start` on. */
  begin(i: number, start: number): Comparison {
    let fd: number | undefined;
    let position = 0;
    const attempt = (work: (fd: number) => boolean): boolean => {
      try {
        return work((fd ??= openSync(toPath(this.#index.path(i)), OPEN_FLAGS)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
        return this.#exclude(i, 'Could not open', `for input - excluded (${reasonOf(error)})`);
      }
    };
    const changed = (how: string): boolean =>
      this.#exclude(i, 'Error while reading', `file will be ignored (it is ${how} than when it was listed)`);
    return {
      next: (target) =>
        attempt((fd) => {
          for (let done = 0; done < target.length;) {
            const length = Math.min(position === 0 ? FIRST_PIECE : COMPARE_BYTES, target.length - done);
            const theirs = target.subarray(done, done + length);
            const got = readFully(fd, theirs, position);
            this.#effort.treeBytes += got;
            if (got < length) return changed('shorter');
            const ours = this.#imagePiece.subarray(0, length);
            this.readImage(ours, start + position);
            if (Buffer.compare(ours, theirs) !== 0) {
              this.#rememberDifference(i, position, ours, theirs);
              return false;
            }
            position += length;
            done += length;
          }
          return true;
        }),
      isWhole: () => attempt((fd) => fstatSync(fd).size === this.#index.columns.sizes[i] || changed('longer')),
      close: () => {
        if (fd !== undefined) closeSync(fd);
        fd = undefined;
      },
    };
  }

  #rememberDifference(i: number, offset: number, ours: Uint8Array, theirs: Uint8Array): void {
    let at = 0;
    while (ours[at] === theirs[at]) at++;
    const known = this.#witnesses.get(i) ?? [];
    known.unshift({ offset: offset + at, byte: theirs[at] });
    this.#witnesses.set(i, known.slice(0, WITNESSES));
  }

  /** Notes that a file cannot be used. Returns false: it lies nowhere. */
  #exclude(i: number, before: string, after: string): false {
    this.#unreadable.add(i);
    this.#problems.push(`${before} \`${display(this.#index.path(i))}' ${after}`);
    return false;
  }
}
