// Reading at positions in the background: a server has other clients to serve meanwhile.
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

function readSome(fd: number, name: string, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, target, 0, target.length, position, (error, n) => {
      if (!error) return resolve(n);
      const line = `Error reading from \`${name}' at byte ${position}: ${reasonOf(error)}`;
      reject(new JigdoError(line, { cause: error }));
    });
  });
}
