// `jigdo cache stats`
import { ALGORITHMS, DIGESTS } from '../../checksum/algorithm.js';
import { EXIT, JigdoError } from '../../errors.js';
import { toJson } from '../../format/secrets.js';
import { withRequiredCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { formatBytes } from '../units.js';

/** Whoever looks changes nothing: no file is made, no entry expires. */
const READ_ONLY = { mustExist: true, expiry: 'off' };

export async function run(args: CommandArguments, { reporter, print }: CommandContext): Promise<number> {
  const stats = await withRequiredCache(args, reporter, (cache) => cache.stats(), READ_ONLY);
  if (!stats) throw new JigdoError('There is no cache to look at');
  if (args.flag('json')) {
    print(toJson(stats));
    return EXIT.ok;
  }
  const day = (seconds: number | undefined): string =>
    seconds === undefined ? '-' : new Date(seconds * 1000).toISOString().slice(0, 10);
  print(`${stats.path}: ${formatBytes(stats.bytes)}, schema ${stats.version}`);
  print(`  files        ${stats.files} in ${stats.directories} directories, ${formatBytes(stats.totalSize)}`);
  const digests = ALGORITHMS.map((algorithm) => `${stats[algorithm]} ${DIGESTS[algorithm].title}`);
  print(`  known        ${[`${stats.heads} heads`, ...digests].join(', ')}`);
  print(`  last used    ${day(stats.oldestUse)} to ${day(stats.newestUse)}`);
  return EXIT.ok;
}
