// The folder that a snapshot is made in. Nothing is written outside of it, whatever lies in it.
import { accessSync, constants, copyFileSync, linkSync, lstatSync, mkdirSync, statSync, utimesSync } from 'node:fs';
import { JigdoError, outputProblem, systemError } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { baseOf, folderOf } from '../format/paths.js';
import { isSameOpen, pick, type Identity } from '../io/identity.js';
import { isFolder } from '../io/is-file.js';
import { outputTarget, putInPlace, type Replacing } from '../io/output-place.js';
import { LeftParts, temporaryName } from '../io/output.js';
import { keepAtExit, removeAtExit, removeTemporary } from '../io/temporary.js';

/**
 * How files come into the snapshot: as one more name of the same file, as a copy that shares its blocks until one of them changes
 * (where the file system can; else an ordinary one), or as a copy.
 */
export type Method = 'link' | 'reflink' | 'copy';

/** A link in a file's place may lead anywhere: it is replaced itself. */
const REPLACING: Replacing = { force: true, links: true };

/** A folder to be filled with files. */
export class SnapshotFolder {
  readonly #base: ByteString;
  readonly #method: Method;
  /** Folders that are known to be there and to be none but folders, with a `/` behind them. */
  readonly #folders = new Set<ByteString>();
  readonly #leftParts = new LeftParts();

  constructor(target: ByteString, method: Method) {
    this.#base = baseOf(target);
    this.#method = method;
  }

  /** Whether there is a folder by now. */
  get isThere(): boolean {
    return isFolder(this.#base);
  }

  /** The path of a file of the snapshot, if it is there and a file: no link is followed. */
  find(name: ByteString): ByteString | undefined {
    for (let cut = name.indexOf('/'); cut >= 0; cut = name.indexOf('/', cut + 1)) {
      if (!this.#stat(name.slice(0, cut))?.isDirectory()) return undefined;
    }
    return this.#stat(name)?.isFile() ? this.#base + name : undefined;
  }

  /**
   * Puts a file into the snapshot, in the place of what is there under its name.
   *
   * @param identity of the file when it was checked
   * @throws JigdoError if that is not possible, or the file has changed
   */
  async put(path: ByteString, name: ByteString, identity: Identity): Promise<void> {
    const cut = name.lastIndexOf('/') + 1;
    try {
      this.#makeFolders(name.slice(0, cut));
      if (this.#stat(name)?.isDirectory()) throw inTheWay(this.#base + name, 'a file');
      const place = outputTarget(this.#base + name, REPLACING);
      await this.#leftParts.tidy(place);
      const temporary = temporaryName(place);
      const from = toPath(path);
      const to = toPath(temporary);
      removeAtExit(temporary);
      try {
        this.#bring(from, to);
        if (!isSameOpen(pick(statSync(from, { bigint: true })), identity)) {
          throw new JigdoError(`\`${display(path)}' changed while it was read`);
        }
        putInPlace(temporary, place, REPLACING);
        keepAtExit(temporary);
      } finally {
        removeTemporary(temporary);
      }
    } catch (error) {
      throw error instanceof JigdoError ? error : this.#failure(name, error);
    }
  }

  /**
   * What `put` would throw, as far as that can be told without doing anything.
   *
   * @throws JigdoError
   */
  check(name: ByteString, identity: Identity): void {
    let folder = this.#base === '' ? './' : this.#base;
    try {
      for (let cut = name.indexOf('/'); cut >= 0; cut = name.indexOf('/', cut + 1)) {
        const stat = this.#stat(name.slice(0, cut));
        if (stat && !stat.isDirectory()) throw inTheWay(this.#base + name.slice(0, cut), 'a folder');
        if (stat) folder = this.#base + name.slice(0, cut + 1);
      }
      if (this.#stat(name)?.isDirectory()) throw inTheWay(this.#base + name, 'a file');
      while (!isFolder(folder)) folder = folderOf(folder.slice(0, -1)) || './';
      accessSync(toPath(folder), constants.W_OK | constants.X_OK);
      const isElsewhere = identity.dev !== undefined && statSync(toPath(folder), { bigint: true }).dev !== identity.dev;
      if (this.#method === 'link' && isElsewhere) throw systemError('EXDEV');
    } catch (error) {
      throw error instanceof JigdoError ? error : this.#failure(name, error);
    }
  }

  #bring(from: Buffer, to: Buffer): void {
    if (this.#method === 'link') return linkSync(from, to);
    copyFileSync(from, to, constants.COPYFILE_EXCL | (this.#method === 'reflink' ? constants.COPYFILE_FICLONE : 0));
    // A Date would be rounded to the next millisecond, which may be in the next second.
    const { atimeMs, mtimeMs } = statSync(from);
    utimesSync(to, atimeMs / 1000, mtimeMs / 1000);
  }

  /** @param path empty, or with a `/` behind it */
  #makeFolders(path: ByteString): void {
    if (this.#folders.size === 0) mkdirSync(toPath(this.#base === '' ? '.' : this.#base), { recursive: true });
    this.#folders.add('');
    if (this.#folders.has(path)) return;
    for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) {
      const folder = path.slice(0, cut);
      const stat = this.#stat(folder);
      if (!stat) mkdirSync(toPath(this.#base + folder));
      else if (!stat.isDirectory()) {
        throw inTheWay(this.#base + folder, 'a folder');
      }
    }
    this.#folders.add(path);
  }

  #stat(name: ByteString): ReturnType<typeof lstatSync> {
    try {
      return lstatSync(toPath(this.#base + name), { throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }

  #failure(name: ByteString, error: unknown): JigdoError {
    const { code } = error as NodeJS.ErrnoException;
    const hint = { EXDEV: ' (it is on another file system: use --method copy)', EMLINK: ' (use --method copy)' }[
      code ?? ''
    ];
    const problem = `Error writing to \`${display(this.#base + name)}'`;
    return hint ? new JigdoError(`${problem}: Cannot link${hint}`, { cause: error }) : outputProblem(problem, error);
  }
}

function inTheWay(path: ByteString, what: string): JigdoError {
  return new JigdoError(`\`${display(path)}' is in the way: it is not ${what}`);
}
