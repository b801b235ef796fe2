// The .jigdo files that a command works on.
import { EXIT, JigdoError, type ExitCode } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { isFolder } from '../io/is-file.js';
import type { Reporter } from '../io/reporter.js';
import { findNamed } from '../tree/find-named.js';
import { LocalFolders } from '../verify/local-folders.js';
import type { CommandArguments } from './command-arguments.js';
import { UsageError } from './usage-error.js';

/** Those that are named with `--jigdo`, and the folders of `--jigdo-dir`. */
export interface JigdoArguments {
  readonly jigdos: readonly ByteString[];
  readonly jigdoDirs: readonly ByteString[];
}

/** @throws UsageError if there are neither */
export function jigdoArguments(args: CommandArguments): JigdoArguments {
  const jigdos = args.list('jigdo');
  const jigdoDirs = args.list('jigdo-dir');
  if (jigdos.length + jigdoDirs.length > 0) return { jigdos, jigdoDirs };
  throw new UsageError('Which images? Name .jigdo files with --jigdo or --jigdo-dir');
}

/** The .jigdo files that there are, and what may hold more of them. */
export interface FoundJigdos {
  readonly jigdos: readonly ByteString[];
  /** Folders that could not be read, or in which there are none: that was reported. */
  readonly unread: readonly ByteString[];
  /** Names that were passed over, though they may lead to .jigdo files. */
  readonly passed: readonly ByteString[];
}

/**
 * All of them, those below the folders included.
 *
 * @throws UsageError if none are asked for, JigdoError with `exitCode` if there are none
 */
export function findJigdos(args: CommandArguments, reporter: Reporter, exitCode: ExitCode = EXIT.failed): FoundJigdos {
  const { jigdos, jigdoDirs } = jigdoArguments(args);
  const found: ByteString[] = [];
  const unread: ByteString[] = [];
  const passed: ByteString[] = [];
  const unseen = {
    onUnread: (folder: ByteString) => void unread.push(folder),
    onPassed: (path: ByteString) => void passed.push(path),
  };
  for (const folder of jigdoDirs) {
    const before = found.length + unread.length;
    for (const path of findNamed(folder, '.jigdo', reporter, unseen)) found.push(path);
    if (found.length + unread.length > before) continue;
    // A file system that is not mounted leaves an empty folder.
    reporter.warning(`There is no .jigdo file below \`${display(folder)}': is its disk mounted?`);
    unread.push(folder);
  }
  if (jigdos.length + found.length === 0)
    throw new JigdoError('There are no .jigdo files below --jigdo-dir', { exitCode });
  // `current -> 12.5.0` leads to what is found anyway.
  const searched = new LocalFolders(new Map(), jigdoDirs.filter(isFolder));
  const isSeen = (path: ByteString): boolean => jigdos.includes(path) || (isFolder(path) && searched.allows(path));
  return { jigdos: [...jigdos, ...found], unread, passed: passed.filter((path) => !isSeen(path)) };
}
