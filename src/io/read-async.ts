// Reading at positions in the background, while this thread has clients to serve or digests to compute.
import { read } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';

/**
 * Fills `target` from byte `position` of an open file on.
 *
 * @param name of the file, for messages
 * @throws JigdoError that names file and byte if it cannot be read, or ends before
 */
export async function readExactly(fd: number, name: string, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length;) {
    const n = await readSome(fd, name, done === 0 ? target : target.subarray(done), position + done);
    if (n === 0) throw new JigdoError(`Error reading from \`${name}' at byte ${position + done} (file is too short)`);
    done += n;
  }
}

/** Bytes of a piece of `readAhead`, and how many pieces are read at a time. */
const READ_AHEAD_BYTES = 1024 * 1024;
const READS_AHEAD = 4;

/**
 * The first `length` bytes of an open file, piece by piece: while one is used, the next ones are read. A piece is good until the next
 * one is asked for. The file may be closed when the generator has ended.
 *
 * @param name of the file, for messages
 * @throws JigdoError as `readExactly` does
 */
export async function* readAhead(fd: number, name: string, length: number): AsyncGenerator<Uint8Array, void> {
  const buffers = Array.from({ length: READS_AHEAD }, () => new Uint8Array(Math.min(READ_AHEAD_BYTES, length)));
  const reads: Promise<Uint8Array>[] = [];
  try {
    for (let asked = 0; ;) {
      while (reads.length < READS_AHEAD && asked < length) {
        const piece = buffers[(asked / READ_AHEAD_BYTES) % READS_AHEAD].subarray(0, length - asked);
        const read = readExactly(fd, name, piece, asked).then(() => piece);
        // One that fails is heard of when it is its turn.
        read.catch(() => {});
        reads.push(read);
        asked += piece.length;
      }
      const first = reads.shift();
      if (!first) return;
      yield await first;
    }
  } finally {
    await Promise.allSettled(reads);
  }
}

function readSome(fd: number, name: string, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, target, 0, target.length, position, (error, n) => {
      if (!error) return resolve(n);
      const line = `Error reading from \`${name}' at byte ${position}: ${reasonOf(error)}`;
      reject(new JigdoError(line, { cause: error }));
    });
  });
}
