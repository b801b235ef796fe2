// Sizes and times as the original reads them: more tolerant than `jigdo` in that the number may be missing.
import { JigdoError } from '../../errors.js';
import { display, type ByteString } from '../../format/bytes.js';
import { parseSize, parseTime } from '../units.js';
import { UsageError } from '../usage-error.js';

/** Bytes: digits, none of which mean 0, and one of k, M, G. Too large a number is refused, where the original goes on with another. */
export function readSize(text: ByteString): number {
  const message = `Invalid size specifier \`${display(text)}'`;
  // The original knows no `2MB`.
  if (!/^\d*[kmg]?$/i.test(text)) throw new JigdoError(message);
  return plain(message, () => parseSize(withNumber(text)));
}

/** Seconds: digits, none of which mean 0, and one of h, d, w, m, y, small or capital; or `off`: 0. */
export function readTime(text: ByteString): number {
  const seconds = text === 'off' ? text : withNumber(text).replace(/[HDWMY]$/, (unit) => unit.toLowerCase());
  return plain(`Invalid time specifier \`${display(text)}'`, () => parseTime(seconds));
}

function withNumber(text: ByteString): ByteString {
  return /^\d/.test(text) ? text : `0${text}`;
}

function plain(message: string, read: () => number): number {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw new JigdoError(message, { cause: error });
    throw error;
  }
}
