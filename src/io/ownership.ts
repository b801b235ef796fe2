// Mode and owner of files and folders that are put among others.
import { chmodSync, chownSync, lstatSync, statSync, type Stats } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
import { folderOf } from '../format/paths.js';

/** Nobody but the owner and the group may write to what is new, whatever its folder allows. */
const FILE_BITS = 0o664;
/** The group's bit has what is in a folder belong to the folder's group. */
const FOLDER_BITS = 0o2775;

/**
 * Gives a file that is about to take a place the mode and owner of the file that is there or, if there is none, those that its folder
 * suggests. What the system refuses is left as it is: only root may give files away.
 *
 * @param file under its temporary name
 * @param path the place
 */
export function adoptFile(file: ByteString, path: ByteString): void {
  const old = statOf(path);
  if (old?.isFile()) adopt(file, old, old.mode & 0o777);
  else adoptFromFolder(file, path, FILE_BITS);
}

/** Gives a file the mode and owner of the one that it has replaced. */
export function adoptFrom(
  path: ByteString,
  old: { readonly uid: bigint; readonly gid: bigint; readonly mode: bigint },
): void {
  adopt(path, { uid: Number(old.uid), gid: Number(old.gid) }, Number(old.mode) & 0o777);
}

/** Gives a new folder the mode and owner that the folder which it is in suggests. */
export function adoptFolder(path: ByteString): void {
  adoptFromFolder(path, path, FOLDER_BITS);
}

function adoptFromFolder(file: ByteString, path: ByteString, bits: number): void {
  try {
    const folder = statSync(toPath(folderOf(path) || '.'));
    adopt(file, folder, folder.mode & bits);
  } catch {
    // The system's defaults stay.
  }
}

function adopt(file: ByteString, { uid, gid }: Pick<Stats, 'uid' | 'gid'>, mode: number): void {
  const path = toPath(file);
  const attempt = (change: () => void): void => {
    try {
      change();
    } catch {
      // Only root may give files away, and some file systems know no owners.
    }
  };
  const own = process.getuid?.();
  if (own !== undefined) attempt(() => chownSync(path, own === 0 ? uid : own, gid));
  attempt(() => chmodSync(path, mode));
}

function statOf(path: ByteString): Stats | undefined {
  try {
    return lstatSync(toPath(path), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
