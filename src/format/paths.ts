// Paths and names in URLs, cut at the slash.
import type { ByteString } from './bytes.js';

/** What follows the last `/`: the name without its folders. */
export function leafOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What stands before that: empty, or ending with `/`. */
export function folderOf(path: ByteString): ByteString {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** A folder as what stands before a name: with a `/` behind it, unless it is empty, the present one. */
export function baseOf(folder: ByteString): ByteString {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
}
