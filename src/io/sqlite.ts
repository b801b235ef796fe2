// better-sqlite3, of whose objects none is freed before the process ends.
//
// From Node 24.19 on, better-sqlite3 12 ends the process (SIGABRT) when V8 frees one of its objects while no JavaScript runs
// (WiseLibs/better-sqlite3#1515). Version 13 does not, but wants Node 22. A database and its statements are some kilobytes, and there
// are few of them.
import Sqlite, { type Database, type Statement } from 'better-sqlite3';
import { JigdoError } from '../errors.js';

const kept: (Database | Statement)[] = [];

/**
 * Opens a database, or makes it.
 *
 * @param timeout milliseconds to wait for another process that writes
 * @throws SqliteError; JigdoError if better-sqlite3's native part cannot be loaded
 */
export function openDatabase(path: string, timeout: number): Database {
  try {
    const database = new Sqlite(path, { timeout });
    kept.push(database);
    return database;
  } catch (error) {
    if (error instanceof Sqlite.SqliteError || error instanceof TypeError) throw error;
    // Node's own words are many lines, and tell of modules and their versions.
    throw new JigdoError(
      `better-sqlite3 does not fit Node.js ${process.versions.node} - install it anew (npm rebuild better-sqlite3)`,
      { cause: error },
    );
  }
}

/**
 * Prepares a statement; to be used instead of `prepare` and `pragma`, which makes one, too.
 *
 * @throws SqliteError
 */
export function prepare(database: Database, sql: string): Statement {
  const statement = database.prepare(sql);
  kept.push(statement);
  return statement;
}
