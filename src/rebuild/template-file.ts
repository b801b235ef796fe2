// A .template (or .tmp) on the disk: its header, its entries, and where its sections of unmatched data lie.
import { JigdoError } from '../errors.js';
import { FormatError } from '../format/errors.js';
import {
  DESC_TAIL_LENGTH,
  HEADER_MAX,
  SECTIONS_MAX,
  SECTION_HEADER_LENGTH,
  decodeDesc,
  decodeHeader,
  decodeSectionHeader,
  descLength,
  type Desc,
  type ImageEntry,
  type SectionHeader,
  type StretchEntry,
  type TemplateHeader,
} from '../format/template.js';
import { KIND_BYTES, whatInsteadOfTemplate } from '../format/not-jigdo.js';
import { inFile } from '../io/in-file.js';
import type { RandomAccess } from '../io/reader.js';

/** A section of compressed unmatched data. */
export interface DataSection extends SectionHeader {
  /** Where its header begins in the template, in bytes. */
  readonly offset: number;
  /** Where its bytes begin in the unmatched data, the concatenation of all `data` entries. */
  readonly dataOffset: number;
}

/**
 * Reads the DESC section at the end of a .template or .tmp (docs/spec/template-format.md 4.1).
 *
 * @returns its content, and its `offset` in the file
 * @throws FormatError if there is none, or it is damaged
 */
export function readDesc(reader: RandomAccess): Desc & { offset: number } {
  const tail = new Uint8Array(DESC_TAIL_LENGTH);
  if (reader.size >= tail.length) reader.read(tail, reader.size - tail.length);
  const length = descLength(tail, reader.size);
  const bytes = new Uint8Array(length);
  const offset = reader.size - length;
  if (reader.read(bytes, offset) !== length)
    throw new FormatError(`byte ${offset}`, 'the file shrinks while it is read');
  return { ...decodeDesc(bytes, offset), offset };
}

/** The same; of what is something else altogether, the error says what. */
function descOf(reader: RandomAccess): ReturnType<typeof readDesc> {
  try {
    return readDesc(reader);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const head = Buffer.alloc(Math.min(KIND_BYTES, reader.size));
    reader.read(head, 0);
    const text = head.toString('latin1');
    const what = whatInsteadOfTemplate(text);
    if (what !== undefined) throw new JigdoError(`${reader.name}: ${what}`, { cause: error });
    if (text.startsWith('JigsawDownload')) throw error;
    throw new FormatError(error.place, `${error.message} - this is no template, or a damaged .tmp`);
  }
}

/** An opened template. It does not own the reader: whoever opened that closes it. */
export class Template {
  readonly reader: RandomAccess;
  /** The file's name, for messages. */
  readonly name: string;
  /** The text lines; undefined if they are damaged, or if this is a .tmp, which has none. */
  readonly header: TemplateHeader | undefined;
  /** The stretches of the image, in image order. */
  readonly entries: readonly StretchEntry[];
  /** What the image is, once or once for each digest family. */
  readonly images: readonly [ImageEntry, ...ImageEntry[]];
  /** Where the DESC section begins in the file, in bytes. */
  readonly descOffset: number;
  #sections: readonly DataSection[] | undefined;

  /** @throws JigdoError if the DESC section is missing or damaged */
  constructor(reader: RandomAccess) {
    this.reader = reader;
    this.name = reader.name;
    const desc = inFile(this.name, () => descOf(reader));
    this.entries = desc.entries;
    this.images = desc.images as [ImageEntry, ...ImageEntry[]];
    this.descOffset = desc.offset;
    const bytes = new Uint8Array(Math.min(HEADER_MAX, desc.offset));
    reader.read(bytes, 0);
    try {
      this.header = decodeHeader(bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }

  /**
   * The sections that the `data` entries need, in order, without empty ones. Read on first use, by hopping from header to
   * header. What follows the last needed section is not looked at (docs/spec/template-format.md 2).
   *
   * @throws JigdoError if the header is missing, a section is damaged, or they hold less than the `data` entries need
   */
  get sections(): readonly DataSection[] {
    return (this.#sections ??= inFile(this.name, () => this.#index()));
  }

  #index(): DataSection[] {
    if (!this.header) throw new JigdoError(`\`${this.name}' is not a template file`);
    let needed = 0;
    for (const entry of this.entries) if (entry.kind === 'data') needed += entry.length;
    const sections: DataSection[] = [];
    const bytes = new Uint8Array(SECTION_HEADER_LENGTH);
    let offset = this.header.length;
    let dataOffset = 0;
    while (dataOffset < needed) {
      const header =
        offset + bytes.length <= this.descOffset && this.reader.read(bytes, offset) === bytes.length
          ? decodeSectionHeader(bytes, offset)
          : undefined;
      if (!header) {
        throw new FormatError(`byte ${offset}`, `unmatched data ends after ${dataOffset} of ${needed} bytes`);
      }
      const end = offset + bytes.length + header.compressedLength;
      if (end > this.descOffset) throw new FormatError(`byte ${offset + 4}`, 'the section runs into the DESC section');
      if (header.uncompressedLength > 0) {
        if (sections.length === SECTIONS_MAX) throw new FormatError(`byte ${offset}`, 'too many sections');
        sections.push({ ...header, offset, dataOffset });
        dataOffset += header.uncompressedLength;
      }
      offset = end;
    }
    return sections;
  }
}

/**
 * Opens a template (or a .tmp, to list it) of any version.
 *
 * A damaged header is not an error yet: `template.header` is then undefined, and using `sections` is.
 *
 * @throws JigdoError naming the file and the byte if the DESC section is missing or damaged
 */
export function openTemplate(reader: RandomAccess): Template {
  return new Template(reader);
}
