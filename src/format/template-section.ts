// The 16 bytes in front of each run of compressed unmatched data (docs/spec/template-format.md 2).
import { FormatError } from './errors.js';
import { readU48, writeU48 } from './u48.js';

/** How a section is compressed, by the four bytes at its start: `DATA` is one zlib stream (RFC 1950), `BZIP` one bzip2 stream. */
export const SECTION_KINDS = ['DATA', 'BZIP'] as const;
export type SectionKind = (typeof SECTION_KINDS)[number];

/**
 * Most sections of a template, empty ones not counted, for readers and writers: at the 100 kB of `bzip2 -1`, this many hold 100 GB of
 * unmatched data. The limit bounds the memory that a hostile file can claim.
 */
export const SECTIONS_MAX = 2 ** 20;

/** Bytes of a section's header. */
export const SECTION_HEADER_LENGTH = 16;

/** A section's header. */
export interface SectionHeader {
  readonly kind: SectionKind;
  /** Bytes of the compressed stream, which follows the header; the file stores this plus 16. */
  readonly compressedLength: number;
  /** Bytes that the stream unpacks to; 0 is possible. */
  readonly uncompressedLength: number;
}

/**
 * The header of a section.
 *
 * @param compressedLength bytes of the stream that follows, without this header
 * @param uncompressedLength bytes that the stream unpacks to
 */
export function encodeSectionHeader(
  kind: SectionKind,
  compressedLength: number,
  uncompressedLength: number,
): Uint8Array {
  const bytes = new Uint8Array(SECTION_HEADER_LENGTH);
  for (let i = 0; i < 4; i++) bytes[i] = kind.charCodeAt(i);
  writeU48(bytes, 4, SECTION_HEADER_LENGTH + compressedLength);
  writeU48(bytes, 10, uncompressedLength);
  return bytes;
}

/**
 * Reads a section's header.
 *
 * @param bytes at least the 16 bytes of the header
 * @param offset where in the file `bytes` begin, for error messages
 * @returns undefined if no section begins here: DESC, or junk between the last section and DESC
 * @throws FormatError if the length field is smaller than the header itself
 */
export function decodeSectionHeader(bytes: Uint8Array, offset: number): SectionHeader | undefined {
  if (bytes.length < SECTION_HEADER_LENGTH) return undefined;
  const id = String.fromCharCode(bytes[0], bytes[1], bytes[2], bytes[3]);
  const kind = SECTION_KINDS.find((each) => each === id);
  if (!kind) return undefined;
  const length = readU48(bytes, 4);
  if (length < SECTION_HEADER_LENGTH) {
    throw new FormatError(`byte ${offset + 4}`, `impossible length ${length} of a ${kind} section`);
  }
  return { kind, compressedLength: length - SECTION_HEADER_LENGTH, uncompressedLength: readU48(bytes, 10) };
}
