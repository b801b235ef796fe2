// The tables, and how those of an earlier version become those of this one.
import type { Database } from 'better-sqlite3';
import { APPLICATION_ID } from './identify.js';
import { prepare } from '../io/sqlite.js';

/**
 * Step i brings a database of user_version i to i + 1; a new database has version 0. Steps are never changed once released.
 *
 * The key is the file's real path, cut into directory and name: keys are small, neighbours lie together, and a walk in scan
 * order reads the table from front to back. `path` and `name` are BLOBs, because names need not be UTF-8. AUTOINCREMENT: the
 * number of a removed directory is not given to another one, which a process that still knows it could mix up.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE directory (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     path BLOB NOT NULL UNIQUE
   );
   CREATE TABLE file (
     directory INTEGER NOT NULL,
     name BLOB NOT NULL,
     size INTEGER NOT NULL,
     mtime INTEGER NOT NULL, -- nanoseconds since 1970
     ino INTEGER NOT NULL,
     used INTEGER NOT NULL, -- last use, seconds since 1970
     kinds INTEGER NOT NULL, -- which facts the record has, see kindOf
     record BLOB NOT NULL, -- see encodeRecord
     PRIMARY KEY (directory, name)
   ) WITHOUT ROWID;
   CREATE TABLE event (
     name TEXT PRIMARY KEY,
     time INTEGER NOT NULL -- seconds since 1970
   ) WITHOUT ROWID;`,
  // What is known of a file without the time of its last change may be of other content: it cannot be kept.
  `DROP TABLE file;
   CREATE TABLE file (
     directory INTEGER NOT NULL,
     name BLOB NOT NULL,
     size INTEGER NOT NULL,
     mtime INTEGER NOT NULL, -- nanoseconds since 1970
     ctime INTEGER NOT NULL, -- the same: time of last change
     ino INTEGER NOT NULL,
     used INTEGER NOT NULL, -- last use, seconds since 1970
     kinds INTEGER NOT NULL, -- which facts the record has, see kindOf
     record BLOB NOT NULL, -- see encodeRecord
     PRIMARY KEY (directory, name)
   ) WITHOUT ROWID;`,
];

/** A database with a user_version that this program does not know yet. */
class NewerSchema extends Error {
  constructor(version: number, known: number) {
    super(`it has version ${version} and was made by a newer jigdo; this one knows versions up to ${known}`);
  }
}

/** The version of a database's tables: 0 if it is new. */
export function userVersion(db: Database): number {
  return prepare(db, 'PRAGMA user_version').pluck().get() as number;
}

/**
 * Brings a database to the latest version, in one transaction. Another process may be doing the same.
 *
 * @returns the version that it had
 * @throws NewerSchema; SqliteError
 */
export function migrate(db: Database, migrations = MIGRATIONS): number {
  const version = (): number => userVersion(db);
  const latest = migrations.length;
  const before = version();
  if (version() < latest) {
    const steps = db.transaction(() => {
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      for (const step of migrations.slice(version())) db.exec(step);
      db.exec(`PRAGMA user_version = ${Math.max(latest, version())}`);
    });
    steps.immediate();
  }
  if (version() > latest) throw new NewerSchema(version(), latest);
  return before;
}
