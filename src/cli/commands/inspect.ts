// `jigdo inspect`
import { EXIT } from '../../errors.js';
import { inspect } from '../../inspect/inspect.js';
import { inspectionJson } from '../../inspect/json.js';
import { walkTree } from '../../tree/walk.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { inspectionLines } from '../inspect-summary.js';
import { UsageError } from '../usage-error.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter, signal, print } = context;
  const [jigdo, template] = [args.text('jigdo'), args.text('template')];
  if (args.operands.length === 0) throw new UsageError('Please name a file to inspect');
  if (args.operands.length > 1 && (jigdo ?? template) !== undefined) {
    throw new UsageError('--jigdo and --template belong to one file, but several are given');
  }
  const trees = args.list('tree');
  const files = trees.length > 0 ? await walkTree(trees, { reporter, signal }) : undefined;
  for (const file of args.operands) {
    const inspection = await inspect({ file, jigdo, template, files, reporter, signal });
    reporter.finish();
    if (args.flag('json')) for (const line of inspectionJson(inspection)) print(line);
    else for (const line of inspectionLines(inspection)) print(line);
  }
  return EXIT.ok;
}
