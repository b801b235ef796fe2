// The folders of this machine in which the files of [Parts] lie, and nothing outside of them.
import { realpathSync } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import type { JigdoText } from '../format/jigdo-text.js';
import { meantName, writtenName } from '../format/part-name.js';
import { relativePath } from '../format/part-path.js';
import { baseOf } from '../format/paths.js';
import type { Reporter } from '../io/reporter.js';
import type { Root } from './need.js';
import { Placer, tellUnusedLabels, type Trees } from './placer.js';

/** Where the file of an entry of [Parts] may be. */
export interface LocalPlace {
  /** The path to open; whether a file is there is not known. */
  readonly path: ByteString;
  /** The folder: empty, or with a `/` behind it. */
  readonly base: ByteString;
  /** The path below it, as the .jigdo has it: what is meant by it (`meantName`) is at another `path`. */
  readonly name: ByteString;
}

/**
 * The folders that the user named. A .jigdo, whose writer is a stranger, finds nothing outside of them: neither by `../` or an
 * absolute name in [Parts], nor by `file:` in [Servers], nor by symbolic links.
 */
export class LocalFolders {
  readonly #given: Trees;
  readonly #names: readonly ByteString[];
  readonly #roots: readonly ByteString[];

  /**
   * @param labels label -> folders, the best first
   * @param trees folders that may hold the files of any label, under the same names
   * @throws JigdoError if one of them does not exist
   */
  constructor(labels: ReadonlyMap<ByteString, readonly ByteString[]>, trees: readonly ByteString[]) {
    this.#given = {
      labels: new Map([...labels].map(([label, folders]) => [label, folders.map(rootOf)])),
      trees: trees.map(rootOf),
      usedLabels: new Set(),
    };
    this.#names = [...[...labels.values()].flat(), ...trees];
    this.#roots = this.#names.map(realPath);
  }

  /**
   * Finds the places of a .jigdo's files, in order of preference; none for a hostile name, or a label without folders.
   *
   * @throws FormatError if the labels stand for too many places (`Labels`)
   */
  placesOf(jigdo: JigdoText): (target: ByteString) => LocalPlace[] {
    const placer = new Placer(jigdo, this.#given);
    return (target) =>
      placer.placesOf(target).flatMap(({ root, rest }) => {
        const written = writtenName(rest);
        const name = root.named ? relativePath(written) : undefined;
        if (name === undefined) return [];
        const path = root.base + (written === rest ? name : meantName(name));
        return [{ path, base: root.base, name }];
      });
  }

  /** The same for those who look at places themselves. */
  get asTrees(): Trees {
    return this.#given;
  }

  /** Warns of labels whose folders were of no use until now. */
  tellUnusedLabels(reporter: Reporter): void {
    tellUnusedLabels(this.#given, reporter);
  }

  /** All of them, as they were named. */
  get names(): readonly ByteString[] {
    return this.#names;
  }

  /** The real paths of all of them. */
  get roots(): readonly ByteString[] {
    return this.#roots;
  }

  /** Whether a path, all links followed, is within one of the folders. */
  allows(path: ByteString): boolean {
    let real: ByteString;
    try {
      real = realpathSync.native(toPath(path), 'latin1');
    } catch {
      return false;
    }
    return this.#roots.some((root) => isWithin(real, root));
  }

  /** Whether one of the folders is this one, or within it. `real` is a real path. */
  isAbove(real: ByteString): boolean {
    return this.#roots.some((root) => isWithin(root, real));
  }
}

/** A path below a folder; an empty folder is the current one. */
export function join(folder: ByteString, path: ByteString): ByteString {
  return baseOf(folder) + path;
}

function isWithin(path: ByteString, folder: ByteString): boolean {
  return path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`);
}

function rootOf(folder: ByteString): Root {
  return { kind: 'folder', base: baseOf(folder), named: true };
}

function realPath(folder: ByteString): ByteString {
  try {
    return realpathSync.native(toPath(folder === '' ? '.' : folder), 'latin1');
  } catch (error) {
    throw new JigdoError(`Could not open \`${display(folder)}' for input: ${reasonOf(error)}`, { cause: error });
  }
}
