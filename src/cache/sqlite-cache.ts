// The cache: what is asked and kept when, and what happens when the database does not do as told.
import { rmSync, statSync } from 'node:fs';
import { ALGORITHMS } from '../checksum/algorithm.js';
import { display, fromText, toPath } from '../format/bytes.js';
import { batchesOf } from '../io/batches.js';
import { isSame, isSettled, type Identity } from '../io/identity.js';
import type { Reporter } from '../io/reporter.js';
import type { TreeFile } from '../tree/types.js';
import { codeOf, Connection, isDamage } from './connection.js';
import { Places, type Directory, type CacheKey } from './places.js';
import { columnsOf, DamagedRecord, decodeRecord, encodeRecord, kindsOf } from './record.js';
import type { Cache, CachedFile, CacheStats, PruneResult } from './types.js';

/** Entries that are written in one transaction, and looked up in one. */
const BATCH = 1000;
/** Milliseconds after which `store` writes a smaller batch: what a killed run loses. */
const BATCH_TIME = 5000;

/** Uses are noted to the day, or to an eighth of the expiry: a run that finds a million known files writes nothing most times. */
const USE_GRANULARITY = 86_400;

export interface SqliteCacheOptions {
  /** Entries unused for so long are removed; 0: never. */
  readonly expirySeconds: number;
  readonly reporter: Reporter;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds. */
  readonly busyTimeout: number;
}

interface Pending {
  readonly place: CacheKey;
  readonly identity: Identity;
  readonly facts: CachedFile;
}

export class SqliteCache implements Cache {
  readonly #path: string;
  /** The path for messages. */
  readonly #name: string;
  readonly #options: SqliteCacheOptions;
  /**
   * When it was opened, in milliseconds since 1970. As git does with its index, files that were not settled then are not kept: any
   * change after a later reading gives the others another time.
   */
  readonly #opened: number;
  /** Undefined after `close`, or once the database proved unusable. */
  #connection: Connection | undefined;
  #writable = true;
  #rebuilt = false;
  #places = new Places();
  /** By real path. */
  #pending = new Map<string, Pending>();
  #touched: CacheKey[] = [];
  #lastFlush: number;

  /**
   * @param path a file that is ours, or is not there
   * @throws NewerSchema; SqliteError if it cannot be opened for another reason than damage, which is repaired
   */
  constructor(path: string, options: SqliteCacheOptions) {
    this.#path = path;
    this.#name = display(fromText(path));
    this.#options = options;
    this.#lastFlush = options.now();
    this.#opened = Math.floor(options.now());
    try {
      this.#connection = new Connection(path, options.busyTimeout);
      this.#tellOfEarlier(this.#connection.before);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#rebuild(error);
    }
  }

  #tellOfEarlier(version: number): void {
    if (version !== 1) return;
    this.#options.reporter.info(
      `Cache \`${this.#name}': an earlier jigdo made it, which did not notice every replaced file: all files are read again, once`,
    );
  }

  lookup(file: TreeFile): CachedFile | undefined {
    const place = this.#places.of(file);
    if (!place) return undefined;
    if (this.#pending.size > 0 && this.#pending.has(keyOf(place))) this.flush();
    const found = this.#reading((connection) => this.#find(connection, place, columnsOf(file)));
    if (this.#touched.length >= BATCH) this.flush();
    return found;
  }

  *lookupAll(files: Iterable<TreeFile>): Iterable<readonly [TreeFile, CachedFile | undefined]> {
    for (const batch of batchesOf(files, BATCH)) {
      this.flush();
      const found = this.#reading((connection) =>
        connection.read(() =>
          batch.map((file) => {
            const place = this.#places.of(file);
            return place && this.#find(connection, place, columnsOf(file));
          }),
        ),
      );
      for (const [i, file] of batch.entries()) yield [file, found?.[i]];
    }
  }

  store(file: TreeFile, facts: CachedFile): void {
    if (!this.#connection || !this.#writable || !isSettled(file, this.#opened)) return;
    const place = this.#places.of(file);
    if (!place) return;
    const key = keyOf(place);
    const identity = columnsOf(file);
    const earlier = this.#pending.get(key);
    const merged = earlier && isSame(earlier.identity, identity) ? mergeFacts(earlier.facts, facts) : facts;
    this.#pending.set(key, { place, identity, facts: merged });
    if (this.#pending.size >= BATCH || this.#options.now() - this.#lastFlush > BATCH_TIME) this.flush();
  }

  flush(): void {
    const pending = this.#pending;
    const touched = this.#touched;
    this.#lastFlush = this.#options.now();
    if (pending.size === 0 && touched.length === 0) return;
    this.#pending = new Map();
    this.#touched = [];
    this.#writing((connection) => {
      connection.write(() => this.#write(connection, pending.values(), touched));
    });
  }

  stats(): CacheStats | undefined {
    this.flush();
    const stats = this.#reading((connection) => connection.stats());
    return stats && { path: this.#path, bytes: this.#bytesOnDisk(), ...stats };
  }

  prune(expirySeconds = this.#options.expirySeconds): PruneResult {
    this.flush();
    const before = this.#bytesOnDisk();
    const removed = this.#writing((connection) => this.#expire(connection, expirySeconds));
    if (!removed) return { files: 0, directories: 0, bytes: 0 };
    this.#writing((connection) => connection.vacuum());
    return { ...removed, bytes: Math.max(0, before - this.#bytesOnDisk()) };
  }

  close(): void {
    this.flush();
    this.#writing((connection) => {
      const { expirySeconds } = this.#options;
      const due = connection.lastExpiry() + this.#granularity();
      if (expirySeconds > 0 && due <= this.#seconds()) this.#expire(connection, expirySeconds);
    });
    this.#reading((connection) => connection.close());
    this.#connection = undefined;
  }

  #find(connection: Connection, place: CacheKey, identity: Identity): CachedFile | undefined {
    const { directory } = place;
    if (directory.id === undefined) directory.id = connection.directory(toPath(directory.path)) ?? null;
    if (directory.id === null) return undefined;
    const row = connection.get(directory.id, toPath(place.name), identity);
    if (!row) return undefined;
    const facts = decodeRecord(identity, row.record);
    if (row.used <= this.#seconds() - this.#granularity()) this.#touched.push(place);
    return facts;
  }

  /** Part of a transaction. */
  #write(connection: Connection, pending: Iterable<Pending>, touched: readonly CacheKey[]): void {
    const now = this.#seconds();
    // Asked again in each transaction: another process may have removed a directory, or added it.
    const ids = new Map<Directory, number>();
    for (const { place, identity, facts } of pending) {
      let id = ids.get(place.directory);
      if (id === undefined) ids.set(place.directory, (id = connection.ensureDirectory(toPath(place.directory.path))));
      const name = toPath(place.name);
      const known = connection.get(id, name, identity);
      const merged = known ? mergeFacts(decodeRecord(identity, known.record), facts) : facts;
      connection.put(id, name, identity, now, kindsOf(merged), encodeRecord(identity, merged));
    }
    for (const { directory, name } of touched) {
      if (typeof directory.id === 'number') connection.touch(directory.id, toPath(name), now);
    }
    // If the transaction fails, the writing ends, and the numbers are forgotten (`#stopWriting`).
    for (const [directory, id] of ids) directory.id = id;
  }

  #expire(connection: Connection, expirySeconds: number): { files: number; directories: number } {
    const now = this.#seconds();
    return connection.expire(expirySeconds > 0 ? now - expirySeconds : 0, now);
  }

  #reading<T>(action: (connection: Connection) => T): T | undefined {
    if (!this.#connection) return undefined;
    try {
      return action(this.#connection);
    } catch (error) {
      if (this.#isForeignError(error)) throw error;
      if (isBroken(error)) this.#rebuild(error);
      else this.#giveUp(`Cache \`${this.#name}' cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  #writing<T>(action: (connection: Connection) => T): T | undefined {
    if (!this.#connection || !this.#writable) return undefined;
    try {
      return action(this.#connection);
    } catch (error) {
      if (this.#isForeignError(error)) throw error;
      if (isBroken(error)) this.#rebuild(error);
      else this.#stopWriting(error);
      return undefined;
    }
  }

  #isForeignError(error: unknown): boolean {
    return codeOf(error) === '' && !(error instanceof DamagedRecord);
  }

  /** The disk is full, or another process does not let go: what is known may still be read. */
  #stopWriting(error: unknown): void {
    this.#options.reporter.warning(`Cache \`${this.#name}' not written: ${messageOf(error)}`);
    this.#writable = false;
    this.#places = new Places();
  }

  /** A damaged cache holds nothing that could not be computed again: an empty one takes its place. */
  #rebuild(error: unknown): void {
    if (this.#rebuilt) {
      this.#giveUp(`Cache \`${this.#name}' is damaged again (${messageOf(error)}): going on without`);
      return;
    }
    this.#rebuilt = true;
    this.#options.reporter.warning(
      `Cache \`${this.#name}' is damaged (${messageOf(error)}): starting with an empty one`,
    );
    try {
      this.#connection?.close();
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(this.#path + suffix, { force: true });
      this.#places = new Places();
      this.#connection = new Connection(this.#path, this.#options.busyTimeout);
    } catch (cause) {
      this.#connection = undefined;
      this.#options.reporter.warning(`Cache \`${this.#name}' not written: ${messageOf(cause)}`);
    }
  }

  #giveUp(message: string): void {
    this.#options.reporter.warning(message);
    const connection = this.#connection;
    this.#connection = undefined;
    try {
      connection?.close();
    } catch {
      // It was said already that the cache is unusable.
    }
  }

  #granularity(): number {
    const { expirySeconds } = this.#options;
    return expirySeconds > 0 ? Math.min(USE_GRANULARITY, expirySeconds / 8) : USE_GRANULARITY;
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }

  #bytesOnDisk(): number {
    const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return size(this.#path) + size(`${this.#path}-wal`);
  }
}

function keyOf(place: CacheKey): string {
  return `${place.directory.path}/${place.name}`;
}

/** Later facts win where both have them. */
function mergeFacts(earlier: CachedFile, later: CachedFile): CachedFile {
  const facts: { -readonly [K in keyof CachedFile]: CachedFile[K] } = { head: later.head ?? earlier.head };
  for (const algorithm of ALGORITHMS) facts[algorithm] = later[algorithm] ?? earlier[algorithm];
  return facts;
}

function isBroken(error: unknown): boolean {
  return error instanceof DamagedRecord || isDamage(error);
}

/** SQLite quotes what it finds in a damaged file, which may be anything. */
function messageOf(error: unknown): string {
  return display(fromText(error instanceof Error ? error.message : String(error)));
}
