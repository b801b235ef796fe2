// The files that a command works on: its operands, `--files-from` and `--exclude`.
import { JigdoError } from '../errors.js';
import { display } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { namesFromLists } from '../tree/file-list.js';
import { fromGlobText, toGlobText } from '../tree/glob-text.js';
import type { FileTable } from '../tree/file-table.js';
import { listTree, type WalkOptions } from '../tree/walk.js';
import type { CommandContext } from './context.js';
import type { CommandArguments } from './command-arguments.js';
import { standardInput } from './standard-input.js';
import { UsageError } from './usage-error.js';

/** What `walkTree` wants to know of `--exclude`. */
export function excludeOptions(
  args: CommandArguments,
  reporter: Reporter,
): Pick<WalkOptions, 'exclude' | 'onIdleExclude'> {
  return {
    exclude: args.list('exclude').map(toGlobText),
    onIdleExclude: (glob) => reporter.info(`--exclude ${display(fromGlobText(glob))}: there is nothing of that name`),
  };
}

/** For commands that cannot do without any of the files that the user names: the first that is not there ends the work. */
export function refuseUnusable(reporter: Reporter): WalkOptions['onUnusable'] {
  return ({ name, reason, named, message }) => {
    if (named) throw new JigdoError(`Could not open \`${display(name)}' for input: ${reason}`);
    reporter.warning(message);
  };
}

/** @throws UsageError if no files are named: nothing to do is no success */
export function requireOperands(args: CommandArguments): void {
  if (args.operands.length + args.list('files-from').length > 0) return;
  throw new UsageError('Which files? Name files or folders, or a list of them with --files-from');
}

/**
 * Lists them all, in scan order.
 *
 * @param onUnusable takes what cannot be used; the first that was named ends the work by default
 * @param stdin for the list `-`; an image may follow where the list ends
 */
export async function listFiles(
  args: CommandArguments,
  { reporter, signal }: CommandContext,
  onUnusable = refuseUnusable(reporter),
  stdin = standardInput(),
): Promise<FileTable> {
  const lists = args.list('files-from');
  return listTree(args.operands, {
    filesFrom: lists.length > 0 ? namesFromLists(lists, stdin, reporter) : [],
    ...excludeOptions(args, reporter),
    onUnusable,
    reporter,
    signal,
  });
}
