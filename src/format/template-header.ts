// The three text lines at the start of a .template (docs/spec/template-format.md 1.1).
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import { FormatError } from './errors.js';

/** What every template begins with (docs/spec/template-format.md 1). */
export const TEMPLATE_MAGIC = 'JigsawDownload template ';
const SECOND_LINE = 'See https://www.einval.com/~steve/software/jigdo/ for details about jigdo.';

/**
 * Longest header that we accept, in bytes. Known writers need at most 130, and jigit-mkimage searches 1024 for the first
 * section; without a limit, the "line" of a file that is no template would be all of it.
 */
export const HEADER_MAX = 4096;

/** What the first line says, and where the sections begin. */
export interface TemplateHeader {
  /** As written: `1.0`, `1.1`, `1.2`, `2.0`; others occur nowhere, but are not refused. */
  readonly version: string;
  /** The program that made the template, by convention `name/version`; may be empty. */
  readonly creator: string;
  /** Bytes of all three lines: the offset of the first section. */
  readonly length: number;
}

/**
 * The header in the words of jigdo-file.
 *
 * @param algorithm the digest family of the entries, which decides the version
 * @param creator `name/version`, printable ASCII without blanks
 * @throws RangeError if the creator would break the line
 */
export function encodeHeader(algorithm: Algorithm, creator: string): Uint8Array {
  if (!/^[\x21-\x7e]{1,255}$/.test(creator)) throw new RangeError('the creator must be printable ASCII without blanks');
  return new TextEncoder().encode(
    `${TEMPLATE_MAGIC}${DIGESTS[algorithm].version} ${creator}\r\n${SECOND_LINE}\r\n\r\n`,
  );
}

/**
 * Reads the header. As the original, it wants the magic words and an empty third line, and ignores the second.
 *
 * @param bytes the start of the file, HEADER_MAX bytes if it has them
 * @throws FormatError if this is not a template
 */
export function decodeHeader(bytes: Uint8Array): TemplateHeader {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_MAX)).toString('latin1');
  const first = text.indexOf('\n');
  const second = first < 0 ? -1 : text.indexOf('\n', first + 1);
  if (!text.startsWith(TEMPLATE_MAGIC) || second < 0 || !text.startsWith('\r\n', second + 1)) {
    throw new FormatError('byte 0', 'this is not a template file');
  }
  const words = text.slice(TEMPLATE_MAGIC.length, first).trim().split(/\s+/);
  return { version: words[0], creator: words.slice(1).join(' '), length: second + 3 };
}
