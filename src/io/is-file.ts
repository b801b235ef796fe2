// Looking for files.
import { statSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';

/** Whether a regular file is there, links followed. False if that cannot be told. */
export function isFile(path: ByteString): boolean {
  try {
    return statSync(toPath(path), { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** Whether a folder is there, links followed; empty: the present one. False if that cannot be told. */
export function isFolder(path: ByteString): boolean {
  try {
    return statSync(toPath(path === '' ? '.' : path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
