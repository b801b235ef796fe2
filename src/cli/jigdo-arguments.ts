// The .jigdo files that a command works on.
import { JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { findNamed } from '../tree/find-named.js';
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

/**
 * All of them, those below the folders included.
 *
 * @throws UsageError if none are asked for, JigdoError if there are none
 */
export function findJigdos(args: CommandArguments, reporter: Reporter): ByteString[] {
  const { jigdos, jigdoDirs } = jigdoArguments(args);
  const found = jigdoDirs.flatMap((folder) => [...findNamed(folder, '.jigdo', reporter)]);
  if (jigdos.length + found.length === 0) throw new JigdoError('There are no .jigdo files below --jigdo-dir');
  return [...jigdos, ...found];
}
