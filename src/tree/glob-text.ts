// Names as patterns see them: characters, not bytes, so that `?` stands for one letter of any script.
import { fromText, type ByteString } from '../format/bytes.js';

/**
 * A name as text: decoded as UTF-8 or, if it is not UTF-8, with each byte HH from 0x80 on as the lone surrogate U+DCHH (Python's
 * surrogateescape), so that `fromGlobText` gives the same bytes again.
 */
export function toGlobText(name: ByteString): string {
  if (!/[\x80-\xff]/.test(name)) return name;
  const text = Buffer.from(name, 'latin1').toString('utf8');
  if (!text.includes('\ufffd') || fromText(text) === name) return text;
  return name.replace(/[\x80-\xff]/g, (c) => String.fromCharCode(0xdc00 + c.charCodeAt(0)));
}

/** The bytes of a text made by `toGlobText`, or of several of them joined. */
export function fromGlobText(text: string): ByteString {
  return text
    .split(/([\udc80-\udcff])/u)
    .map((part) =>
      /^[\udc80-\udcff]$/u.test(part) ? String.fromCharCode(part.charCodeAt(0) - 0xdc00) : fromText(part),
    )
    .join('');
}
