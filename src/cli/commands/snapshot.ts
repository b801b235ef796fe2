// `jigdo snapshot`
import { display } from '../../format/bytes.js';
import { formatBytes } from '../../format/figures.js';
import { toJson } from '../../format/secrets.js';
import type { Method } from '../../mirror/snapshot-folder.js';
import { snapshot, type SnapshotProblem } from '../../mirror/snapshot.js';
import { toGlobText } from '../../tree/glob-text.js';
import { LocalFolders } from '../../verify/local-folders.js';
import { cacheFilesOf, withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import { labelFolders, type CommandContext } from '../context.js';
import { doubtLines } from '../doubts.js';
import { findJigdos } from '../jigdo-arguments.js';
import { UsageError } from '../usage-error.js';

export async function run(args: CommandArguments, { reporter, signal, print }: CommandContext): Promise<number> {
  const target = args.text('output');
  if (!target) throw new UsageError('Where to? Name the folder of the snapshot with --output');
  const dryRun = args.flag('dry-run');
  const found = findJigdos(args, reporter);
  const folders = new LocalFolders(labelFolders(args), args.operands);
  const result = await withCache(args, reporter, (cache) =>
    snapshot({
      ...found,
      inputs: [...cacheFilesOf(args), ...args.list('jigdo-dir')],
      folders,
      target,
      method: (args.text('method') ?? 'link') as Method,
      check: args.flag('check-files', true),
      search: args.flag('search', true),
      prune: args.flag('prune'),
      dryRun,
      cache,
      reporter,
      signal,
    }),
  );
  reporter.finish();
  folders.tellUnusedLabels(reporter);
  const { added, bytes, present, pruned, doubts, problems, exitCode } = result;
  if (args.flag('json')) {
    const names = pruned.map(toGlobText);
    print(toJson({ added, bytes, present, pruned: names, doubts, problems: problems.map(problemJson), dryRun }));
  } else {
    for (const problem of problems) print(problemLine(problem));
  }
  if (doubts.length > 0) {
    reporter.warning('Nothing is removed: it is in doubt what is needed');
    for (const line of doubtLines(doubts)) reporter.warning(line);
  }
  if (dryRun) for (const name of pruned) reporter.info(`Would remove ${display(name)}`);
  const removed = args.flag('prune') ? `, ${pruned.length} removed` : '';
  reporter.info(
    `${added} files added (${formatBytes(bytes)}), ${present} were there${removed}, ${problems.length} problems` +
      (dryRun ? ' - or so it would be: this was a dry run' : ''),
  );
  return exitCode;
}

function problemLine({ kind, name, jigdos }: SnapshotProblem): string {
  const more = jigdos.length > 1 ? ` and ${jigdos.length - 1} more` : '';
  return `${kind} ${display(name)} (needed by ${display(jigdos[0])}${more})`;
}

function problemJson({ kind, name, algorithm, digest, jigdos }: SnapshotProblem): object {
  return { kind, name: toGlobText(name), algorithm, digest, jigdos: jigdos.map(toGlobText) };
}
