// The unmatched data of a template, decompressed: what stands between the parts of the image.
import { firstIndex } from '../bisect.js';
import { JigdoError } from '../errors.js';
import type { RandomAccess } from '../io/reader.js';
import { SECTION_HEADER_LENGTH } from '../format/template.js';
import { MORE_THAN_ANNOUNCED } from './bunzip.js';
import { SECTION_CODECS } from './section-codecs.js';
import type { DataSection, Template } from './template-file.js';

/** Bytes read from the template at a time. */
const SECTION_READ_BYTES = 65536;

/** The compressed bytes of a section. */
function* compressed(reader: RandomAccess, section: DataSection): Generator<Uint8Array> {
  const start = section.offset + SECTION_HEADER_LENGTH;
  for (let done = 0; done < section.compressedLength;) {
    const chunk = new Uint8Array(Math.min(SECTION_READ_BYTES, section.compressedLength - done));
    if (reader.read(chunk, start + done) !== chunk.length) throw new Error('the file shrinks while it is read');
    yield chunk;
    done += chunk.length;
  }
}

/** Sections of at most so many bytes, packed or not, are unpacked at once: a stream for each of a million takes ten minutes. */
const WHOLE_SECTION_BYTES = 256 << 10;

/**
 * The bytes of one section, in order and in bounded pieces.
 *
 * @throws JigdoError naming template and byte if the stream is damaged or does not unpack to exactly the announced length
 */
async function* unpack(template: Template, section: DataSection): AsyncGenerator<Uint8Array> {
  const { kind, compressedLength, uncompressedLength } = section;
  if (Math.max(compressedLength, uncompressedLength) <= WHOLE_SECTION_BYTES) {
    yield unpackWhole(template, section);
    return;
  }
  let length = 0;
  try {
    const input = compressed(template.reader, section);
    for await (const chunk of SECTION_CODECS[kind].unpack(input, uncompressedLength)) {
      length += chunk.length;
      if (length > uncompressedLength) throw new Error(MORE_THAN_ANNOUNCED);
      yield chunk;
    }
    checkLength(length, uncompressedLength);
  } catch (error) {
    throw damaged(template, section, error);
  }
}

/**
 * All bytes of one section at once.
 *
 * @throws JigdoError as reading it in pieces does
 */
export function unpackWhole(template: Template, section: DataSection): Uint8Array {
  const { kind, uncompressedLength } = section;
  try {
    const bytes = SECTION_CODECS[kind].unpackWhole(compressed(template.reader, section), uncompressedLength);
    checkLength(bytes.length, uncompressedLength);
    return bytes;
  } catch (error) {
    throw damaged(template, section, error);
  }
}

function checkLength(length: number, announced: number): void {
  if (length < announced) throw new Error(`only ${length} of ${announced} announced bytes`);
}

/** The error that a section is damaged, unless it is another one. */
function damaged(template: Template, { kind, offset }: DataSection, error: unknown): JigdoError {
  if (error instanceof JigdoError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new JigdoError(`${template.name}: byte ${offset}: damaged ${kind} section: ${reason}`, { cause: error });
}

/** The section that holds the byte at `dataOffset`. */
export function sectionAt(sections: readonly DataSection[], dataOffset: number): number {
  return Math.max(0, firstIndex(sections.length, (i) => sections[i].dataOffset > dataOffset) - 1);
}

/**
 * Reads unmatched data at any position. Reads that go forward continue where the last one ended, so that going through an
 * image in order decompresses each section once. One read at a time.
 */
export class UnmatchedData {
  readonly #template: Template;
  #section = 0;
  #pieces: AsyncGenerator<Uint8Array> | undefined;
  /** Bytes unpacked, but not yet asked for; the first of them is at `#position`. */
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(template: Template) {
    this.#template = template;
  }

  /**
   * Yields the bytes `dataOffset` to `dataOffset + length` of the unmatched data, in pieces of at most some 256 KiB.
   *
   * @throws JigdoError if the template is damaged, or holds fewer bytes
   */
  async *read(dataOffset: number, length: number): AsyncGenerator<Uint8Array> {
    const end = dataOffset + length;
    if (length > 0) await this.#seek(dataOffset);
    for (let position = dataOffset; position < end;) {
      const chunk = this.#rest.subarray(0, end - position);
      if (chunk.length === 0) {
        await this.#next();
        continue;
      }
      position += chunk.length;
      this.#position = position;
      this.#rest = this.#rest.subarray(chunk.length);
      yield chunk;
    }
    // Unpacking a section to its end is what checks its length and its checksum.
    const section = this.#pieces && this.#template.sections[this.#section];
    if (section && end === section.dataOffset + section.uncompressedLength) await this.#finish();
  }

  /** Gives up the decoder. Reading again is allowed. */
  async close(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    this.#rest = new Uint8Array(0);
    await pieces?.return(undefined);
  }

  async #seek(dataOffset: number): Promise<void> {
    const { sections } = this.#template;
    const wanted = sectionAt(sections, dataOffset);
    if (!this.#pieces || wanted !== this.#section || dataOffset < this.#position) {
      await this.close();
      this.#open(wanted);
    }
    while (this.#position < dataOffset) {
      if (this.#rest.length === 0) await this.#next();
      const skipped = Math.min(this.#rest.length, dataOffset - this.#position);
      this.#rest = this.#rest.subarray(skipped);
      this.#position += skipped;
    }
  }

  #open(index: number): void {
    const section = this.#template.sections.at(index);
    if (!section) throw new JigdoError(`${this.#template.name}: there is no unmatched data`);
    this.#section = index;
    this.#pieces = unpack(this.#template, section);
    this.#position = section.dataOffset;
  }

  /** Gets the next piece, from the next section if need be. */
  async #next(): Promise<void> {
    const next = await this.#pieces?.next();
    if (next && !next.done) {
      this.#rest = next.value;
      return;
    }
    const index = this.#section + 1;
    if (index >= this.#template.sections.length) {
      throw new JigdoError(`${this.#template.name}: unmatched data ends at ${this.#position} bytes`);
    }
    this.#open(index);
  }

  async #finish(): Promise<void> {
    const next = await this.#pieces?.next();
    if (next && !next.done && next.value.length > 0) this.#rest = next.value;
    else await this.close();
  }
}
