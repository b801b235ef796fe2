// Reading a .jigdo file from the disk or stdin, gzip-compressed or not (docs/spec/jigdo-file-format.md 2.7).
import { JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { parseJigdo, type JigdoText } from '../format/jigdo-text.js';
import { isOfJigdo, KIND_BYTES, whatInstead } from '../format/not-jigdo.js';
import { gunzipAll, isGzip } from './gzip.js';
import { inFile } from './in-file.js';
import { readInput } from './read-input.js';

/**
 * The longest .jigdo text that is read, in bytes: more than a million parts. A real one has some ten thousand; a longer one is a
 * mistake (the image in its place, say) or an attack.
 */
export const MAX_JIGDO_LENGTH = 128 * 1024 * 1024;

/** A text of this length may be compressed as well as it will. */
const SMALL = 16 * 1024 * 1024;
/** So many times its compressed length a longer one may have. Checksums cannot be compressed: a real .jigdo reaches some 5. */
const MAX_RATIO = 50;

/**
 * Reads and parses a .jigdo file. If it begins with a gzip member, all members are decompressed, and what follows the last is
 * taken as text.
 *
 * @param path the file; `-` is stdin
 * @param limit the longest text in bytes, compressed and decompressed
 * @throws JigdoError if the file cannot be read, is damaged or too long, or is of a later version of the format
 */
export function readJigdoFile(path: ByteString, limit = MAX_JIGDO_LENGTH): JigdoText {
  const name = display(path);
  return parseJigdoBytes(readInput(path, limit, 'a .jigdo file'), name, limit);
}

/**
 * Parses a .jigdo file from memory, gzip-compressed or not.
 *
 * @param name for messages
 * @param limit the longest text in bytes, decompressed
 * @throws JigdoError if it is damaged or too long, or is of a later version of the format
 */
export function parseJigdoBytes(bytes: Buffer, name: string, limit = MAX_JIGDO_LENGTH): JigdoText {
  return inFile(name, () => {
    const jigdo = parseJigdo(textOf(bytes, limit));
    jigdo.checkVersion();
    return jigdo;
  });
}

/**
 * Refuses what was taken for a .jigdo: it would be one without any parts, of which all are there.
 *
 * @param name for the message
 * @throws JigdoError that says what it is
 */
export function requireJigdo(jigdo: JigdoText, name: string): void {
  if (!jigdo.sections.some(isOfJigdo)) throw new JigdoError(`${name}: ${whatInstead(jigdo.text.slice(0, KIND_BYTES))}`);
}

function textOf(bytes: Buffer, limit: number): ByteString {
  if (!isGzip(bytes)) return bytes.toString('latin1');
  const believable = Math.min(limit, Math.max(SMALL, bytes.length * MAX_RATIO));
  return Buffer.concat(gunzipAll(bytes, believable)).toString('latin1');
}
