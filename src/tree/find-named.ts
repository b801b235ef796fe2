// The files below a folder whose names have a certain end: `.jigdo`.
import { readdirSync } from 'node:fs';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { baseOf } from '../format/paths.js';
import { isFile } from '../io/is-file.js';
import type { Reporter } from '../io/reporter.js';

/** What a search does not see. */
export interface Unseen {
  /** Told each folder that cannot be read, which was reported. */
  readonly onUnread: (folder: ByteString) => void;
  /** Told each link to a folder, or to nothing, and each file whose name has the ending in other letters, or `.gz` behind it. */
  readonly onPassed: (path: ByteString) => void;
}

/** What compressed files are called. */
const COMPRESSED = /^(\.(gz|z|bz2|xz|zst))?$/;

/**
 * The paths of files below a folder, sorted by name within each folder. Only names are read, so that a mirror of a million
 * files costs little. Symbolic links to files count as files; those to folders (`current -> 12.5.0`) are not followed.
 *
 * @param folder empty for the current one
 * @param ending what the names end with, in small letters, as in `.jigdo`
 */
export function* findNamed(
  folder: ByteString,
  ending: string,
  reporter: Reporter,
  unseen?: Unseen,
): Generator<ByteString> {
  const base = baseOf(folder);
  for (const { name, isFolder, isLink } of list(base, reporter, unseen)) {
    const path = base + name;
    if (isFolder) yield* findNamed(path, ending, reporter, unseen);
    else if (name.endsWith(ending) && (!isLink || isFile(path))) yield path;
    else if (unseen && (isLink ? !isFile(path) || isLike(name, ending) : isLike(name, ending))) unseen.onPassed(path);
  }
}

function isLike(name: ByteString, ending: string): boolean {
  const lower = name.toLowerCase();
  const at = lower.lastIndexOf(ending);
  return at >= 0 && COMPRESSED.test(lower.slice(at + ending.length));
}

function list(
  base: ByteString,
  reporter: Reporter,
  unseen?: Unseen,
): { name: ByteString; isFolder: boolean; isLink: boolean }[] {
  try {
    return readdirSync(toPath(base === '' ? '.' : base), { withFileTypes: true, encoding: 'latin1' })
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory(), isLink: !entry.isFile() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    reporter.warning(`Error reading from directory \`${display(base)}' (${reasonOf(error)})`);
    unseen?.onUnread(base);
    return [];
  }
}
