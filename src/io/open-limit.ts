// How many more files may be open.
import { readdirSync, readFileSync } from 'node:fs';

/** Files that the process may still open; Infinity where nobody can tell. */
export function openFilesLeft(): number {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? Infinity : Number(limit) - readdirSync('/proc/self/fd').length;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EMFILE' ? 0 : Infinity;
  }
}
