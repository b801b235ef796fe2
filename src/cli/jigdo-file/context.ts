// What every command of jigdo-file works with.
import { NO_CACHE, type Cache } from '../../cache/types.js';
import type { ByteString } from '../../format/bytes.js';
import { namesFromLists } from '../../tree/file-list.js';
import type { FileTable } from '../../tree/file-table.js';
import { listTree } from '../../tree/walk.js';
import type { LineReader } from '../../io/line-reader.js';
import type { ConsoleReporter } from '../console-reporter.js';
import { UsageError } from '../usage-error.js';
import type { Settings } from './settings.js';

/** The surroundings of a running command. */
export interface Context {
  readonly settings: Settings;
  readonly reporter: ConsoleReporter;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Writes a line to stdout: results only, as bytes. */
  readonly print: (line: ByteString) => void;
  /** Standard input: lists of names, each ended by an empty line, and then perhaps the image. */
  readonly stdin: LineReader;
}

/** What a command does. Returns the exit code. */
export type OriginalCommand = (context: Context) => number | Promise<number>;

/** The files that the operands and lists name or hold, in scan order. Names are no patterns: the shell has seen them. */
export function listOriginalFiles({ settings, reporter, signal, stdin }: Context): Promise<FileTable> {
  return listTree(settings.files, {
    filesFrom: namesFromLists(settings.filesFrom, stdin, reporter),
    literal: true,
    reporter,
    signal,
  });
}

/** Lets `work` use the cache of `--cache`, or NO_CACHE. What was learned is kept even if the work fails. */
export async function withOriginalCache<T>(
  { settings: { cache: name, expirySeconds }, reporter }: Context,
  work: (cache: Cache) => Promise<T>,
): Promise<T> {
  if (name === undefined) return work(NO_CACHE);
  const { openCache } = await import('../../cache/open.js');
  const cache = await openCache(name, { expirySeconds, reporter });
  try {
    return await work(cache);
  } finally {
    cache.close();
  }
}

/** The message for names that are neither given nor follow from the others. */
export function namesMissing(command: string, what: string): UsageError {
  return new UsageError(`${command}: ${what} specified. (Attempt to deduce missing names failed.)`);
}
