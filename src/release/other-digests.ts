// Digests of an image that its template does not need, but a list does: computed while the template is made.
import type { Algorithm } from '../checksum/algorithm.js';
import { followDigest, type FollowingDigest } from '../checksum/stream/client.js';
import { JigdoError, reasonOf } from '../errors.js';
import { toHex } from '../format/bytes.js';
import { FileReader } from '../io/reader.js';
import { pathOf, type TreeFile } from '../tree/types.js';

/** Each in a thread of its own. Who reads the image second finds its bytes in the page cache. */
export class OtherDigests implements AsyncDisposable {
  readonly #reader: FileReader;
  readonly #running: readonly { readonly algorithm: Algorithm; readonly digest: FollowingDigest }[];

  /**
   * Begins.
   *
   * @throws JigdoError if the image cannot be opened
   */
  constructor(image: TreeFile, algorithms: readonly Algorithm[]) {
    this.#reader = new FileReader(pathOf(image));
    this.#running = algorithms.map((algorithm) => {
      const digest = followDigest(this.#reader.fd, image.size, algorithm);
      digest.advance(image.size);
      return { algorithm, digest };
    });
  }

  /**
   * The digests, in hex.
   *
   * @throws JigdoError if the image cannot be read
   */
  async values(): Promise<Partial<Record<Algorithm, string>>> {
    const values: Partial<Record<Algorithm, string>> = {};
    try {
      for (const { algorithm, digest } of this.#running) values[algorithm] = toHex(await digest.finish());
    } catch (error) {
      throw new JigdoError(`Error reading from \`${this.#reader.name}': ${reasonOf(error)}`, { cause: error });
    }
    return values;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { digest } of this.#running) await digest.cancel();
    this.#reader[Symbol.dispose]();
  }
}
