// An image that does not exist, read at any position.
import type { Plan } from './plan.js';
import type { UnmatchedCache } from './unmatched-cache.js';
import type { OpenPart, VerifiedParts } from './verified-parts.js';

/**
 * Reads an image from its template and its parts. Each reader keeps the part open that it read last, so that going through the
 * image opens each part once; any number of readers share parts and unmatched data. One read at a time.
 */
export class RangeReader {
  readonly #plan: Plan;
  readonly #parts: VerifiedParts;
  readonly #unmatched: UnmatchedCache;
  #open: { readonly part: number; readonly file: OpenPart } | undefined;

  constructor(plan: Plan, parts: VerifiedParts, unmatched: UnmatchedCache) {
    this.#plan = plan;
    this.#parts = parts;
    this.#unmatched = unmatched;
  }

  /**
   * Fills `target` with the bytes of the image from `position` on. All of them are right, or it throws.
   *
   * @throws JigdoError if a part is missing or has changed, or the template is damaged; RangeError beyond the image's end
   */
  async read(target: Uint8Array, position: number): Promise<void> {
    for (const { part, offset, from, length } of this.#plan.slices(position, target.length)) {
      const bytes = target.subarray(offset - position, offset - position + length);
      if (part < 0) await this.#unmatched.read(this.#plan.template, bytes, from);
      else await (await this.#part(part)).read(bytes, from);
    }
  }

  /** Closes the part that is open. Reading again is allowed. */
  close(): void {
    this.#open?.file.close();
    this.#open = undefined;
  }

  async #part(part: number): Promise<OpenPart> {
    if (this.#open?.part === part) return this.#open.file;
    this.close();
    const file = await this.#parts.open(part);
    this.#open = { part, file };
    return file;
  }
}
