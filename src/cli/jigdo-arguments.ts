// The .jigdo files that a command works on.
import { UsageError } from './usage-error.js';
import type { CommandArguments } from './command-arguments.js';
import type { ByteString } from '../format/bytes.js';

/**
 * Those that are named with `--jigdo`, and the folders of `--jigdo-dir`.
 *
 * @throws UsageError if there are neither
 */
export function jigdoArguments(args: CommandArguments): {
  jigdos: readonly ByteString[];
  jigdoDirs: readonly ByteString[];
} {
  const jigdos = args.list('jigdo');
  const jigdoDirs = args.list('jigdo-dir');
  if (jigdos.length + jigdoDirs.length > 0) return { jigdos, jigdoDirs };
  throw new UsageError('Which images? Name .jigdo files with --jigdo or --jigdo-dir');
}
