// What an image is made of, by position: the template's entries with their offsets, and each needed file once.
import { firstIndex } from '../bisect.js';
import { ByteStringIndex } from '../format/byte-string-index.js';
import type { ByteString } from '../format/bytes.js';
import type { PartEntry } from '../format/template.js';
import { preferredImage } from './preferred-image.js';
import type { Template } from './template-file.js';

/** A run of the image that comes from one place. */
export interface Slice {
  /** The template entry that it belongs to, by index. */
  readonly entry: number;
  /** Where it begins in the image, in bytes. */
  readonly offset: number;
  readonly length: number;
  /** Index of the part that it comes from, or -1 for unmatched data. */
  readonly part: number;
  /** Where it begins in the part, or in the unmatched data. */
  readonly from: number;
}

/** What tells a file's content from another. */
function contentKey({ digest, length }: PartEntry): ByteString {
  return `${Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1')}${length}`;
}

/**
 * The plan of an image: made once, used to rebuild all of it or any range of it. Knows nothing of where parts are found.
 *
 * Memory: 32 bytes an entry beside the template's own.
 */
export class Plan {
  readonly template: Template;
  /** Bytes of the image. */
  readonly length: number;
  /** The different files that are needed, in order of their first occurrence. Empty ones are left out. */
  readonly parts: readonly PartEntry[];
  /** Where entry i begins in the image; one more element says where the image ends. */
  readonly #offsets: Float64Array;
  /** Index into `parts` for a file, or where the entry's bytes begin in the unmatched data, as -1 - offset. */
  readonly #sources: Float64Array;
  /** Entry with the first occurrence of each part, and from each entry to the next occurrence; -1 ends the chain. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  /** Reads nothing but the template's entries. */
  constructor(template: Template) {
    const { entries } = template;
    this.template = template;
    this.#offsets = new Float64Array(entries.length + 1);
    this.#sources = new Float64Array(entries.length);
    this.#next = new Int32Array(entries.length).fill(-1);
    const parts: PartEntry[] = [];
    const first: number[] = [];
    const last: number[] = [];
    const known = new ByteStringIndex();
    let offset = 0;
    let dataOffset = 0;
    for (const [i, entry] of entries.entries()) {
      this.#offsets[i] = offset;
      offset += entry.length;
      if (entry.kind === 'data' || entry.length === 0) {
        this.#sources[i] = -1 - dataOffset;
        dataOffset += entry.length;
        continue;
      }
      const part = known.add(contentKey(entry));
      if (part === parts.length) {
        parts.push(entry);
        first.push(i);
      } else {
        this.#next[last[part]] = i;
      }
      last[part] = i;
      this.#sources[i] = part;
    }
    this.#offsets[entries.length] = offset;
    this.length = offset;
    this.parts = parts;
    this.#first = Int32Array.from(first);
  }

  /** Bytes of the parts' heads that their rsum64 covers; 0 if they have none. */
  get blockLength(): number {
    // Of two, the one that counts; version 1.0 tells none.
    return preferredImage(this.template).blockLength || this.template.images[0].blockLength;
  }

  /** The entries in which a part occurs, in image order. */
  *occurrences(part: number): Generator<number> {
    for (let entry = this.#first[part]; entry >= 0; entry = this.#next[entry]) yield entry;
  }

  /** Where an entry begins in the image, in bytes. */
  offsetOf(entry: number): number {
    return this.#offsets[entry];
  }

  /** The part that an entry needs, or -1 for unmatched data and empty entries. */
  partOf(entry: number): number {
    return Math.max(-1, this.#sources[entry]);
  }

  /**
   * What the bytes `start` to `start + length` of the image are made of, in order, without gaps. Empty entries are left out.
   *
   * @throws RangeError if the range is not within the image
   */
  *slices(start = 0, length = this.length - start): Generator<Slice> {
    const end = start + length;
    if (!(start >= 0 && length >= 0 && end <= this.length)) throw new RangeError('the range is not within the image');
    for (let entry = this.#entryAt(start), offset = start; offset < end; entry++) {
      const begin = this.#offsets[entry];
      const stop = Math.min(this.#offsets[entry + 1], end);
      if (stop <= offset) continue;
      const source = this.#sources[entry];
      const skipped = offset - begin;
      yield {
        entry,
        offset,
        length: stop - offset,
        part: Math.max(-1, source),
        from: source >= 0 ? skipped : -1 - source + skipped,
      };
      offset = stop;
    }
  }

  /** The last entry that begins at or before a position. */
  #entryAt(position: number): number {
    return Math.max(0, firstIndex(this.#sources.length, (i) => this.#offsets[i] > position) - 1);
  }
}
