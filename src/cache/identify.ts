// Whose is this file? Decided by its first bytes, so that a file that is not ours is never opened by SQLite.
import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Bytes 68 to 71 of our SQLite files, `jigd` (https://www.sqlite.org/fileformat2.html, 1.3.15). */
export const APPLICATION_ID = 0x6a696764;

const SQLITE_MAGIC = 'SQLite format 3\0';
/** Bytes 12 to 15 of a Berkeley DB btree, in the byte order of the machine that made it. */
const BTREE_MAGIC = 0x053162;

/**
 * - `free`: no such file, or an empty one: ours to make
 * - `ours`: made by us, though it may be damaged
 * - `foreign`: anything else; `what` says what, for a message
 */
export type CacheFileKind =
  { readonly kind: 'free' | 'ours' } | { readonly kind: 'foreign'; readonly what: string; readonly isSpecial?: true };

/** @throws what node:fs throws, except ENOENT */
export function cacheFileKind(path: string): CacheFileKind {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || (stat.isFile() && stat.size === 0)) return { kind: 'free' };
  if (stat.isDirectory()) return { kind: 'foreign', what: 'a directory' };
  if (!stat.isFile()) return { kind: 'foreign', what: 'a special file', isSpecial: true };

  const header = Buffer.alloc(100);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, header, 0, header.length, 0);
  } finally {
    closeSync(fd);
  }
  if (header.toString('latin1', 0, 16) === SQLITE_MAGIC) {
    if (header.readUInt32BE(68) === APPLICATION_ID) return { kind: 'ours' };
    return { kind: 'foreign', what: "another program's SQLite database" };
  }
  if (header.readUInt32LE(12) === BTREE_MAGIC || header.readUInt32BE(12) === BTREE_MAGIC) {
    return { kind: 'foreign', what: 'a Berkeley DB, as jigdo-file makes them' };
  }
  return { kind: 'foreign', what: 'not a SQLite database' };
}
