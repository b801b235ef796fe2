// `jigdo cache prune`
import { EXIT } from '../../errors.js';
import { toJson } from '../../format/secrets.js';
import { withRequiredCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { formatBytes } from '../units.js';

export async function run(args: CommandArguments, { reporter, print }: CommandContext): Promise<number> {
  const pruned = await withRequiredCache(args, reporter, (cache) => cache.prune(), {
    mustExist: true,
  });
  if (args.flag('json')) print(toJson(pruned));
  else print(`Removed ${pruned.files} files and ${pruned.directories} directories: ${formatBytes(pruned.bytes)} freed`);
  return EXIT.ok;
}
