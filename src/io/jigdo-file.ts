// Reading a .jigdo file from the disk or stdin, gzip-compressed or not (jigdo-file-format.md 2, gzip).
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { parseJigdo, type JigdoText } from '../format/jigdo-text.js';
import { gunzipAll, isGzip } from './gzip.js';
import { inFile } from './in-file.js';

/**
 * The longest .jigdo text that is read, in bytes: more than a million parts. A real one has some ten thousand; a longer one is a
 * mistake (the image in its place, say) or an attack.
 */
export const MAX_JIGDO_LENGTH = 128 * 1024 * 1024;

/** A text of this length may be compressed as well as it will. */
const SMALL = 16 * 1024 * 1024;
/** So many times its compressed length a longer one may have. Checksums cannot be compressed: a real .jigdo reaches some 5. */
const MAX_RATIO = 50;

/** Bytes that are read at a time where nobody knows how many there are. */
const PIECE = 64 * 1024;

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
  return parseJigdoBytes(readAll(path, name, limit), name, limit);
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

function textOf(bytes: Buffer, limit: number): ByteString {
  if (!isGzip(bytes)) return bytes.toString('latin1');
  const believable = Math.min(limit, Math.max(SMALL, bytes.length * MAX_RATIO));
  return Buffer.concat(gunzipAll(bytes, believable)).toString('latin1');
}

/** All bytes of a file, which may be a pipe. */
function readAll(path: ByteString, name: string, limit: number): Buffer {
  let fd: number;
  try {
    fd = path === '-' ? 0 : openSync(toPath(path), 'r');
  } catch (error) {
    throw new JigdoError(`Could not open \`${name}' for input: ${reasonOf(error)}`, { cause: error });
  }
  try {
    const pieces: Buffer[] = [];
    // A file at once: to put pieces of a hundred megabytes together takes longer than to read them.
    const size = Math.min(fstatSync(fd).size, limit) + 1;
    for (let length = 0; ;) {
      // Filled before the next one is made: a pipe gives little at a time.
      const piece = Buffer.allocUnsafe(pieces.length === 0 ? Math.max(size, PIECE) : PIECE);
      let filled = 0;
      for (let n = -1; n !== 0 && filled < piece.length; filled += n) {
        n = readSome(fd, piece.subarray(filled), name, length + filled);
      }
      pieces.push(piece.subarray(0, filled));
      length += filled;
      if (length > limit) throw new JigdoError(`${name}: byte ${limit}: too long for a .jigdo file`);
      if (filled < piece.length) return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, length);
    }
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

/** Reads at the current position; 0 at the end. */
function readSome(fd: number, target: Buffer, name: string, position: number): number {
  for (;;) {
    try {
      return readSync(fd, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        throw new JigdoError(`Error reading from \`${name}' at byte ${position}: ${reasonOf(error)}`, { cause: error });
      }
      // Somebody made stdin non-blocking; there is no synchronous way to wait for it but to ask again.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
