// `jigdo scan`
import { scanFiles } from '../../cache/scan.js';
import type { Algorithm } from '../../checksum/algorithm.js';
import { toJson } from '../../format/secrets.js';
import { withRequiredCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import { jobsOf, type CommandContext } from '../context.js';
import { listFiles, requireOperands } from '../tree-arguments.js';
import { UnusableFiles } from '../unusable-files.js';
import { formatBytes, parseSize } from '../units.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter, signal, print } = context;
  requireOperands(args);
  const headLength = parseSize(args.text('min-length') ?? '1k');
  const unusable = new UnusableFiles(reporter);
  const result = await withRequiredCache(args, reporter, async (cache) =>
    scanFiles({
      files: [...(await listFiles(args, context, unusable.take))],
      cache,
      whole: args.flag('scan-whole-file', true),
      headLength: Math.max(256, headLength),
      algorithms: [(args.text('checksum-algorithm') ?? 'md5') as Algorithm],
      jobs: jobsOf(args),
      reporter,
      signal,
    }),
  );
  const { known, read, bytesRead, failed } = result;
  reporter.info(
    `${known} files were known, ${read} read (${formatBytes(bytesRead)})${failed ? `, ${failed} failed` : ''}`,
  );
  if (args.flag('json')) print(toJson(result));
  return unusable.exitCode(failed);
}
