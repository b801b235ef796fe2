// Gzip members one after another, and what stands behind the last (RFC 1952), within a limit.
import { crc32, inflateRawSync } from 'node:zlib';
import { FormatError } from '../format/errors.js';

/** Bits of the FLG byte: the optional fields of a member's header (RFC 1952, 2.3.1). */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

/** Each member costs time, even one that holds nothing. */
const MAX_MEMBERS = 10_000;

/** Whether the bytes from `offset` on look like a gzip member: `1f 8b`. */
export function isGzip(bytes: Uint8Array, offset = 0): boolean {
  return bytes[offset] === 0x1f && bytes[offset + 1] === 0x8b;
}

/**
 * The contents of all gzip members, then the bytes behind the last member as they are; bytes that are all zero are padding
 * and left out.
 *
 * node:zlib does not say where a member ends if text follows, so the headers and trailers are read here.
 *
 * @param bytes begin with a member
 * @param limit the most bytes that may come out: memory stays below about three times this, whatever the ratio
 * @throws FormatError if a member is truncated or damaged, more than `limit` bytes come out, or there are more than 10,000
 *   members
 */
export function gunzipAll(bytes: Uint8Array, limit: number): Uint8Array[] {
  const contents: Uint8Array[] = [];
  let offset = 0;
  let length = 0;
  while (isGzip(bytes, offset)) {
    if (contents.length === MAX_MEMBERS)
      throw new FormatError(`byte ${offset}`, `more than ${MAX_MEMBERS} gzip members`);
    const member = gunzipMember(bytes, offset, limit - length);
    if (member === undefined) throw tooLong(offset, limit);
    contents.push(member.content);
    length += member.content.length;
    offset = member.end;
  }
  const rest = bytes.subarray(offset);
  if (rest.some((byte) => byte !== 0)) {
    if (length + rest.length > limit) throw tooLong(offset, limit);
    contents.push(rest);
  }
  return contents;
}

function tooLong(offset: number, limit: number): FormatError {
  return new FormatError(`byte ${offset}`, `more than ${limit} bytes when decompressed`);
}

interface Member {
  readonly content: Uint8Array;
  readonly end: number;
}

/** The member at `start`; undefined if it holds more than `room` bytes. */
function gunzipMember(bytes: Uint8Array, start: number, room: number): Member | undefined {
  const dataStart = skipHeader(bytes, start);
  let content: Uint8Array;
  let end: number;
  try {
    // A limit of 0 is not allowed, and one byte too many tells that there are too many.
    const inflated = inflateRawSync(bytes.subarray(dataStart), { info: true, maxOutputLength: room + 1 });
    const { buffer, engine } = inflated as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    content = buffer;
    end = dataStart + engine.bytesWritten;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    if (code === 'Z_BUF_ERROR') throw truncated(bytes);
    throw new FormatError(`byte ${dataStart}`, `damaged gzip data: ${(error as Error).message}`);
  }
  if (content.length > room) return undefined;
  // CRC32 and ISIZE (the length modulo 2^32), little-endian.
  if (end + 8 > bytes.length) throw truncated(bytes);
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, 8);
  if (trailer.getUint32(0, true) !== crc32(content) || trailer.getUint32(4, true) !== content.length) {
    throw new FormatError(`byte ${end}`, 'damaged gzip data: wrong checksum');
  }
  return { content, end: end + 8 };
}

/** The offset of the compressed data of the member at `start`. */
function skipHeader(bytes: Uint8Array, start: number): number {
  // 0 ID1, 1 ID2, 2 CM (8 = deflate), 3 FLG, 4 MTIME, 8 XFL, 9 OS
  if (start + 10 > bytes.length) throw truncated(bytes);
  if (bytes[start + 2] !== 8) throw new FormatError(`byte ${start + 2}`, 'damaged gzip header: unknown compression');
  const flags = bytes[start + 3];
  if (flags >= 32) throw new FormatError(`byte ${start + 3}`, 'damaged gzip header: reserved flags');
  let at = start + 10;
  if (flags & FEXTRA) {
    if (at + 2 > bytes.length) throw truncated(bytes);
    at += 2 + bytes[at] + 256 * bytes[at + 1];
  }
  for (const field of [FNAME, FCOMMENT]) {
    if (!(flags & field)) continue;
    const zero = bytes.indexOf(0, at);
    if (zero === -1) throw truncated(bytes);
    at = zero + 1;
  }
  if (flags & FHCRC) at += 2;
  if (at > bytes.length) throw truncated(bytes);
  return at;
}

function truncated(bytes: Uint8Array): FormatError {
  return new FormatError(`byte ${bytes.length}`, 'the gzip data ends too soon');
}
