// Reading from a descriptor until a buffer is full.
import { readSync } from 'node:fs';

/**
 * Fills `target` from byte `position` of a file on; the descriptor's own position is neither used nor changed.
 *
 * @returns how many bytes were read: fewer than asked for at the end of the file only
 * @throws what node:fs throws
 */
export function readFully(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const n = readSync(fd, target, done, target.length - done, position + done);
    if (n === 0) break;
    done += n;
  }
  return done;
}
