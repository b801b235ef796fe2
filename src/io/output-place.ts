// Where an output goes: what may be replaced, decided before the work, and again when it is done.
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { JigdoError, outputProblem, reasonOf, systemError } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { folderOf, leafOf } from '../format/paths.js';
import { isSameFile } from './identity.js';

/** Symbolic links that may lead from one to the next: Linux' own limit. */
export const MOST_LINKS = 40;

/** What may be replaced. */
export interface Replacing {
  /** Whether a regular file may be. Nothing else ever is: a device is no place for a file. */
  readonly force: boolean;
  /** Whether a symbolic link is replaced itself, where the file behind it may be nobody's business. Its file is by default. */
  readonly links?: boolean;
}

/**
 * The path of the file that an output will be: behind a symbolic link, even one that leads nowhere yet, the file that it means.
 *
 * @throws JigdoError if something is there that may not be replaced
 */
export function outputTarget(path: ByteString, { force, links = false }: Replacing): ByteString {
  let target = path;
  try {
    const behind = statSync(toPath(path), { throwIfNoEntry: false });
    if (behind) refuseOther(path, behind);
    for (let hops = 0; ; hops++) {
      const found = lstatSync(toPath(target), { throwIfNoEntry: false });
      if (!found) {
        // Nobody makes the folder that a link leads to.
        if (hops > 0) checkOutput(target);
        return target;
      }
      if (!force) throw existsAlready(path);
      if (!found.isSymbolicLink()) {
        refuseOther(path, found);
        return target;
      }
      if (links) return target;
      if (hops === MOST_LINKS) throw systemError('ELOOP');
      const next = readlinkSync(toPath(target), { encoding: 'latin1' });
      target = next.startsWith('/') ? next : folderOf(target) + next;
    }
  } catch (error) {
    throw error instanceof JigdoError ? error : outputProblem(`Could not open \`${display(path)}' for output`, error);
  }
}

/**
 * Looks at the folder of a file that is to be written.
 *
 * @throws JigdoError if it is not there, or nothing can be written to it
 */
export function checkOutput(path: ByteString): void {
  if (path === '-') return;
  const folder = folderOf(path) || '.';
  try {
    requireWritable(folder);
  } catch (error) {
    throw new JigdoError(`Could not open \`${display(path)}' for output: ${reasonOf(error)}`, { cause: error });
  }
}

/** @throws the system's error if a folder is not there, is none, or nothing can be written to it */
export function requireWritable(folder: ByteString): void {
  if (!statSync(toPath(folder)).isDirectory()) throw systemError('ENOTDIR');
  accessSync(toPath(folder), constants.W_OK | constants.X_OK);
}

/**
 * Gives a complete file its final name.
 *
 * @param to what `outputTarget` said
 * @throws JigdoError, or the system's error, if something is there that may not be replaced: somebody may have put it there meanwhile
 */
export function putInPlace(from: ByteString, to: ByteString, { force, links = false }: Replacing): void {
  const found = lstatSync(toPath(to), { throwIfNoEntry: false });
  if (found && !force) throw existsAlready(to);
  if (!force) return linkOrRename(from, to);
  if (found && !(links && found.isSymbolicLink())) refuseOther(to, found);
  renameSync(toPath(from), toPath(to));
  // A killed run may have left two names of one file, and rename does nothing then.
  if (found) removeIfThere(from);
}

/**
 * Refuses an output that is something which the work reads: `force` is not meant for that.
 *
 * @param what what the input is, in words
 * @throws JigdoError if both are one file
 */
export function refuseInput(output: ByteString, input: ByteString, what: string): void {
  if (input !== '-' && isSameFile(output, input)) {
    throw new JigdoError(`\`${display(output)}' is ${what}: give the output another name`);
  }
}

/** Whether two outputs would be one file. */
export function isSamePlace(a: ByteString, b: ByteString): boolean {
  const [first, second] = [a, b].map((path) => outputTarget(path, { force: true }));
  return leafOf(first) === leafOf(second) && isSameFile(folderOf(first) || '.', folderOf(second) || '.');
}

/** A name beside an output. Two outputs that share the first 200 bytes of their names share these names, too. */
export function besideOutput(path: ByteString, name: (leaf: ByteString) => ByteString): ByteString {
  // A file system allows 255 bytes, and the original name may use them all.
  return folderOf(path) + name(leafOf(path).slice(0, 200));
}

/** The error that an output is there already. */
function existsAlready(path: ByteString, cause?: unknown): JigdoError {
  return new JigdoError(`Output file \`${display(path)}' already exists - delete it or use --force`, { cause });
}

function refuseOther(path: ByteString, found: Stats): void {
  if (found.isFile()) return;
  const what = found.isDirectory() ? 'a directory' : found.isSymbolicLink() ? 'a symbolic link' : 'a device or pipe';
  throw new JigdoError(
    `Output file \`${display(path)}' is ${what}, not a regular file, and is never replaced - name another one`,
  );
}

/** Unlike rename, link does not replace what somebody else put there meanwhile. */
function linkOrRename(from: ByteString, to: ByteString): void {
  try {
    linkSync(toPath(from), toPath(to));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw existsAlready(to, error);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    // A file system without hard links, as on many USB sticks.
    if (existsSync(toPath(to))) throw existsAlready(to, error);
    renameSync(toPath(from), toPath(to));
    return;
  }
  // It has its new name, that is what counts. In a folder like /tmp the old one may be another user's to remove.
  removeIfThere(from);
}

function removeIfThere(path: ByteString): void {
  try {
    unlinkSync(toPath(path));
  } catch {
    // Not there, or not ours.
  }
}
