// Under which key a file is kept: the real path of its directory, and its name in it.
import { realpathSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
import { pathOf, type TreeFile } from '../tree/types.js';

/** A directory, and what the database calls it. */
export interface Directory {
  /** Absolute, without symbolic links. */
  readonly path: ByteString;
  /** Its number in the database; null if it has none; undefined if nobody asked yet. */
  id: number | null | undefined;
}

export interface Place {
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
  of(file: TreeFile): Place | undefined {
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
    const path = realPath(name === '' ? '.' : name);
    const known = path !== undefined && !(/^\/dev(\/|$)/.test(path) && !/^\/dev\/shm(\/|$)/.test(path));
    const directory = known ? { path, id: undefined } : undefined;
    this.#directories.set(name, directory);
    return directory;
  }
}

function realPath(directory: ByteString): ByteString | undefined {
  try {
    return realpathSync.native(toPath(directory), 'latin1');
  } catch {
    return undefined;
  }
}
