// From the names that the user gives to the list of files, in scan order.
import { lstatSync, readdirSync, statSync, type BigIntStats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isOutOfFiles, JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { baseOf } from '../format/paths.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { FileTable } from './file-table.js';
import { compileExcludes, type Excluder } from './exclude.js';
import { expandGlob, mayBeGlob } from './glob.js';
import { Inodes } from './inodes.js';
import { cutName } from './label.js';
import type { TreeFile } from './types.js';

export interface WalkOptions {
  /** More names, taken one by one after the operands. They are no patterns. See `namesFromLists`. */
  readonly filesFrom?: Iterable<ByteString> | AsyncIterable<ByteString>;
  /** Globs of names to pass over: see `compileExcludes`. A directory that matches is not entered. Not for named directories. */
  readonly exclude?: readonly string[];
  /** Whether operands are no patterns either: a shell has seen them. */
  readonly literal?: boolean;
  /** Takes each glob of `exclude` that no name was like. */
  readonly onIdleExclude?: (glob: string) => void;
  /** Takes what cannot be used. By default a warning tells of it. */
  readonly onUnusable?: (object: UnusableObject) => void;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** A name that cannot be used: nothing is there, or nothing that can be read. */
export interface UnusableObject {
  readonly name: ByteString;
  readonly reason: string;
  /** Whether the user gave the name: an operand, or a line of a list. Others were found below those. */
  readonly named: boolean;
  /** The same in a line for people. */
  readonly message: string;
}

/** After so many directory entries, signals and timers get their turn. */
const ENTRIES_PER_TURN = 4096;

/**
 * The files that the operands name or hold, in scan order (docs/spec/cli-behaviour.md 4): operands in their order, directories depth
 * first and sorted by bytes, symbolic links found in directories after all that was named by then. Every (device, inode) is
 * listed once, under the first name met. Empty files are left out. Names that cannot be used are reported and passed over.
 *
 * An operand that does not exist and looks like a glob is expanded. A named block device is a file, as large as it can be read;
 * other special files are passed over, because opening one might block for ever.
 *
 * @throws the signal's reason, once it is aborted
 */
export async function walkTree(operands: readonly ByteString[], options: WalkOptions): Promise<TreeFile[]> {
  return [...(await listTree(operands, options))];
}

/** The same in a table, for those who do not need all files at once: a million of them take a tenth of the memory. */
export async function listTree(operands: readonly ByteString[], options: WalkOptions): Promise<FileTable> {
  const excluded = await compileExcludes(options.exclude ?? []);
  const walk = new Walk(options, excluded);
  for (const operand of operands) {
    if (!options.literal && mayBeGlob(operand) && !exists(operand)) {
      const names = await expandGlob(operand, options.reporter);
      for (const name of names) await walk.add(name, false);
      if (names.length === 0) await walk.add(operand);
    } else {
      await walk.add(operand);
    }
  }
  await walk.followLinks();
  for await (const name of options.filesFrom ?? []) {
    await walk.add(name);
    await walk.followLinks();
  }
  if (options.onIdleExclude) for (const glob of excluded?.idle() ?? []) options.onIdleExclude(glob);
  return walk.files;
}

class Walk {
  readonly files = new FileTable();
  readonly #reporter: Reporter;
  readonly #signal: AbortSignal | undefined;
  readonly #excluded: Excluder | undefined;
  readonly #onUnusable: (object: UnusableObject) => void;
  /** Device -> inodes met. */
  readonly #seen = new Map<bigint, Inodes>();
  /** Symbolic links found in directories, to be followed when everything that was named has been seen. */
  #links: { prefix: ByteString; rest: ByteString }[] = [];
  #entries = 0;

  constructor(options: WalkOptions, excluded: Excluder | undefined) {
    this.#reporter = options.reporter;
    this.#signal = options.signal;
    this.#excluded = excluded;
    this.#onUnusable = options.onUnusable ?? (({ message }) => options.reporter.warning(message));
  }

  /**
   * A name that the user gave.
   *
   * @param named whether it was given letter by letter, and not by a pattern
   */
  async add(name: ByteString, named = true): Promise<void> {
    const { prefix, rest } = cutName(name);
    await this.#follow(prefix, rest, true, named);
  }

  /** Follows the links met so far, and those met while following them. */
  async followLinks(): Promise<void> {
    for (let links = this.#links; links.length > 0; links = this.#links) {
      this.#links = [];
      for (const { prefix, rest } of links) await this.#follow(prefix, rest, false, false);
    }
  }

  /** @param isOperand whether it may be a device */
  async #follow(prefix: ByteString, rest: ByteString, isOperand: boolean, named: boolean): Promise<void> {
    const stat = this.#stat(prefix + rest, statSync, named);
    if (!stat) return;
    if (stat.isDirectory()) {
      if (this.#isNew(stat)) await this.#directory(prefix, baseOf(rest), named);
    } else if (!this.#excluded?.(rest, false)) {
      if (isOperand && stat.isBlockDevice()) this.#device(prefix, rest, stat, named);
      else this.#file(prefix, rest, stat, named);
    }
  }

  /** @param folder the rest part of the directory's name: empty, or ending with `/` */
  async #directory(prefix: ByteString, folder: ByteString, named: boolean): Promise<void> {
    this.#signal?.throwIfAborted();
    for (const leaf of this.#list(prefix + folder, named)) {
      if (++this.#entries % ENTRIES_PER_TURN === 0) await this.#turn();
      const rest = folder + leaf;
      const stat = this.#stat(prefix + rest, lstatSync, false);
      if (!stat || this.#excluded?.(rest, stat.isDirectory())) continue;
      if (stat.isSymbolicLink()) this.#links.push({ prefix, rest });
      else if (!stat.isDirectory()) this.#file(prefix, rest, stat, false);
      else if (this.#isNew(stat)) await this.#directory(prefix, `${rest}/`, false);
    }
  }

  #file(prefix: ByteString, rest: ByteString, stat: BigIntStats, named: boolean): void {
    if (!stat.isFile()) {
      this.#skip(prefix + rest, 'Not a regular file', named);
    } else if (stat.size > 0n && this.#isNew(stat)) {
      const { mtimeNs, ctimeNs, ino } = stat;
      this.files.add({ prefix, rest, size: Number(stat.size), mtimeNs, ctimeNs, ino });
    }
  }

  #device(prefix: ByteString, rest: ByteString, stat: BigIntStats, named: boolean): void {
    if (!this.#isNew(stat)) return;
    try {
      using device = new FileReader(prefix + rest);
      // Nobody notes when a device's content changes. The present time says "just now": no cache keeps what is that young.
      const now = BigInt(Date.now()) * 1_000_000n;
      if (device.size > 0)
        this.files.add({ prefix, rest, size: device.size, mtimeNs: now, ctimeNs: now, ino: stat.ino });
    } catch (error) {
      const reason = reasonOf(error);
      this.#onUnusable({ name: prefix + rest, reason, named, message: reason });
    }
  }

  #isNew(stat: BigIntStats): boolean {
    let inodes = this.#seen.get(stat.dev);
    if (!inodes) this.#seen.set(stat.dev, (inodes = new Inodes()));
    return inodes.add(stat.ino);
  }

  #list(directory: ByteString, named: boolean): ByteString[] {
    try {
      return readdirSync(toPath(directory), 'latin1').sort();
    } catch (error) {
      const reason = reasonOf(error);
      const message = `Error reading from directory \`${display(directory)}' (${reason})`;
      if (isOutOfFiles(error)) throw new JigdoError(message, { cause: error });
      this.#onUnusable({ name: directory, reason, named, message });
      return [];
    }
  }

  #stat(name: ByteString, how: typeof statSync, named: boolean): BigIntStats | undefined {
    if (name.includes('\0')) {
      this.#skip(name, 'No file can have a NUL byte in its name', named);
      return undefined;
    }
    try {
      return how(toPath(name), { bigint: true });
    } catch (error) {
      this.#skip(name, reasonOf(error), named);
      return undefined;
    }
  }

  #skip(name: ByteString, reason: string, named: boolean): void {
    this.#onUnusable({ name, reason, named, message: `Skipping object \`${display(name)}' (${reason})` });
  }

  async #turn(): Promise<void> {
    this.#reporter.progress('reading directories', this.#entries, 0, '', 'files');
    await setImmediate();
    this.#signal?.throwIfAborted();
  }
}

function exists(name: ByteString): boolean {
  try {
    return !name.includes('\0') && statSync(toPath(name), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
