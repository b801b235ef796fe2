// Records of a pax extended header: `LENGTH KEY=VALUE\n`, LENGTH counting all of it (POSIX.1-2017 pax, "pax Extended Header").
import type { ByteString } from '../../format/bytes.js';

/** What the records say about the next file, or (global) about all that follow. */
export interface PaxValues {
  path?: ByteString;
  /** Bytes. */
  size?: number;
  /** GNU sparse format 0.0, 0.1 or 1.0: the data are not the file's bytes. */
  sparse?: boolean;
}

/**
 * Parses the records; stops at the first malformed one.
 *
 * @param data the extended header's data, without padding
 */
export function parsePax(data: Buffer): PaxValues {
  const values: PaxValues = {};
  for (let at = 0; at < data.length;) {
    const blank = data.indexOf(0x20, at);
    const length = blank < 0 || blank - at > 10 ? NaN : Number(data.toString('latin1', at, blank));
    // `5 x=\n` is the shortest record.
    if (!Number.isInteger(length) || length < 5 || at + length > data.length || data[at + length - 1] !== 0x0a) break;
    const equals = data.indexOf(0x3d, blank);
    if (equals < 0 || equals >= at + length) break;
    const key = data.toString('latin1', blank + 1, equals);
    const value = data.toString('latin1', equals + 1, at + length - 1);
    if (key === 'path') values.path = value;
    else if (key === 'size' && /^\d{1,15}$/.test(value)) values.size = Number(value);
    else if (key.startsWith('GNU.sparse.')) values.sparse = true;
    at += length;
  }
  return values;
}
