// The files that a command works on: its operands, `--files-from` and `--exclude`.
import { namesFromLists } from '../tree/file-list.js';
import { toGlobText } from '../tree/glob-text.js';
import type { FileTable } from '../tree/file-table.js';
import { listTree } from '../tree/walk.js';
import type { CommandContext } from './context.js';
import type { CommandArguments } from './command-arguments.js';
import { standardInput } from './standard-input.js';

/**
 * Lists them all, in scan order.
 *
 * @param stdin for the list `-`; an image may follow where the list ends
 */
export async function listFiles(
  args: CommandArguments,
  { reporter, signal }: CommandContext,
  stdin = standardInput(),
): Promise<FileTable> {
  const lists = args.list('files-from');
  return listTree(args.operands, {
    filesFrom: lists.length > 0 ? namesFromLists(lists, stdin, reporter) : [],
    exclude: args.list('exclude').map(toGlobText),
    reporter,
    signal,
  });
}
