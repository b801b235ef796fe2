// Small inputs as a whole: .jigdo files, configurations, keyrings. They may come through a pipe.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { OPEN_FLAGS } from './open-file.js';
import { pauseThread } from './sleep.js';

/** Bytes that are read at a time where nobody knows how many there are. */
const INPUT_READ_BYTES = 64 * 1024;

/** So long a pipe may have no writer before its first byte, and a writer may be silent. Milliseconds. */
const WRITER_COMES = 5000;
const WRITER_SPEAKS = 60_000;
/** Time between two looks at a pipe. */
const PIPE_POLL_MS = 10;

/**
 * All bytes of a regular file or a pipe.
 *
 * @param path the file; `-` is stdin
 * @param limit the greatest length, in bytes
 * @param kind what it should be, for messages: `a .jigdo file`
 * @throws JigdoError if it cannot be read, is too long, is a device or a folder, or a pipe through which nothing comes
 */
export function readInput(path: ByteString, limit: number, kind: string): Buffer {
  const name = display(path);
  let fd: number;
  try {
    fd = path === '-' ? 0 : openSync(toPath(path), OPEN_FLAGS);
  } catch (error) {
    throw new JigdoError(`Could not open \`${name}' for input: ${reasonOf(error)}`, { cause: error });
  }
  try {
    const stat = fstatSync(fd);
    // Scripts say /dev/null where there is nothing; other devices have no end.
    const isEndless = stat.isCharacterDevice() && fd !== 0 && readSync(fd, Buffer.alloc(1)) > 0;
    if (fd !== 0 && (stat.isDirectory() || stat.isBlockDevice() || isEndless)) {
      const what = stat.isDirectory() ? 'a folder' : 'a device';
      throw new JigdoError(`Could not open \`${name}' for input: it is ${what}, not ${kind}`);
    }
    const isPipe = fd !== 0 && stat.isFIFO();
    const pieces: Buffer[] = [];
    // A file at once: to put pieces of a hundred megabytes together takes longer than to read them.
    const size = Math.min(stat.size, limit) + 1;
    for (let length = 0; ;) {
      // Filled before the next one is made: a pipe gives little at a time.
      const piece = Buffer.allocUnsafe(pieces.length === 0 ? Math.max(size, INPUT_READ_BYTES) : INPUT_READ_BYTES);
      let filled = 0;
      for (let n = -1; n !== 0 && filled < piece.length; filled += n) {
        n = readSome(fd, piece.subarray(filled), name, length + filled, isPipe);
      }
      pieces.push(piece.subarray(0, filled));
      length += filled;
      if (length > limit) throw new JigdoError(`${name}: byte ${limit}: too long for ${kind}`);
      if (filled < piece.length) return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, length);
    }
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

/**
 * The same of a file that an earlier run wrote. Whatever else has its name now is not waited for, and has no end perhaps.
 *
 * @returns undefined if nothing is there
 */
export function readOwnFile(path: ByteString, limit: number, kind: string): Buffer | undefined {
  if (statSync(toPath(path), { throwIfNoEntry: false })?.isFile() === false) {
    throw new JigdoError(`${display(path)}: it is not a regular file`);
  }
  try {
    return readInput(path, limit, kind);
  } catch (error) {
    if (((error as JigdoError).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Reads at the current position; 0 at the end. A pipe that had no writer yet is not at its end. */
function readSome(fd: number, target: Buffer, name: string, position: number, isPipe: boolean): number {
  for (let waited = 0; ; waited += PIPE_POLL_MS) {
    try {
      const n = readSync(fd, target);
      if (n > 0 || !isPipe || position > 0) return n;
      if (waited >= WRITER_COMES) throw new JigdoError(`${name}: nothing comes through this pipe`);
    } catch (error) {
      // EAGAIN: nothing there yet. There is no synchronous way to wait for it but to ask again.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        if (error instanceof JigdoError) throw error;
        throw new JigdoError(`Error reading from \`${name}' at byte ${position}: ${reasonOf(error)}`, { cause: error });
      }
      if (isPipe && waited >= WRITER_SPEAKS) {
        throw new JigdoError(`${name}: byte ${position}: nothing more comes through this pipe`, { cause: error });
      }
    }
    pauseThread(PIPE_POLL_MS);
  }
}
