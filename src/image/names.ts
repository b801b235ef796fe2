// Names as image layouts write them, to byte strings that are safe as parts of a path.
import { fromText, type ByteString } from '../format/bytes.js';

/**
 * UCS-2 or UTF-16, most significant byte first, as UTF-8 (Joliet 3; UDF 2.1.1). An odd last byte is dropped; half a
 * surrogate pair becomes U+FFFD.
 */
export function fromUcs2(bytes: Buffer): ByteString {
  const swapped = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  return fromText(swapped.swap16().toString('utf16le'));
}

/**
 * OSTA compressed Unicode as UTF-8 (UDF 2.1.1): the first byte says 8 or 16 bits a character (254 and 255 mark deleted
 * names in a directory).
 *
 * @returns undefined if the first byte is none of these
 */
export function fromCs0(bytes: Buffer): ByteString | undefined {
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case 8:
    case 254:
      return fromText(rest.toString('latin1'));
    case 16:
    case 255:
      return fromUcs2(rest);
    default:
      return undefined;
  }
}

/** One name of a directory as one segment of a path: what would change the path's meaning becomes `_`. */
export function segment(name: ByteString): ByteString {
  if (name === '' || name === '.' || name === '..') return '_'.repeat(Math.max(1, name.length));
  return name.replace(/[/\0]/g, '_');
}

/** A whole path as an archive writes it, relative to the root: without leading `/`, `.` and `..`. */
export function withoutDots(path: ByteString): ByteString {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.map(segment).join('/') || '_';
}
