// The image to be matched: a file, a device, or standard input.
import { openSync, closeSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JigdoError, reasonOf } from '../errors.js';
import { fromText, toPath, type ByteString } from '../format/bytes.js';
import { FileReader } from '../io/reader.js';

/**
 * Opens the image.
 *
 * Standard input is copied to a nameless file first, because the matcher looks at places again: where a file goes on that
 * began a while ago. That file lies in the folder of TMPDIR and takes as much room as the image.
 *
 * @param path a file or block device, or `-`
 * @throws JigdoError if it cannot be opened or is a directory, or if standard input cannot be read or stored
 */
export function openImage(path: ByteString): FileReader {
  return path === '-' ? openStandardInput() : new FileReader(path);
}

function openStandardInput(): FileReader {
  const path = fromText(join(tmpdir(), `jigdo-stdin-${randomBytes(6).toString('hex')}`));
  let fd: number | undefined;
  try {
    fd = openSync(toPath(path), 'wx', 0o600);
    const piece = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const n = readSome(piece);
      if (n === 0) break;
      for (let done = 0; done < n;) done += writeSync(fd, piece, done, n - done);
    }
    return new FileReader(path, 'standard input');
  } catch (error) {
    throw new JigdoError(
      `Could not store standard input in ${tmpdir()} (set TMPDIR to another folder): ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
      unlinkSync(toPath(path));
    }
  }
}

/** Reads standard input, which may be non-blocking (a terminal or a pipe that somebody shares). */
function readSome(piece: Uint8Array): number {
  for (;;) {
    try {
      return readSync(0, piece, 0, piece.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Whether two paths are the same file on the disk. False if either is not there. */
export function isSameFile(a: ByteString, b: ByteString): boolean {
  try {
    const [first, second] = [a, b].map((path) => statSync(toPath(path), { bigint: true }));
    return first.dev === second.dev && first.ino === second.ino;
  } catch {
    return false;
  }
}
