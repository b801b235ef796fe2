// `jigdo verify-tree`
import { toJson } from '../../format/secrets.js';
import { EXIT } from '../../errors.js';
import { mend } from '../../mirror/mend.js';
import { RemoteChecker } from '../../mirror/remote-checker.js';
import { openTransport } from '../../net/open-transport.js';
import type { Unreferenced } from '../../verify/unreferenced.js';
import { verifyTree } from '../../verify/verify-tree.js';
import { cacheFilesOf, withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import { jobsOf, labelFolders, type CommandContext } from '../context.js';
import { doubtLines } from '../doubts.js';
import { fixSource } from '../fix-source.js';
import { findJigdos } from '../jigdo-arguments.js';
import { netSettings } from '../net-settings.js';
import { printLines } from '../print-lines.js';
import * as report from '../tree-report.js';
import { formatBytes } from '../units.js';

export async function run(args: CommandArguments, { reporter, signal, print }: CommandContext): Promise<number> {
  const json = args.flag('json');
  const unneeded = { files: 0, bytes: 0 };
  const onUnreferenced = (file: Unreferenced): void => {
    unneeded.files++;
    unneeded.bytes += file.size;
    print(json ? toJson(report.unreferencedJson(file)) : report.unreferencedLine(file));
  };
  const found = findJigdos(args, reporter, EXIT.mismatch);
  const sources = args.list('fix-from').map(fixSource);
  const full = args.flag('full');
  const settings = netSettings(args);
  const { connections } = settings;
  const transport = openTransport(settings);
  const net = { transport, connections, reporter, signal };
  const result = await withCache(args, reporter, (cache) =>
    verifyTree({
      ...found,
      inputs: cacheFilesOf(args),
      trees: args.operands,
      labels: labelFolders(args),
      templateDir: args.text('template-dir'),
      cache,
      full,
      jobs: jobsOf(args),
      ...(args.flag('unreferenced') && { onUnreferenced }),
      remote: new RemoteChecker({ ...net, full }),
      ...(sources.length > 0 && { mend: (needs) => mend(needs, { ...net, sources }) }),
      reporter,
      signal,
    }),
  ).finally(() => transport.close());
  reporter.finish();
  const lineOf = json ? (problem: report.TreeProblem) => toJson(report.problemJson(problem)) : report.problemLine;
  await printLines(report.treeProblems(result), lineOf, print, signal);
  if (json) for (const line of report.summaryJson(result)) print(toJson(line));
  for (const line of report.treeSummary(result)) reporter.info(line);
  if (result.doubts.length > 0) {
    reporter.warning('No list of files that no image needs: it is in doubt what is needed');
    for (const line of doubtLines(result.doubts)) reporter.warning(line);
  } else if (args.flag('unreferenced')) {
    reporter.info(`${unneeded.files} files that no image needs (${formatBytes(unneeded.bytes)})`);
  }
  return result.exitCode;
}
