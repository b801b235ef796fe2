// An image of which only a template is there: its unmatched bytes, and zeros where the parts would be.
import type { RandomAccess } from '../io/reader.js';
import type { Plan } from './plan.js';
import { SECTION_CODECS } from './section-codecs.js';
import type { Template } from './template-file.js';
import { sectionAt, unpackWhole } from './unmatched.js';

/** Unpacked sections that are kept, in bytes; a section that is longer cannot be read. */
const KEPT_SECTIONS_BYTES = 128 << 20;

/** Bytes that are unpacked in all before nothing is readable any more: a directory that jumps about must end too. */
const UNPACKED_MAX_BYTES = 2 ** 31;

/**
 * Reads an image out of its template. What describes an image (directories, headers) is hardly ever in a part, so that a
 * layout can be read without the image.
 *
 * Where a section is too long or the budget is spent, reads come back short, as at the end of an image.
 */
export class HollowImage implements RandomAccess {
  readonly name: string;
  readonly size: number;
  readonly #plan: Plan;
  readonly #template: Template;
  /** By index of the section, the youngest last. */
  readonly #unpacked = new Map<number, Uint8Array>();
  #kept = 0;
  #budget = UNPACKED_MAX_BYTES;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#template = plan.template;
    this.name = plan.template.name;
    this.size = plan.length;
  }

  /** @throws JigdoError if the template is damaged */
  read(target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.length, this.size - position));
    let done = 0;
    for (const slice of length > 0 ? this.#plan.slices(position, length) : []) {
      const piece = target.subarray(done, done + slice.length);
      if (slice.part >= 0) piece.fill(0);
      else if (!this.#readData(piece, slice.from)) return done;
      done += slice.length;
    }
    return done;
  }

  #readData(target: Uint8Array, dataOffset: number): boolean {
    const { sections } = this.#template;
    for (let done = 0, i = sectionAt(sections, dataOffset); done < target.length; i++) {
      const bytes = this.#section(i);
      if (!bytes) return false;
      const from = dataOffset + done - sections[i].dataOffset;
      const piece = bytes.subarray(from, from + target.length - done);
      target.set(piece, done);
      done += piece.length;
    }
    return true;
  }

  #section(index: number): Uint8Array | undefined {
    const section = this.#template.sections[index];
    let bytes = this.#unpacked.get(index);
    if (bytes) {
      // Re-inserted as the youngest: a Map iterates in order of insertion.
      this.#unpacked.delete(index);
    } else {
      this.#budget -= section.uncompressedLength * SECTION_CODECS[section.kind].cost;
      if (Math.max(section.compressedLength, section.uncompressedLength) > KEPT_SECTIONS_BYTES || this.#budget < 0)
        return undefined;
      this.#makeRoom(section.uncompressedLength);
      bytes = unpackWhole(this.#template, section);
      this.#kept += bytes.length;
    }
    this.#unpacked.set(index, bytes);
    return bytes;
  }

  #makeRoom(length: number): void {
    for (const [index, bytes] of this.#unpacked) {
      if (this.#kept + length <= KEPT_SECTIONS_BYTES) return;
      this.#unpacked.delete(index);
      this.#kept -= bytes.length;
    }
  }
}
