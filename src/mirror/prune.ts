// Removal of what a snapshot does not need any more.
import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';
import { compareBytes, display, toPath, type ByteString } from '../format/bytes.js';
import { baseOf } from '../format/paths.js';

/**
 * Removes all that is no folder and not wanted, and then folders that are empty. Links are removed, not followed.
 *
 * @param wanted whether a name, relative to the folder, is to stay
 * @param dryRun to tell only
 * @returns the names removed, in the order of their bytes within each folder
 * @throws JigdoError if something cannot be read or removed
 */
export function prune(target: ByteString, wanted: (name: ByteString) => boolean, dryRun: boolean): ByteString[] {
  const base = baseOf(target);
  const removed: ByteString[] = [];
  const visit = (folder: ByteString): boolean => {
    let left = 0;
    for (const entry of list(base + folder)) {
      const name = folder + entry.name;
      if (entry.isDirectory()) {
        if (!visit(`${name}/`)) left++;
        else if (!dryRun) attempt(name, () => rmdirSync(toPath(base + name)));
      } else if (wanted(name)) {
        left++;
      } else {
        if (!dryRun) attempt(name, () => unlinkSync(toPath(base + name)));
        removed.push(name);
      }
    }
    return left === 0;
  };
  visit('');
  return removed;
}

function list(folder: ByteString): { name: ByteString; isDirectory(): boolean }[] {
  try {
    const entries = readdirSync(toPath(folder === '' ? '.' : folder), { withFileTypes: true, encoding: 'latin1' });
    return entries.sort((a, b) => compareBytes(a.name, b.name));
  } catch (error) {
    // A dry run may come before the folder is there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new JigdoError(`Error reading from directory \`${display(folder)}' (${reasonOf(error)})`, { cause: error });
  }
}

function attempt(name: ByteString, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    throw new JigdoError(`Could not remove \`${display(name)}': ${reasonOf(error)}`, { cause: error });
  }
}
