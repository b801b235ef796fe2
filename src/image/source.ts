// How the layout walkers read an image: small structures through a cache of large pieces, and never more than a budget in all.
import type { RandomAccess } from '../io/reader.js';

/** Bytes of one piece: a directory is read in few calls, a lone structure costs little. */
const SOURCE_PIECE_BYTES = 65536;
/** Pieces kept: a walk goes back and forth between directories, continuation areas and file entries. */
const SOURCE_PIECES = 64;
/** What a request costs at least, in bytes: a loop over tiny structures must end too. */
const REQUEST_COST_BYTES = 64;

/**
 * Reads structures of an image.
 *
 * The budget is what bounds every walk, whatever a hostile layout says: once this many bytes were asked for, nothing is
 * readable any more. An honest layout asks for each structure once or twice, so four times the image's size is generous.
 */
export class Source {
  /** Total length of the image in bytes. */
  readonly size: number;
  /** True once the budget is spent: the walk is incomplete. */
  exhausted = false;
  readonly #image: RandomAccess;
  readonly #pieces = new Map<number, Buffer>();
  #budget: number;

  constructor(image: RandomAccess) {
    this.#image = image;
    this.size = image.size;
    this.#budget = 2 ** 24 + Math.min(4 * image.size, 2 ** 32);
  }

  /**
   * The bytes from `offset` to `offset + length` of the image.
   *
   * @returns undefined if not all of them are within the image, or the budget is spent. Not to be written to.
   * @throws what the image's `read` throws: real I/O errors only
   */
  bytes(offset: number, length: number): Buffer | undefined {
    if (!this.within(offset, length) || !this.spend(length)) return undefined;
    const first = Math.floor(offset / SOURCE_PIECE_BYTES);
    const at = offset - first * SOURCE_PIECE_BYTES;
    if (at + length <= SOURCE_PIECE_BYTES) return this.#piece(first)?.subarray(at, at + length);
    const bytes = Buffer.allocUnsafe(length);
    if (length > SOURCE_PIECE_BYTES) return this.#image.read(bytes, offset) === length ? bytes : undefined;
    const head = this.#piece(first);
    const tail = this.#piece(first + 1);
    if (head === undefined || tail === undefined) return undefined;
    head.copy(bytes, 0, at);
    tail.copy(bytes, SOURCE_PIECE_BYTES - at);
    return bytes;
  }

  /** Whether `length` bytes at `offset` are all within the image. False for anything that is not a number. */
  within(offset: number, length: number): boolean {
    return offset >= 0 && length >= 0 && offset + length <= this.size;
  }

  /** Takes the cost of handling `length` bytes from the budget. Returns false if it is spent. */
  spend(length: number): boolean {
    this.#budget -= Math.max(length, REQUEST_COST_BYTES);
    if (this.#budget < 0) this.exhausted = true;
    return !this.exhausted;
  }

  #piece(index: number): Buffer | undefined {
    let piece = this.#pieces.get(index);
    if (piece !== undefined) {
      // Re-inserted as the youngest: a Map iterates in order of insertion.
      this.#pieces.delete(index);
    } else {
      const length = Math.min(SOURCE_PIECE_BYTES, this.size - index * SOURCE_PIECE_BYTES);
      piece = Buffer.allocUnsafeSlow(length);
      if (this.#image.read(piece, index * SOURCE_PIECE_BYTES) !== length) return undefined;
      if (this.#pieces.size >= SOURCE_PIECES) this.#pieces.delete(this.#pieces.keys().next().value as number);
    }
    this.#pieces.set(index, piece);
    return piece;
  }
}
