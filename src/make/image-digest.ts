// The digest of the image, in a thread of its own from the first moment on: it takes longest, and nothing can share the work.
import { followDigest, type FollowingDigest } from '../checksum/following-digest.js';
import type { Algorithm } from '../checksum/digest.js';
import { JigdoError, reasonOf } from '../errors.js';
import type { FileReader } from '../io/reader.js';

/** So far the digest runs ahead of the search, which still finds the bytes in the page cache then. */
const AHEAD = 256 << 20;

/** The digest of an image that is being searched meanwhile. */
export class ImageDigest implements AsyncDisposable {
  readonly #image: FileReader;
  readonly #digest: FollowingDigest;
  #ended: Promise<Uint8Array> | undefined;

  /** Begins. */
  constructor(image: FileReader, algorithm: Algorithm) {
    this.#image = image;
    this.#digest = followDigest(image.fd, image.size, algorithm);
    this.allow(0);
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

  /** Lets it go on, since the search has come to byte `searched`. */
  allow(searched: number): void {
    if (searched + AHEAD >= this.#image.size) void this.#end();
    else this.#digest.advance(searched + AHEAD);
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
