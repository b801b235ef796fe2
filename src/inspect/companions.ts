// The files that belong to a file: its .jigdo, its template, its image.
import type { ByteString } from '../format/bytes.js';
import { folderOf, leafOf } from '../format/paths.js';
import { isFile } from '../io/is-file.js';

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
  const leaf = leafOf(url.replace(/[?#].*$/s, ''));
  if (leaf === '' || leaf === '.' || leaf === '..' || leaf.includes('\0')) return undefined;
  return ifFile(folderOf(path) + leaf);
}

/** The path, if there is a regular file. */
export function ifFile(path: ByteString): ByteString | undefined {
  return isFile(path) ? path : undefined;
}
