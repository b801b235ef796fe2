// The folders of this machine in which the files of [Parts] lie: one or more for a label, and some for whatever label.
import { realpathSync } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { splitLabel } from '../format/labels.js';
import { relativePath } from '../format/part-path.js';

/** Nothing outside of these folders is to be found through them: neither by `../` in a name, nor by symbolic links. */
export class LocalFolders {
  readonly #labels: ReadonlyMap<ByteString, readonly ByteString[]>;
  readonly #trees: readonly ByteString[];
  /** The real paths of all of them. */
  readonly #roots: readonly ByteString[];

  /**
   * @param labels label -> folders, the best first
   * @param trees folders that may hold the files of any label, under the same names
   * @throws JigdoError if one of them does not exist
   */
  constructor(labels: ReadonlyMap<ByteString, readonly ByteString[]>, trees: readonly ByteString[]) {
    this.#labels = labels;
    this.#trees = trees;
    this.#roots = [...[...labels.values()].flat(), ...trees].map(realPath);
  }

  /** The paths at which the file of an entry of [Parts] may be, whether it is there or not. None if its name is hostile. */
  *pathsOf(target: ByteString): Generator<ByteString> {
    const { label, rest } = splitLabel(target) ?? { label: '', rest: target };
    const path = relativePath(rest);
    if (path === undefined) return;
    for (const folder of this.#labels.get(label) ?? []) yield join(folder, path);
    for (const folder of this.#trees) yield join(folder, path);
  }

  /** Whether a path, all links followed, is within one of the folders. */
  allows(path: ByteString): boolean {
    let real: ByteString;
    try {
      real = realpathSync.native(toPath(path), 'latin1');
    } catch {
      return false;
    }
    return this.#roots.some((root) => real === root || real.startsWith(root === '/' ? root : `${root}/`));
  }
}

/** A path below a folder; an empty folder is the current one. */
export function join(folder: ByteString, path: ByteString): ByteString {
  return folder === '' || folder.endsWith('/') ? folder + path : `${folder}/${path}`;
}

function realPath(folder: ByteString): ByteString {
  try {
    return realpathSync.native(toPath(folder === '' ? '.' : folder), 'latin1');
  } catch (error) {
    throw new JigdoError(`Could not open \`${display(folder)}' for input: ${reasonOf(error)}`, { cause: error });
  }
}
