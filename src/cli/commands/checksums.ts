// `jigdo md5sum` and its like for the other digest families
import type { Algorithm } from '../../checksum/algorithm.js';
import { withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { printChecksums } from '../print-checksums.js';
import { listFiles, requireOperands } from '../tree-arguments.js';
import { UnusableFiles } from '../unusable-files.js';

/** The command that prints the checksums of one family. */
export function checksums(algorithm: Algorithm) {
  return async (args: CommandArguments, context: CommandContext): Promise<number> => run(args, context, algorithm);
}

async function run(args: CommandArguments, context: CommandContext, algorithm: Algorithm): Promise<number> {
  const { reporter, signal, print } = context;
  requireOperands(args);
  const unusable = new UnusableFiles(reporter);
  const { failed } = await withCache(args, reporter, async (cache) =>
    printChecksums({
      algorithm,
      hex: args.flag('hex'),
      files: [...(await listFiles(args, context, unusable.take))],
      cache,
      reporter,
      signal,
      print: (line) => print(Buffer.from(line, 'latin1')),
    }),
  );
  return unusable.exitCode(failed);
}
