// Names in [Parts] as paths below a folder. Whoever wrote the .jigdo is a stranger: no name may lead out of the folder.
import type { ByteString } from './bytes.js';

/**
 * A name as a path relative to the folder that its label stands for, without empty and `.` segments.
 *
 * @param name what follows `Label:` in [Parts]
 * @returns undefined if it is no such path: absolute, with a `..` segment, with control characters, or empty
 */
export function relativePath(name: ByteString): ByteString | undefined {
  // eslint-disable-next-line no-control-regex -- they are what must not be
  if (name.startsWith('/') || /[\0-\x1f\x7f]/.test(name)) return undefined;
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 || segments.includes('..') ? undefined : segments.join('/');
}
