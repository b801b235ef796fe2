// Names and digests as text: byte strings, jigdo base64, hex.

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

/** A byte string for people: decoded as UTF-8, with control characters escaped as `\xHH`. */
export function display(bytes: ByteString): string {
  return (
    Buffer.from(bytes, 'latin1')
      .toString('utf8')
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

/** Bytes as jigdo base64: RFC 4648 base64url without padding (template-format.md 6). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * The bytes of a jigdo base64 text (template-format.md 6).
 *
 * @param length the number of bytes that the text must hold: 16 for MD5, 32 for SHA-256
 * @returns undefined if the text is anything but the one encoding of `length` bytes
 */
export function fromBase64(text: string, length: number): Uint8Array | undefined {
  if (text.length !== Math.ceil((length * 4) / 3)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length && toBase64(bytes) === text ? new Uint8Array(bytes) : undefined;
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
