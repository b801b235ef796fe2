// The files below a folder whose names have a certain end: `.jigdo`.
import { readdirSync } from 'node:fs';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { baseOf } from '../format/paths.js';
import { isFile } from '../io/is-file.js';
import type { Reporter } from '../io/reporter.js';

/**
 * The paths of files below a folder, sorted by name within each folder. Only names are read, so that a mirror of a million
 * files costs little. Symbolic links to files count as files; those to folders (`current -> 12.5.0`) are not followed.
 *
 * @param folder empty for the current one
 * @param ending what the names end with, as in `.jigdo`
 */
export function* findNamed(folder: ByteString, ending: string, reporter: Reporter): Generator<ByteString> {
  const base = baseOf(folder);
  for (const { name, isFolder, isLink } of list(base, reporter)) {
    const path = base + name;
    if (isFolder) yield* findNamed(path, ending, reporter);
    else if (name.endsWith(ending) && (!isLink || isFile(path))) yield path;
  }
}

function list(base: ByteString, reporter: Reporter): { name: ByteString; isFolder: boolean; isLink: boolean }[] {
  try {
    return readdirSync(toPath(base === '' ? '.' : base), { withFileTypes: true, encoding: 'latin1' })
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory(), isLink: !entry.isFile() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    reporter.warning(`Error reading from directory \`${display(base)}' (${reasonOf(error)})`);
    return [];
  }
}
