// Folders to write to.
import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { JigdoError, outputProblem, reasonOf, systemError } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { folderOf } from '../format/paths.js';
import { requireWritable } from './output-place.js';

/**
 * Makes a folder and those above it, unless they are there.
 *
 * @param path empty: the present folder
 * @throws JigdoError if the disk refuses, or something else is there
 */
export function makeFolder(path: ByteString): void {
  if (path === '') return;
  try {
    mkdirSync(toPath(path), { recursive: true });
  } catch (error) {
    // Node says of a file, a pipe or a device that it exists.
    const isOther = (error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(toPath(path));
    const cause = isOther ? systemError('ENOTDIR') : error;
    throw outputProblem(`Could not make the folder \`${display(path)}'`, cause);
  }
}

/**
 * Tells what making a folder, if it is not there, and files in it would come to, as far as that can be known without doing anything.
 *
 * @param path empty: the present folder
 * @throws JigdoError if nothing can be made there
 */
export function mustBeWritable(path: ByteString): void {
  const folder = path === '' ? '.' : path;
  try {
    const stat = statSync(toPath(folder), { throwIfNoEntry: false });
    const isDangling = !stat && lstatSync(toPath(folder), { throwIfNoEntry: false }) !== undefined;
    if (!stat && !isDangling) return mustBeWritable(folderOf(folder.replace(/\/+$/, '')));
    requireWritable(folder);
  } catch (error) {
    if (error instanceof JigdoError) throw error;
    throw new JigdoError(`Could not write to \`${display(folder)}': ${reasonOf(error)}`, { cause: error });
  }
}
