// One writer for each output: a lock in the file system beside it, which the operating system takes back when its holder dies.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, type BigIntStats } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { besideOutput } from './output-place.js';
import { SILENT, type Reporter } from './reporter.js';
import { removeAtExit, removeTemporary } from './temporary.js';

/** A lock, until it is disposed of. */
export interface OutputLock extends Disposable {
  /** Whether it is sure that nobody else is at work. Where the file system knows no locks, say, nobody can tell. */
  readonly held: boolean;
}

const NOT_HELD: OutputLock = { held: false, [Symbol.dispose]: () => {} };

/** Milliseconds in which two that begin at the same moment make out who is first. */
const LOCK_PATIENCE_MS = 200;

/** Somebody else may end, and remove the file, between any two steps of ours: so often in a row that is chance. */
const ATTEMPTS = 20;

/**
 * Takes the lock of an output, whether the output is there or not.
 *
 * Node has no flock(2), and a file that names a process leaves the question whether that process is still the same one, and on
 * which machine. SQLite holds its exclusive lock with fcntl(2): the kernel ends it with the process, however that ends, and all
 * containers see it that share the folder. `.NAME.lock` stays empty, and is removed in the end; a killed run leaves it to the next one.
 *
 * Where there is no lock to be had, the work goes on without: a warning says so, unless the folder cannot be written to,
 * which whoever writes the output will say.
 *
 * @param path the output
 * @throws JigdoError if another run is at work on it, of this process or any other
 */
export async function lockOutput(path: ByteString, reporter: Reporter = SILENT): Promise<OutputLock> {
  const file = lockPath(path);
  const unlocked = (reason: string): OutputLock => {
    reporter.warning(`\`${display(path)}' cannot be locked (${reason}): take care that no other run is at work on it`);
    return NOT_HELD;
  };
  if (!isUtf8(toPath(file))) return unlocked('its name is not UTF-8 text');
  let openDatabase: (path: string, timeout: number) => Database;
  try {
    ({ openDatabase } = await import('./sqlite.js'));
  } catch (error) {
    // A module that cannot be found says so in many lines.
    return unlocked(reasonOf(error).split('\n')[0]);
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = lockFileAt(file);
    if (before === undefined) return NOT_HELD;
    if (!before.isFile()) return unlocked(`\`${display(file)}' is not a regular file`);
    let database: Database | undefined;
    try {
      database = openDatabase(toPath(file).toString('utf8'), LOCK_PATIENCE_MS);
      // With a journal in memory, nothing is written at all.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      database?.close();
      if (!(error as NodeJS.ErrnoException).code?.startsWith('SQLITE_BUSY')) return unlocked(reasonOf(error));
      throw new JigdoError(
        `\`${display(path)}' is in use: another run is at work on it, and holds \`${display(file)}'`,
        {
          cause: error,
        },
      );
    }
    // Whoever had the lock before may have removed the file after we opened it: then others do not see our lock.
    if (isSameEntry(before, statOf(file))) {
      removeAtExit(file);
      return release(file, database);
    }
    database.close();
  }
  return unlocked('its lock comes and goes');
}

/**
 * Does work on an output that nobody else does at the same time.
 *
 * @throws JigdoError if another run is at work on it; what the work throws
 */
export async function whileLocked<T>(
  path: ByteString,
  reporter: Reporter,
  work: (lock: OutputLock) => Promise<T>,
): Promise<T> {
  using lock = await lockOutput(path, reporter);
  return await work(lock);
}

/** Whether there is a lock's file: of a run that is at work, or was killed. */
export function isLocked(path: ByteString): boolean {
  return statOf(lockPath(path)) !== undefined;
}

/** The lock's file: beside the output, whatever way leads there. */
function lockPath(path: ByteString): ByteString {
  return besideOutput(path, (leaf) => {
    const bytes = toPath(leaf);
    // SQLite takes names as UTF-8 text only.
    return `.${isUtf8(bytes) ? leaf : createHash('sha256').update(bytes).digest('hex')}.lock`;
  });
}

function release(file: ByteString, database: Database): OutputLock {
  return {
    held: true,
    [Symbol.dispose]: () => {
      if (!database.open) return;
      // Before the lock is let go: whoever opened the file meanwhile notices that it is gone.
      removeTemporary(file);
      database.close();
    },
  };
}

/** What is there, made if there is nothing; undefined if it cannot be made. */
function lockFileAt(file: ByteString): BigIntStats | undefined {
  try {
    // To be closed before anybody has locked it: closing any descriptor of a file ends all locks that the process has on it.
    closeSync(openSync(toPath(file), 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return undefined;
  }
  return statOf(file);
}

function statOf(file: ByteString): BigIntStats | undefined {
  try {
    return lstatSync(toPath(file), { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether it is the same file all the time: the number alone may have been given to a new one. */
function isSameEntry(a: BigIntStats, b: BigIntStats | undefined): boolean {
  return b !== undefined && a.dev === b.dev && a.ino === b.ino && a.birthtimeNs === b.birthtimeNs;
}
