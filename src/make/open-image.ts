// The image, opened, with the pass over it under way: begun when make-template is, or before.
import type { Algorithm } from '../checksum/algorithm.js';
import { WORKER_MIN } from '../checksum/stream/client.js';
import { JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import type { ImageLayout } from '../image/types.js';
import { identityOf, type Identity } from '../io/identity.js';
import { FileReader } from '../io/reader.js';
import { ImagePass } from './image-pass.js';

/**
 * In an image of so many bytes long files may begin early, and be hashed for themselves if the pass has gone by. It waits for the
 * layout then, some 0.05 s.
 */
const EARLY_MAX_BYTES = 2 ** 30;

/** An image of which the digest is under way. Closed when it is disposed of. */
export class OpenImage implements AsyncDisposable {
  readonly image: FileReader;
  /** What it was before any of it was read. */
  readonly identity: Identity;
  readonly pass: ImagePass;
  /** Rejected with a JigdoError if the image cannot be read. The files of the layout are digested on the way. */
  readonly layout: Promise<ImageLayout | undefined>;

  /**
   * @param image becomes the new object's
   * @param headStart as for ImagePass
   */
  constructor(image: FileReader, algorithm: Algorithm, headStart = false) {
    this.image = image;
    this.identity = identityOf(image.fd);
    this.pass = new ImagePass(image, algorithm, headStart);
    this.layout = this.#begin();
    // Who asks for it hears of it.
    this.layout.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.layout.catch(() => {});
    await this.pass[Symbol.asyncDispose]();
    this.image.close();
  }

  async #begin(): Promise<ImageLayout | undefined> {
    if (this.image.size < EARLY_MAX_BYTES) this.pass.allow(0);
    const { readLayout } = await import('../image/layout.js');
    const layout = readLayout(this.image);
    if (layout) this.pass.watch(layout);
    this.pass.allow(0);
    return layout;
  }
}

let early: { readonly path: ByteString; readonly open: OpenImage } | undefined;

/**
 * Opens an image that make-template will probably be asked for, and has this thread, which has nothing else to do yet, digest it
 * (MD5) until the pass's own thread does. Whatever may be wrong with it is left to `openImage`.
 */
export function openEarly(path: ByteString): void {
  const image = openIfPossible(path);
  if (!image) return;
  if (image.size >= WORKER_MIN && image.size < EARLY_MAX_BYTES)
    early = { path, open: new OpenImage(image, 'md5', true) };
  else image.close();
}

/**
 * Opens an image, or takes the one that was opened early.
 *
 * @throws JigdoError if it cannot be opened
 */
export async function openImage(path: ByteString, algorithm: Algorithm): Promise<OpenImage> {
  const waiting = early;
  early = undefined;
  if (waiting?.path === path && algorithm === 'md5') return waiting.open;
  await waiting?.open[Symbol.asyncDispose]();
  return new OpenImage(new FileReader(path), algorithm);
}

function openIfPossible(path: ByteString): FileReader | undefined {
  try {
    return new FileReader(path);
  } catch (error) {
    if (error instanceof JigdoError) return undefined;
    throw error;
  }
}
