// Names and digests as text: byte strings, jigdo base64, hex.
import { withoutSecrets } from './secrets.js';

/**
 * A string in which every UTF-16 unit (0 to 255) stands for one byte, Node's `latin1`.
 *
 * File names and .jigdo texts are kept in this form from the disk to the output, because both may hold bytes that are not
 * UTF-8 and must come out unchanged. Only what a person reads is decoded (`display`).
 */
export type ByteString = string;

/** The UTF-8 bytes of an ordinary string (a command line argument, say) as a byte string. */
export function fromText(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/**
 * A byte string for people: decoded as UTF-8, with control characters escaped as `\xHH`, URLs without passwords. Whatever comes from
 * users, files or servers is shown through this function.
 */
export function display(bytes: ByteString): string {
  return (
    withoutSecrets(Buffer.from(bytes, 'latin1').toString('utf8'))
      // eslint-disable-next-line no-control-regex -- terminal escapes in hostile names are the reason for this function
      .replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
  );
}

/** A byte string as a path for node:fs, which takes names that are not UTF-8 only as Buffers. */
export function toPath(bytes: ByteString): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/** Orders byte strings as memcmp orders their bytes. For `Array.sort`. */
export function compareBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NO_VALUE = 255;
/** Character code -> its six bits. */
const BASE64_VALUES = new Uint8Array(128).fill(NO_VALUE);
for (const [value, c] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].entries()) {
  BASE64_VALUES[c.charCodeAt(0)] = value;
}

/** Bytes as jigdo base64: RFC 4648 base64url without padding (docs/spec/template-format.md 6). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * The bytes of a jigdo base64 text (docs/spec/template-format.md 6).
 *
 * @param length the number of bytes that the text must hold: 16 for MD5, 32 for SHA-256
 * @returns undefined if the text is anything but the one encoding of `length` bytes
 */
export function fromBase64(text: string, length: number): Uint8Array | undefined {
  if (text.length !== Math.ceil((length * 4) / 3)) return undefined;
  const bytes = new Uint8Array(length);
  let held = 0;
  let bits = 0;
  let done = 0;
  for (let i = 0; i < text.length; i++) {
    const value = BASE64_VALUES[text.charCodeAt(i)] ?? NO_VALUE;
    if (value === NO_VALUE) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[done++] = held >>> bits;
    held &= (1 << bits) - 1;
  }
  // Bits that belong to no byte are zero, or there would be several texts for the same bytes.
  return held === 0 ? bytes : undefined;
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
