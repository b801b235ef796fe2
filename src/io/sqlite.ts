// better-sqlite3, of whose objects none is freed before the process ends.
//
// From Node 24.19 on, better-sqlite3 12 ends the process (SIGABRT) when V8 frees one of its objects while no JavaScript runs
// (WiseLibs/better-sqlite3#1515). Version 13 does not, but wants Node 22. A database and its statements are some kilobytes, and there
// are few of them.
import Sqlite, { type Database, type Statement } from 'better-sqlite3';

const kept: (Database | Statement)[] = [];

/**
 * Opens a database, or makes it.
 *
 * @param timeout milliseconds to wait for another process that writes
 * @throws SqliteError; Error if better-sqlite3's native part cannot be loaded
 */
export function openDatabase(path: string, timeout: number): Database {
  const database = new Sqlite(path, { timeout });
  kept.push(database);
  return database;
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
