// The files that belong to a file: its .jigdo, its template, its image.
import type { ByteString } from '../format/bytes.js';
import { folderOf } from '../format/paths.js';
import { isFile } from '../io/is-file.js';
import { templateNames } from '../verify/image-template.js';

/** `dir/cd.iso.tmp` and `dir/cd.iso` -> `dir/cd`: what the names of one release begin with. */
export function stemOf(path: ByteString): ByteString {
  const name = path.replace(/\.tmp$/, '');
  const dot = name.lastIndexOf('.');
  return dot > name.lastIndexOf('/') + 1 ? name.slice(0, dot) : name;
}

/**
 * The file of that name beside another one. A .jigdo names its template by a URL: only its last segment counts, so that
 * no file elsewhere can be reached.
 *
 * @returns undefined if there is none
 */
export function beside(path: ByteString, url: ByteString): ByteString | undefined {
  const paths = templateNames(url).map((name) => folderOf(path) + name);
  return paths.find((each) => isFile(each));
}

/** The path, if there is a regular file. */
export function ifFile(path: ByteString): ByteString | undefined {
  return isFile(path) ? path : undefined;
}
