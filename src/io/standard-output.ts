// Standard output and error, where a file on a full disk may be behind them.
import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { pauseThread } from './sleep.js';

/** Whether a descriptor is a file, or a device that is none to look at: Node's own streams lose in silence what such did not take of a piece. */
export function isFileLike(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return !stat.isFIFO() && !stat.isSocket() && !isatty(fd);
  } catch {
    return false;
  }
}

/** Time between two attempts to write to a pipe that is full. */
const WRITE_POLL_MS = 10;

/**
 * Writes all bytes, however long that takes: a pipe may be non-blocking and its reader slow.
 *
 * @throws the system's error
 */
export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      pauseThread(WRITE_POLL_MS);
    }
  }
}

/** Standard output as a stream that writes all that it is given, or fails. */
export function standardOutput(): Writable {
  if (!isFileLike(1)) return process.stdout;
  return new Writable({
    write(bytes: Uint8Array, _encoding, done) {
      try {
        writeFully(1, bytes);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
