// Names in [Parts] as paths below a folder. Whoever wrote the .jigdo is a stranger: no name may lead out of the folder.
import type { ByteString } from './bytes.js';

/**
 * A name as a path relative to the folder that its label stands for, without empty and `.` segments.
 *
 * @param name what follows `Label:` in [Parts]
 * @returns undefined if it is no such path: absolute, with a `..` segment, with NUL, which no file has, or empty
 */
export function relativePath(name: ByteString): ByteString | undefined {
  if (name.startsWith('/') || name.includes('\0')) return undefined;
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 || segments.includes('..') ? undefined : segments.join('/');
}
