// What [Parts] says of each checksum, ready to be asked (docs/spec/jigdo-file-format.md 2.5).
import type { ByteString } from './bytes.js';
import { ByteStringIndex } from './byte-string-index.js';
import { ByteStrings } from './byte-strings.js';
import { Column } from './column.js';

const NONE = 0xffffffff;

/** Checksum -> targets, in file order. Some 120 bytes a part, of which none are those of the .jigdo's text. */
export class PartTargets {
  readonly #digests = new ByteStringIndex();
  /** The first and the last target of each checksum, and the next one of the same checksum behind each target. */
  readonly #first = new Column();
  readonly #last = new Column();
  readonly #next = new Column();
  readonly #targets = new ByteStrings();

  constructor(parts: Iterable<{ readonly digest: string; readonly target: ByteString }>) {
    for (const { digest, target } of parts) {
      const index = this.#targets.add(target);
      this.#next.push(NONE);
      const known = this.#digests.add(digest);
      if (known === this.#first.length) {
        this.#first.push(index);
        this.#last.push(index);
      } else {
        this.#next.set(this.#last.get(known), index);
        this.#last.set(known, index);
      }
    }
  }

  /** The checksums, each once, in the order of their first occurrence. */
  *digests(): Generator<string> {
    for (let i = 0; i < this.#digests.length; i++) yield this.#digests.get(i);
  }

  has(digest: string): boolean {
    return this.#digests.find(digest) !== undefined;
  }

  /** What [Parts] says of a checksum (jigdo base64), as it stands there: `Label:path`, in order of preference. */
  *of(digest: string): Generator<ByteString> {
    const known = this.#digests.find(digest);
    if (known === undefined) return;
    for (let i = this.#first.get(known); i !== NONE; i = this.#next.get(i)) yield this.#targets.get(i);
  }
}
