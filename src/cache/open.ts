// From `--cache F` to a cache that can be used, whatever F is.
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { reasonOf } from '../errors.js';
import { display, fromText, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { cacheFileKind } from './identify.js';
import { NO_CACHE, type Cache } from './types.js';

/** 30 days, as the original's (docs/spec/cli-behaviour.md 1). */
const DEFAULT_EXPIRY = 30 * 86_400;

export interface OpenCacheOptions {
  /** Entries unused for so many seconds are removed when the cache is closed; 0: never. Default 30 days. */
  readonly expirySeconds?: number;
  readonly reporter: Reporter;
  /** The clock: milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds to wait for another process that writes, before the cache is left unwritten. Default 5000. */
  readonly busyTimeout?: number;
}

/**
 * Opens or makes a cache. Never fails: what stands in the way is reported in one line, and NO_CACHE is the answer.
 *
 * A file that is not ours is left alone, and `F.jigdo-sqlite` beside it is used; one that is ours but damaged is replaced;
 * one of a later version is not used.
 */
export async function openCache(path: ByteString, options: OpenCacheOptions): Promise<Cache> {
  const { reporter, expirySeconds = DEFAULT_EXPIRY, now = Date.now, busyTimeout = 5000 } = options;
  const without = (reason: string): Cache => {
    reporter.warning(`Cache \`${display(path)}' is not used: ${reason}`);
    return NO_CACHE;
  };
  // SQLite takes names as UTF-8 text only.
  const text = Buffer.from(path, 'latin1').toString('utf8');
  if (text === '' || text.includes('\0') || fromText(text) !== path) return without('its name is not UTF-8 text');
  let target = resolve(text);
  try {
    const owner = cacheFileKind(target);
    if (owner.kind === 'foreign') {
      // Beside a special file is no place for a cache: /dev, most likely.
      if (owner.isSpecial) return without(`it is ${owner.what}`);
      target += '.jigdo-sqlite';
      const beside = cacheFileKind(target);
      if (beside.kind === 'foreign') return without(`it is ${owner.what}, and \`${target}' is ${beside.what}`);
      reporter.warning(`Cache \`${display(path)}' is ${owner.what}: left as it is, using \`${target}' instead`);
    } else if (owner.kind === 'free') {
      // better-sqlite3 has another kind of error for this.
      const folder = statSync(dirname(target), { throwIfNoEntry: false });
      if (folder === undefined) return without('No such file or directory');
      // Node 26 says of a file below a file only that there is none.
      if (!folder.isDirectory()) return without('Not a directory');
    }
    const { SqliteCache } = await import('./sqlite-cache.js');
    return new SqliteCache(target, { expirySeconds, reporter, now, busyTimeout });
  } catch (error) {
    // A module that cannot be found says so in many lines.
    return without(reasonOf(error).split('\n')[0]);
  }
}
