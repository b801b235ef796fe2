// The cache of a command: opened if one is asked for, and closed whatever happens.
import { existsSync } from 'node:fs';
import { NO_CACHE, type Cache } from '../cache/types.js';
import { JigdoError } from '../errors.js';
import { display, fromText, toPath, type ByteString } from '../format/bytes.js';
import { checkOutput } from '../io/output-place.js';
import type { Reporter } from '../io/reporter.js';
import type { CommandArguments } from './command-arguments.js';
import { parseTime } from './units.js';
import { UsageError } from './usage-error.js';

/** How long what was not asked for stays in a cache. */
export const EXPIRY = '30d';

/**
 * Lets `work` use the cache that the command line or the environment names, or NO_CACHE.
 *
 * What was learned is kept even if the work fails: it cost time to read. `file`: the command's own cache, which counts more than
 * the environment's. `expiry`: where `--cache-expiry` is not given.
 */
export async function withCache<T>(
  args: CommandArguments,
  reporter: Reporter,
  work: (cache: Cache) => T | Promise<T>,
  { file, expiry = EXPIRY }: { file?: ByteString; expiry?: string } = {},
): Promise<T> {
  return withCacheFile(cacheNameOf(args, file), args.text('cache-expiry') ?? expiry, reporter, work);
}

/** The same with this file; with NO_CACHE for no name, or an empty one. */
export async function withCacheFile<T>(
  name: ByteString | undefined,
  expiry: string,
  reporter: Reporter,
  work: (cache: Cache) => T | Promise<T>,
): Promise<T> {
  const expirySeconds = parseTime(expiry);
  if (!name) return work(NO_CACHE);
  // SQLite is loaded only now.
  const { openCache } = await import('../cache/open.js');
  const cache = await openCache(name, { expirySeconds, reporter });
  try {
    return await work(cache);
  } finally {
    cache.close();
  }
}

/**
 * The same for commands that are nothing without a cache.
 *
 * `mustExist`: a cache that is not there is an error, else it is made. `expiry`: where `--cache-expiry` is not given.
 */
export function withRequiredCache<T>(
  args: CommandArguments,
  reporter: Reporter,
  work: (cache: Cache) => T | Promise<T>,
  { mustExist = false, expiry = EXPIRY } = {},
): Promise<T> {
  const name = cacheNameOf(args);
  if (name === undefined) throw new UsageError('No cache file: specify one with --cache or in $JIGDO_CACHE');
  if (mustExist && !existsSync(toPath(name))) {
    throw new JigdoError(`Could not open \`${display(name)}' for input: No such file or directory`);
  }
  if (!mustExist) checkOutput(name);
  const workWith = (cache: Cache): T | Promise<T> => {
    if (cache === NO_CACHE) throw new JigdoError(`Without the cache \`${display(name)}' there is nothing to do`);
    return work(cache);
  };
  return withCache(args, reporter, workWith, { expiry });
}

/** The files that the cache of a command may consist of. `file`: the command's own cache. */
export function cacheFilesOf(args: CommandArguments, file?: ByteString): ByteString[] {
  return cacheFilesAt(cacheNameOf(args, file));
}

/** The files that this cache may consist of; none without a name. */
export function cacheFilesAt(name: ByteString | undefined): ByteString[] {
  const files = name === undefined ? [] : [name, `${name}.jigdo-sqlite`];
  return files.flatMap((file) => ['', '-wal', '-shm', '-journal'].map((suffix) => file + suffix));
}

/** `--cache`, else the command's own file, else JIGDO_CACHE in the environment, else none. `--no-cache` is an empty name. */
function cacheNameOf(args: CommandArguments, file?: ByteString): ByteString | undefined {
  return (args.text('cache') ?? file ?? fromText(process.env.JIGDO_CACHE ?? '')) || undefined;
}
