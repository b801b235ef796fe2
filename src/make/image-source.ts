// The image to be matched, where it comes from a stream.
import { openSync, closeSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputProblem } from '../errors.js';
import { fromText, toPath } from '../format/bytes.js';
import { removeAtExit, removeTemporary } from '../io/temporary.js';
import { FileReader } from '../io/reader.js';

/**
 * Copies an image that comes from a stream to a temporary file, because the matcher looks at places again: where a file goes on
 * that began a while ago. That file lies in the folder of TMPDIR and takes as much room as the image.
 *
 * @throws JigdoError if the stream cannot be read or stored; the signal's reason
 */
export async function storeStream(input: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<FileReader> {
  const path = fromText(join(tmpdir(), `jigdo-stdin-${randomBytes(6).toString('hex')}`));
  let fd: number | undefined;
  try {
    fd = openSync(toPath(path), 'wx', 0o600);
    removeAtExit(path);
    for await (const piece of input) {
      signal?.throwIfAborted();
      for (let done = 0; done < piece.length;) done += writeSync(fd, piece, done);
    }
    signal?.throwIfAborted();
    return new FileReader(path, 'standard input');
  } catch (error) {
    signal?.throwIfAborted();
    throw outputProblem(`Could not store standard input in ${tmpdir()} (set TMPDIR to another folder)`, error);
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
      removeTemporary(path);
    }
  }
}
