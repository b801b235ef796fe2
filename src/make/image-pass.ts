// The one pass over all of the image, in a thread of its own from the first moment on: the digest, which takes longest and which
// nothing can share, and the sieve, which costs little while the bytes are at hand.
import type { Algorithm } from '../checksum/algorithm.js';
import { followDigest, WORKER_MIN, WorkerDigest, type FollowingDigest } from '../checksum/stream/client.js';
import type { RangeDigest } from '../checksum/stream/ranges.js';
import { JigdoError, reasonOf } from '../errors.js';
import type { ImageLayout } from '../image/types.js';
import type { FileReader } from '../io/reader.js';
import type { FilterTables } from './head-filter.js';
import { IMAGE_PROGRAM } from './image-program.js';
import { fileStretches } from './file-stretches.js';
import {
  isSievable,
  SIEVED_PIECE,
  type SievedImage,
  type SievedPiece,
  type SieveAnswer,
  type SieveTask,
} from './sieve.js';

/** So far the digest runs ahead of the search, which still finds the bytes in the page cache then. */
const DIGEST_AHEAD_BYTES = 256 << 20;

/** The pass over an image that is being searched meanwhile. */
export class ImagePass implements SievedImage, AsyncDisposable {
  readonly pieceLength = SIEVED_PIECE;
  readonly #image: FileReader;
  readonly #digest: FollowingDigest;
  /** The thread, if the image is worth one. */
  readonly #thread: WorkerDigest | undefined;
  #ended: Promise<Uint8Array> | undefined;
  /** Resolved when the sieve begins. */
  #begun: ((sievedFrom: number) => void) | undefined;
  /** Pieces that nobody has taken yet, by number. */
  readonly #pieces = new Map<number, SievedPiece>();
  #received = 0;
  #asked = 0;
  /** Who waits for a piece. */
  #waiting: (() => void)[] = [];

  /**
   * Comes to life, and waits for `allow`.
   *
   * @param headStart whether this thread digests, blocked, until the pass's own does: MD5 only
   */
  constructor(image: FileReader, algorithm: Algorithm, headStart = false) {
    this.#image = image;
    const { fd, size } = image;
    if (size >= WORKER_MIN) {
      const other = (message: unknown): void => this.#take(message as SieveAnswer);
      this.#thread = new WorkerDigest(fd, size, algorithm, [], { program: IMAGE_PROGRAM, other, headStart });
      void this.#thread.ended.then(() => this.#wake());
    }
    this.#digest = this.#thread ?? followDigest(fd, size, algorithm);
  }

  /** Whether it takes a core. */
  get hasThread(): boolean {
    return this.#thread !== undefined;
  }

  /**
   * How many bytes are digested.
   *
   * @throws JigdoError if the image cannot be read
   */
  get done(): number {
    const { done, failure } = this.#digest;
    if (failure) throw this.#readError(failure);
    return done;
  }

  /** Lets it begin or go on, since the search has come to byte `searched`. */
  allow(searched: number): void {
    if (searched + DIGEST_AHEAD_BYTES >= this.#image.size) void this.#end();
    else this.#digest.advance(searched + DIGEST_AHEAD_BYTES);
  }

  /** Has the files of a layout digested on the way, if that costs nothing. To be called once. */
  watch(layout: ImageLayout): void {
    this.#digest.watch(fileStretches(layout));
  }

  /** The digest of the bytes `offset` to `offset + length` of the image, if it comes from the pass. */
  digestOf(offset: number, length: number): RangeDigest {
    return this.#digest.digestOf(offset, length);
  }

  /**
   * Has the rest of the image sieved, if that pays. To be called once.
   *
   * @returns the first point that is looked at, in bytes: a multiple of 64, or the image's size if it is not sieved
   * @throws JigdoError if the image cannot be read
   */
  async sieve(tables: FilterTables): Promise<number> {
    if (!this.#thread || !isSievable(tables)) return this.#image.size;
    const begun = new Promise<number>((resolve) => (this.#begun = resolve));
    this.#thread.tell({ sieve: tables } satisfies SieveTask);
    // It may have come to the end meanwhile.
    return Promise.race([begun, this.#thread.ended.then(() => this.#image.size)]);
  }

  /**
   * The next piece, from where the last one ended.
   *
   * @throws JigdoError if the image cannot be read
   */
  async nextPiece(): Promise<SievedPiece> {
    const number = this.#asked++;
    for (;;) {
      const piece = this.#pieces.get(number);
      this.#pieces.delete(number);
      if (piece) return piece;
      if (this.#digest.failure) throw this.#readError(this.#digest.failure);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /**
   * The digest.
   *
   * @throws JigdoError if the image cannot be read
   */
  async value(): Promise<Uint8Array> {
    try {
      return await this.#end();
    } catch (error) {
      throw this.#readError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#digest.cancel();
  }

  #take(answer: SieveAnswer): void {
    if ('sievedFrom' in answer) this.#begun?.(answer.sievedFrom);
    else this.#pieces.set(this.#received++, answer.piece);
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #readError(error: unknown): JigdoError {
    return new JigdoError(`Error reading from \`${this.#image.name}': ${reasonOf(error)}`, { cause: error });
  }

  #end(): Promise<Uint8Array> {
    if (!this.#ended) {
      this.#ended = this.#digest.finish();
      // Who asks for the value hears of it.
      this.#ended.catch(() => {});
    }
    return this.#ended;
  }
}
