// `jigdo mirror`
import { display } from '../../format/bytes.js';
import { toJson } from '../../format/secrets.js';
import type { MirrorOutcome } from '../../mirror/mirror-image.js';
import { mirrorImages } from '../../mirror/mirror-images.js';
import { openTransport } from '../../net/open-transport.js';
import { toGlobText } from '../../tree/glob-text.js';
import { withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import { jobsOf, labelFolders, type CommandContext } from '../context.js';
import { fixSource } from '../fix-source.js';
import { netSettings } from '../net-settings.js';
import { formatBytes, parseInteger } from '../units.js';
import { UsageError } from '../usage-error.js';

/** Files that are named in a line. */
const NAMED = 3;

export async function run(args: CommandArguments, { reporter, signal, print }: CommandContext): Promise<number> {
  const [jigdoDir, ...more] = args.list('jigdo-dir');
  if (more.length > 0) throw new UsageError('One --jigdo-dir at a time: the images lie as the .jigdo files do');
  if (args.list('jigdo-dir').length === 0)
    throw new UsageError('Which images? Name the folder of the .jigdo files with --jigdo-dir');
  const sources = args.list('fetch-from').map(fixSource);
  const settings = netSettings(args);
  const { connections } = settings;
  const transport = openTransport(settings);
  const maxMissing = args.text('max-missing');
  const json = args.flag('json');
  return withCache(args, reporter, (cache) =>
    mirrorImages({
      jigdoDir,
      imageDir: args.text('image-dir'),
      trees: args.operands,
      labels: labelFolders(args),
      include: args.list('include').map(toGlobText),
      exclude: args.list('exclude').map(toGlobText),
      jobs: jobsOf(args, 1),
      ...(sources.length > 0 && { fetchFrom: { sources, transport, connections } }),
      maxMissing: maxMissing === undefined ? Infinity : parseInteger(maxMissing, 0, Number.MAX_SAFE_INTEGER),
      verify: args.flag('verify'),
      dryRun: args.flag('dry-run'),
      cache,
      onOutcome: (outcome) => {
        reporter.finish();
        // cron sends a mail for each line.
        if (!json && outcome.state === 'current' && reporter.mode === 'quiet') return;
        print(json ? toJson(outcomeJson(outcome)) : outcomeLine(outcome));
      },
      reporter,
      signal,
    }),
  ).finally(() => transport.close());
}

/** `created     dvd/cd.iso (637 MB, 595 files)` */
function outcomeLine({ name, state, reason, size, parts, missing = [], unreadable = [] }: MirrorOutcome): string {
  const lacking = [...unreadable.map(({ name, reason }) => `${display(name)} (${reason})`), ...missing.map(display)];
  const named = lacking.slice(0, NAMED);
  if (lacking.length > NAMED) named.push(`and ${lacking.length - NAMED} more`);
  const facts = size === undefined ? '' : ` (${formatBytes(size)}, ${parts} files)`;
  const why = reason === undefined ? facts : `: ${reason}`;
  return `${state.padEnd(12)} ${display(name)}${why}${named.length > 0 ? `: ${named.join(', ')}` : ''}`;
}

/** The same for machines: all names. */
function outcomeJson({ name, missing = [], unreadable = [], ...outcome }: MirrorOutcome): object {
  return {
    image: toGlobText(name),
    ...outcome,
    missing: missing.map(toGlobText),
    unreadable: unreadable.map(({ name, reason }) => ({ name: toGlobText(name), reason })),
  };
}
