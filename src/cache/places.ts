// Under which key a file is kept: the real path of its directory, and its name in it.
import { lstatSync, realpathSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
import { pathOf, type TreeFile } from '../tree/types.js';

/** A directory, and what the database calls it. */
export interface Directory {
  /** Absolute, without symbolic links. */
  readonly path: ByteString;
  /** Its number in the database; null if it has none; undefined if nobody asked yet. */
  id: number | null | undefined;
}

/** Directories that are remembered. */
const MAX_DIRECTORIES = 10_000;

export interface CacheKey {
  readonly directory: Directory;
  readonly name: ByteString;
}

/**
 * Finds the places of files. Directories are resolved, so that it does not matter from where or through which link a tree is
 * named; the file's own name is not, because what a link points to can change while the link does not.
 */
export class Places {
  /** By the directory's name as given, with its trailing slash. Undefined for those that have no place in a cache. */
  readonly #directories = new Map<ByteString, Directory | undefined>();
  #lastName = '';
  #last: Directory | undefined;

  /** @returns undefined if the file's directory is gone, or below /dev, where content changes and times do not */
  of(file: TreeFile): CacheKey | undefined {
    const path = pathOf(file);
    const cut = path.lastIndexOf('/') + 1;
    // Files come directory by directory.
    if (cut !== this.#lastName.length || !path.startsWith(this.#lastName) || cut === 0) {
      this.#lastName = path.slice(0, cut);
      this.#last = this.#directory(this.#lastName);
    }
    return this.#last && { directory: this.#last, name: path.slice(cut) };
  }

  #directory(name: ByteString): Directory | undefined {
    if (this.#directories.has(name)) return this.#directories.get(name);
    const path = this.#realPath(name);
    const known = path !== undefined && !(/^\/dev(\/|$)/.test(path) && !/^\/dev\/shm(\/|$)/.test(path));
    const directory = known ? { path, id: undefined } : undefined;
    // A mirror may have as many directories as files; those of one above the other come one after the other.
    if (this.#directories.size >= MAX_DIRECTORIES) this.#directories.clear();
    this.#directories.set(name, directory);
    return directory;
  }

  /** The real path of a directory, by that of the one above it: the system would look at all above it each time. */
  #realPath(name: ByteString): ByteString | undefined {
    const cut = name.lastIndexOf('/', name.length - 2) + 1;
    const leaf = name.slice(cut, -1);
    if (cut < 2 || leaf === '' || leaf === '.' || leaf === '..') return realPath(name === '' ? '.' : name);
    const above = isPlainDirectory(name.slice(0, -1)) ? this.#directory(name.slice(0, cut)) : undefined;
    // Also where the one above has no place in a cache: /dev has none, /dev/shm has.
    if (!above) return realPath(name);
    return above.path === '/' ? `/${leaf}` : `${above.path}/${leaf}`;
  }
}

/** Whether a name is a directory, and no link to one. */
function isPlainDirectory(name: ByteString): boolean {
  try {
    return lstatSync(toPath(name)).isDirectory();
  } catch {
    return false;
  }
}

function realPath(directory: ByteString): ByteString | undefined {
  try {
    return realpathSync.native(toPath(directory), 'latin1');
  } catch {
    return undefined;
  }
}
