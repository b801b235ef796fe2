// Names that stay inside of a tree, whatever symbolic links there are: where files may be written.
import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { JigdoError, outputProblem, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { adoptFolder } from '../io/ownership.js';
import { isSafe } from '../verify/need.js';

/**
 * The path of a file to write below a folder. Folders on the way are made if `make` is set.
 *
 * Symbolic links on the way are followed only to folders within the tree; one in the file's own place would be replaced, not
 * followed. This protects from names in hostile .jigdo files, not from somebody who changes the tree meanwhile.
 *
 * @param base the folder, ending with `/`
 * @param rest the name as a .jigdo has it
 * @throws JigdoError if the name leads out of the folder, or something is in the way
 */
export function pathInside(base: ByteString, rest: ByteString, make: boolean): ByteString {
  if (!isSafe(rest)) throw new JigdoError(`\`${display(rest)}' is no name for a file of a mirror`);
  const root = real(base);
  const segments = rest.split('/').filter((segment) => segment !== '' && segment !== '.');
  const leaf = segments.pop() ?? '';
  let folder = root;
  for (const segment of segments) folder = enter(root, folder, segment, make);
  const path = join(folder, leaf);
  if (statOf(path)?.isDirectory()) throw new JigdoError(`\`${display(path)}' is in the way: it is a directory`);
  return path;
}

/** The folder `segment` of `folder`, both without symbolic links. */
function enter(root: ByteString, folder: ByteString, segment: ByteString, make: boolean): ByteString {
  const path = join(folder, segment);
  const stat = statOf(path);
  if (!stat) {
    if (make) makeFolder(path);
    return path;
  }
  const target = stat.isSymbolicLink() ? real(path) : path;
  if (target !== root && !target.startsWith(join(root, ''))) {
    throw new JigdoError(`\`${display(path)}' leads out of the tree`);
  }
  if (!statOf(target)?.isDirectory()) {
    throw new JigdoError(`\`${display(path)}' is in the way: it is not a directory`);
  }
  return target;
}

function makeFolder(path: ByteString): void {
  try {
    mkdirSync(toPath(path));
    adoptFolder(path);
  } catch (error) {
    throw outputProblem(`Could not make the folder \`${display(path)}'`, error);
  }
}

function join(folder: ByteString, name: ByteString): ByteString {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

function real(path: ByteString): ByteString {
  try {
    return realpathSync.native(toPath(path), 'latin1');
  } catch (error) {
    throw new JigdoError(`Could not open \`${display(path)}': ${reasonOf(error)}`, { cause: error });
  }
}

/** @throws JigdoError if nobody can tell: a folder on the way may not be read, or a name is longer than a file system has it */
function statOf(path: ByteString): Stats | undefined {
  try {
    return lstatSync(toPath(path), { throwIfNoEntry: false });
  } catch (error) {
    throw new JigdoError(`Could not open \`${display(path)}': ${reasonOf(error)}`, { cause: error });
  }
}
