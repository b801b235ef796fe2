// All SQL of the cache.
import type { Database, Statement } from 'better-sqlite3';
import { ALGORITHMS } from '../checksum/algorithm.js';
import type { Identity } from '../io/identity.js';
import { kindOf } from './record.js';
import { migrate, userVersion } from './schema.js';
import { openDatabase, prepare } from '../io/sqlite.js';
import type { CacheStats } from './types.js';

/** An open database. Every method may throw SqliteError. */
export class Connection {
  readonly #db: Database;
  /** The version that the tables had: 0 if there were none. */
  readonly before: number;
  readonly #findDirectory: Statement;
  readonly #addDirectory: Statement;
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #touch: Statement;

  /**
   * Opens a database, makes or updates its tables.
   *
   * @param busyTimeout milliseconds to wait for another process that writes; it does so in batches of some milliseconds
   * @throws NewerSchema; SqliteError
   */
  constructor(path: string, busyTimeout: number) {
    this.#db = openDatabase(path, busyTimeout);
    try {
      this.#db.exec('PRAGMA synchronous = NORMAL');
      this.#db.exec('PRAGMA trusted_schema = OFF');
      this.#db.exec('PRAGMA cell_size_check = ON');
      this.#db.exec('PRAGMA cache_size = -16384'); // KiB
      // The tables come first: in WAL mode, the file itself would have no application_id until the first checkpoint.
      this.before = migrate(this.#db);
      this.#useWal();
      this.#findDirectory = prepare(this.#db, 'SELECT id FROM directory WHERE path = ?').pluck();
      this.#addDirectory = prepare(this.#db, 'INSERT INTO directory (path) VALUES (?)');
      this.#get = prepare(
        this.#db,
        'SELECT used, record FROM file WHERE directory = ? AND name = ? AND size = ? AND mtime = ? AND ctime = ? AND ino = ?',
      ).raw();
      this.#put = prepare(
        this.#db,
        `INSERT OR REPLACE INTO file (directory, name, size, mtime, ctime, ino, used, kinds, record)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      this.#touch = prepare(this.#db, 'UPDATE file SET used = ? WHERE directory = ? AND name = ? AND used < ?');
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** The number of a directory, or undefined if it has none. */
  directory(path: Buffer): number | undefined {
    return this.#findDirectory.get(path) as number | undefined;
  }

  /** The number of a directory, which it gets if it has none. For use in `write`. */
  ensureDirectory(path: Buffer): number {
    return this.directory(path) ?? Number(this.#addDirectory.run(path).lastInsertRowid);
  }

  /** The record of a file if it is still the same file, and when it was last used. */
  get(directory: number, name: Buffer, identity: Identity): { used: number; record: unknown } | undefined {
    const { size, mtimeNs, ctimeNs, ino } = identity;
    const row = this.#get.get(directory, name, size, mtimeNs, ctimeNs, ino) as [number, unknown] | undefined;
    return row && { used: row[0], record: row[1] };
  }

  put(directory: number, name: Buffer, identity: Identity, used: number, kinds: number, record: Buffer): void {
    const { size, mtimeNs, ctimeNs, ino } = identity;
    this.#put.run(directory, name, size, mtimeNs, ctimeNs, ino, used, kinds, record);
  }

  touch(directory: number, name: Buffer, used: number): void {
    this.#touch.run(used, directory, name, used);
  }

  /** Runs an action as one transaction that has the right to write from the start, so that it waits only there. */
  write<T>(action: () => T): T {
    return this.#db.transaction(action).immediate();
  }

  /** Runs an action that only reads as one transaction: half the time of as many single reads. */
  read<T>(action: () => T): T {
    return this.#db.transaction(action).deferred();
  }

  /** When entries were last expired: seconds since 1970, 0 for never. */
  lastExpiry(): number {
    return (prepare(this.#db, "SELECT time FROM event WHERE name = 'expiry'").pluck().get() as number | undefined) ?? 0;
  }

  /** Removes the entries last used before a time, and the directories without entries. */
  expire(before: number, now: number): { files: number; directories: number } {
    return this.write(() => {
      const files = prepare(this.#db, 'DELETE FROM file WHERE used < ?').run(before).changes;
      const directories = prepare(
        this.#db,
        'DELETE FROM directory WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.directory = directory.id)',
      ).run().changes;
      prepare(this.#db, "INSERT OR REPLACE INTO event (name, time) VALUES ('expiry', ?)").run(now);
      return { files, directories };
    });
  }

  /** Gives free pages back to the file system. */
  vacuum(): void {
    this.#db.exec('VACUUM');
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  stats(): Omit<CacheStats, 'path' | 'bytes'> {
    const row = prepare(
      this.#db,
      `SELECT count(*) AS files,
                (SELECT count(*) FROM directory) AS directories,
                total(kinds & ${kindOf('head')} <> 0) AS heads,
                ${ALGORITHMS.map((algorithm) => `total(kinds & ${kindOf(algorithm)} <> 0) AS ${algorithm},`).join(' ')}
                total(size) AS totalSize,
                min(used) AS oldestUse,
                max(used) AS newestUse
         FROM file`,
    ).get() as Omit<CacheStats, 'path' | 'bytes' | 'version'> & { oldestUse: number | null; newestUse: number | null };
    const version = userVersion(this.#db);
    return { ...row, version, oldestUse: row.oldestUse ?? undefined, newestUse: row.newestUse ?? undefined };
  }

  /** Merges the write-ahead log into the main file as far as other processes let it, and closes. */
  close(): void {
    this.#db.close();
  }

  /** Readers and one writer do not wait for each other, and a killed process leaves nothing half written. */
  #useWal(): void {
    try {
      this.#db.exec('PRAGMA journal_mode = WAL');
    } catch {
      // Another process is at it just now, or the file system cannot: the rollback journal is as safe, only slower.
    }
  }
}

/** Whether an error means that the file's content is broken, rather than that it cannot be had just now. */
export function isDamage(error: unknown): boolean {
  // Our statements are right, so that SQLITE_ERROR (no such table) and a violated constraint are the file's fault.
  return /^SQLITE_(CORRUPT|NOTADB|FORMAT|CONSTRAINT|ERROR|IOERR_SHORT_READ|MISMATCH)/.test(codeOf(error));
}

/** The `SQLITE_...` code of an error, empty if it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code?.startsWith('SQLITE_') ? code : '';
}
