// `--exclude GLOB`: which names of a tree are passed over.
import { JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { folderOf, leafOf } from '../format/paths.js';
import { fromGlobText, toGlobText } from './glob-text.js';

/** Bytes of a glob, as PATH_MAX: one of tens of thousands is more than a regular expression can be. */
const GLOB_MAX_BYTES = 4096;

/** The test for a list of globs. */
export interface Excluder {
  /** Whether a name is excluded. `rest` is the part after the label cut, without a trailing slash. */
  (rest: ByteString, isDirectory: boolean): boolean;
  /** The globs that no name was like until now. */
  idle(): string[];
}

/**
 * The test for a list of globs. A glob without `/` is compared with the last segment of a name, others with the whole rest
 * (a leading `/` is allowed and means nothing more); one that ends with `/` matches directories only. `*` matches leading dots.
 *
 * @returns undefined if there are no globs
 * @throws JigdoError for a glob that no name can be like
 */
export async function compileExcludes(globs: readonly string[]): Promise<Excluder | undefined> {
  if (globs.length === 0) return undefined;
  const { default: picomatch } = await import('picomatch');
  const tests = globs.map((glob) => {
    const onlyDirectories = glob.endsWith('/');
    const pattern = glob.replace(/\/+$/, '');
    const wholePath = pattern.includes('/');
    if (pattern === '')
      throw new JigdoError(`Nothing can be excluded by \`${shown(glob)}': name files or folders, or * for all`);
    if (pattern.length > GLOB_MAX_BYTES)
      throw new JigdoError(`What is excluded by \`${shown(glob.slice(0, 20))}…' is longer than any path`);
    const relative = pattern.replace(/^\/+/, '');
    const [pieces, matches] = [piecesOf(relative), picomatch(relative, { dot: true })];
    return { glob, onlyDirectories, wholePath, matches: (name: string) => hasPieces(name, pieces) && matches(name) };
  });
  const idle = new Set(tests);
  const excluder = (rest: ByteString, isDirectory: boolean): boolean => {
    const path = toGlobText(rest);
    const leaf = leafOf(path);
    let isExcluded = false;
    for (const test of tests) {
      if (isExcluded && !idle.has(test)) continue;
      if (test.onlyDirectories && !isDirectory) continue;
      if (!test.matches(test.wholePath ? path : leaf)) continue;
      idle.delete(test);
      isExcluded = true;
    }
    return isExcluded;
  };
  return Object.assign(excluder, { idle: () => Array.from(idle, ({ glob }) => glob) });
}

/** What stands between the `*` of a glob; undefined if more is special in it. */
function piecesOf(pattern: string): string[] | undefined {
  return /[^\w\-.*/ ]|\*\*|\.\//.test(pattern) ? undefined : pattern.split('*');
}

/**
 * Whether a name has the pieces one after the other, the first at its beginning and the last at its end. Without them no glob is like it,
 * which a regular expression finds out in polynomial time: for `*-*-*-*.iso` and a name of thousands of `-`, in hours.
 */
function hasPieces(name: string, pieces: readonly string[] | undefined): boolean {
  if (!pieces || pieces.length === 1) return true;
  const last = pieces[pieces.length - 1];
  if (!name.startsWith(pieces[0]) || !name.endsWith(last)) return false;
  let at = pieces[0].length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at + last.length <= name.length;
}

/** Whether a folder, or one that it is in, is excluded. */
export function isExcludedFolder(excluded: Excluder, folder: ByteString): boolean {
  for (let at = folder; at !== ''; at = folderOf(at).slice(0, -1)) if (excluded(at, true)) return true;
  return false;
}

/** Whether a file, or a folder that it is in, is excluded. */
export function isExcludedFile(excluded: Excluder, path: ByteString): boolean {
  return excluded(path, false) || isExcludedFolder(excluded, folderOf(path).slice(0, -1));
}

function shown(glob: string): string {
  return display(fromGlobText(glob));
}
