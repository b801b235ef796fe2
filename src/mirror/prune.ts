// Removal of what a snapshot does not need any more.
import { lstatSync, readdirSync, readlinkSync, realpathSync, rmdirSync, unlinkSync } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';
import { compareBytes, display, toPath, type ByteString } from '../format/bytes.js';
import { baseOf } from '../format/paths.js';
import { isFolder } from '../io/is-file.js';
import { makeFolder } from '../io/make-folder.js';
import { MOST_LINKS } from '../io/output-place.js';
import { FileSet } from '../verify/unreferenced.js';

/**
 * The folder that tells a snapshot from any other folder: in the others, nothing is removed. No file, as the files of a snapshot are
 * those that images need.
 */
const SNAPSHOT_MARK = '.jigdo-snapshot';

/** What a killed run leaves (`SnapshotFolder.put`). */
const LEFTOVER = /(^|\/)\.[^/]*\.[0-9a-f]{8}\.part$/s;

/** What stays in a snapshot. */
export interface Kept {
  /** Names of the images' files, relative to the snapshot. */
  readonly names: ReadonlySet<ByteString>;
  /** Paths that this run works with: .jigdo files, templates, trees, the cache. */
  readonly inputs: Iterable<ByteString>;
}

/** What of a folder is not needed. Nothing is removed before `remove` is called. */
export class Pruning {
  readonly #target: ByteString;
  readonly #base: ByteString;
  readonly #names: ReadonlySet<ByteString>;
  /** Real paths of inputs, and of the links and folders on the way to them. */
  readonly #inputs = new Set<ByteString>();
  /** Those that are files, and what folders they are: however they are called, as a tree may be mounted twice. */
  readonly #inputFiles = new Set<ByteString>();
  readonly #inputFolders = new FileSet();
  /** Names in other letters: a file system may not tell them apart. */
  #folded: Map<string, ByteString[]> | undefined;

  constructor(target: ByteString, { names, inputs }: Kept) {
    this.#target = target;
    this.#base = baseOf(target);
    this.#names = names;
    for (const input of inputs) this.#addInput(input);
  }

  /** Whether the folder has the mark of a snapshot. */
  get isSnapshot(): boolean {
    return isFolder(this.#base + SNAPSHOT_MARK);
  }

  /** Gives it the mark. */
  mark(): void {
    makeFolder(this.#base + SNAPSHOT_MARK);
  }

  /** Why a folder without the mark is not pruned; undefined if nothing is in it but what images need. */
  get strangeness(): string | undefined {
    try {
      for (const name of this.#unneeded('')) {
        if (LEFTOVER.test(name)) continue;
        return (
          `\`${display(this.#target)}' has no \`${SNAPSHOT_MARK}', and no image needs \`${display(name)}' in it: is it a snapshot? ` +
          `If all that no image needs may go, make the folder \`${display(this.#base)}${SNAPSHOT_MARK}'`
        );
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof JigdoError)) throw error;
      return error.message;
    }
  }

  /**
   * The names of all that is no folder and not needed, in the order of their bytes within each folder. Links are not followed.
   *
   * @throws JigdoError if something cannot be read
   */
  unneeded(): ByteString[] {
    return [...this.#unneeded('')];
  }

  /**
   * Removes names, and then folders that are empty.
   *
   * @throws JigdoError if something cannot be removed
   */
  remove(names: Iterable<ByteString>): void {
    for (const name of names) attempt(name, () => unlinkSync(toPath(this.#base + name)));
    this.#removeEmpty('');
  }

  *#unneeded(folder: ByteString): Generator<ByteString> {
    const real = realOf(this.#base + folder);
    for (const entry of list(this.#base + folder)) {
      const name = folder + entry.name;
      if (entry.isDirectory()) {
        if (!this.#isInput(name)) yield* this.#unneeded(`${name}/`);
      } else if (!this.#isNeeded(name) && !this.#inputs.has(joined(real, entry.name))) {
        yield name;
      }
    }
  }

  /** Whether a folder stays as it is. */
  #isInput(folder: ByteString): boolean {
    return folder === SNAPSHOT_MARK || this.#inputFolders.has(lstatSync(toPath(this.#base + folder)));
  }

  #isNeeded(name: ByteString): boolean {
    if (this.#names.has(name)) return true;
    const path = this.#base + name;
    const stat = lstatSync(toPath(path), { throwIfNoEntry: false });
    if (!stat) return true;
    if (stat.isSymbolicLink()) return this.#leadsToNeeded(path);
    this.#folded ??= foldedOf(this.#names);
    return (this.#folded.get(fold(name)) ?? []).some((other) => {
      const same = lstatSync(toPath(this.#base + other), { throwIfNoEntry: false });
      return same !== undefined && same.dev === stat.dev && same.ino === stat.ino;
    });
  }

  /** Whether a link is another name of a file that stays. */
  #leadsToNeeded(path: ByteString): boolean {
    const real = realOf(path);
    const base = baseOf(realOf(this.#base));
    return this.#inputFiles.has(real) || (real.startsWith(base) && this.#names.has(real.slice(base.length)));
  }

  #removeEmpty(folder: ByteString): boolean {
    let isEmpty = true;
    for (const entry of list(this.#base + folder)) {
      const name = folder + entry.name;
      const isGone = entry.isDirectory() && !this.#isInput(name) && this.#removeEmpty(`${name}/`);
      if (isGone) attempt(name, () => rmdirSync(toPath(this.#base + name)));
      else isEmpty = false;
    }
    return isEmpty;
  }

  /** Adds the names that a path leads through, links included: none of them may vanish. */
  #addInput(path: ByteString): void {
    let waiting = (path.startsWith('/') ? path : `${realOf('')}/${path}`).split('/');
    let folder: ByteString = '/';
    for (let segment = waiting.shift(), links = 0; segment !== undefined; segment = waiting.shift()) {
      if (segment === '' || segment === '.') continue;
      if (segment === '..') {
        folder = folder.slice(0, Math.max(1, folder.lastIndexOf('/')));
        continue;
      }
      const name = joined(folder, segment);
      this.#inputs.add(name);
      const target = linkAt(name);
      if (target === undefined) folder = name;
      else if (++links > MOST_LINKS) return;
      else {
        if (target.startsWith('/')) folder = '/';
        waiting = [...target.split('/'), ...waiting];
      }
    }
    const stat = lstatSync(toPath(folder), { throwIfNoEntry: false });
    if (stat?.isDirectory()) this.#inputFolders.add(stat);
    else this.#inputFiles.add(folder);
  }
}

function list(folder: ByteString): { name: ByteString; isDirectory(): boolean }[] {
  try {
    const entries = readdirSync(toPath(folder === '' ? '.' : folder), { withFileTypes: true, encoding: 'latin1' });
    return entries.sort((a, b) => compareBytes(a.name, b.name));
  } catch (error) {
    // A dry run may come before the folder is there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new JigdoError(`Error reading from directory \`${display(folder)}' (${reasonOf(error)})`, { cause: error });
  }
}

function attempt(name: ByteString, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    throw new JigdoError(`Could not remove \`${display(name)}': ${reasonOf(error)}`, { cause: error });
  }
}

function joined(folder: ByteString, leaf: ByteString): ByteString {
  return baseOf(folder) + leaf;
}

/** A path without links; the path itself if it leads nowhere. */
function realOf(path: ByteString): ByteString {
  try {
    return realpathSync.native(toPath(path === '' ? '.' : path), 'latin1');
  } catch {
    return path;
  }
}

function linkAt(path: ByteString): ByteString | undefined {
  try {
    return readlinkSync(toPath(path), 'latin1');
  } catch {
    return undefined;
  }
}

/** The form that a file system may take for the same name. */
function fold(name: ByteString): string {
  return Buffer.from(name, 'latin1').toString('utf8').normalize('NFC').toLowerCase();
}

function foldedOf(names: Iterable<ByteString>): Map<string, ByteString[]> {
  const folded = new Map<string, ByteString[]>();
  for (const name of names) {
    const form = fold(name);
    const known = folded.get(form);
    if (known) known.push(name);
    else folded.set(form, [name]);
  }
  return folded;
}
