// A file that images need from a mirror, the places where it may be, and what was found there.
import type { Algorithm } from '../checksum/algorithm.js';
import type { ByteString } from '../format/bytes.js';

/** Where the files of a label are: a folder, or the beginning of a URL. */
export interface Root {
  readonly kind: 'folder' | 'remote';
  /** What stands before a file's name: empty, or ending with `/`. */
  readonly base: ByteString;
  /** Whether it is a tree that the user named, and not something that a .jigdo refers to. */
  readonly named: boolean;
}

/** A tree as the user names it: a folder (also `file:///folder`), or the URL of a mirror. */
export function rootOf(tree: ByteString): Root {
  const isRemote = /^(https?|ftp):\/\//i.test(tree);
  const folder = (tree === '' ? '.' : tree).replace(/^file:(\/\/)?(?=\/)/, '').replace(/(?<=.)\/+$/, '');
  const base = folder.endsWith('/') ? folder : `${folder}/`;
  return { kind: isRemote ? 'remote' : 'folder', base, named: true };
}

/** A place of a file: the file is `root.base + rest`. */
export interface NeedPlace {
  readonly root: Root;
  /** As the .jigdo has it: not to be trusted. */
  readonly rest: ByteString;
  /** The label whose files are in `root`; empty if it is none's. */
  readonly label: ByteString;
}

/**
 * What was found of a file:
 *
 * - `good`: it is there, with its checksum (on a mirror that was not read: with its length, if that is known)
 * - `missing`: it is not there
 * - `unreadable`: it is there, but cannot be read
 * - `wrong-size`: this file, but cut off or with something added
 * - `corrupt`: this file, damaged
 * - `superseded`: another file under the same name, as after a package was built again (see `condition.ts`)
 * - `no-place`: nothing says where it should be
 * - `unsafe`: its name leads out of the tree
 * - `unchecked`: nobody knows, because the mirror does not answer, or too many files are open
 */
export type Condition =
  'good' | 'missing' | 'unreadable' | 'wrong-size' | 'corrupt' | 'superseded' | 'no-place' | 'unsafe' | 'unchecked';

/** One content at its places, and what was found there. */
export interface Need {
  readonly algorithm: Algorithm;
  /** Jigdo base64. */
  readonly digest: string;
  /** In bytes; undefined without a template. */
  readonly length: number | undefined;
  /** Key of the rsum64 of the first `blockLength` bytes (`sumKey`); empty if it is not known. */
  readonly headSum: string;
  readonly blockLength: number;
  /** In order of preference. */
  readonly places: readonly NeedPlace[];
  /** When the newest .jigdo that lists it was written: milliseconds since 1970. */
  readonly published: number;
  /** What was found; undefined before. */
  condition: Condition | undefined;
  /** The place that `condition` is about, as an index. */
  at: number;
  /** The place that `condition` is about; undefined if there is none. */
  readonly place: NeedPlace | undefined;
  /** More about a condition, for people. */
  reason: string | undefined;
  /** Whether it was mended: `condition` says what it was before. */
  mended: boolean;
}

/** A need of its own, of which nothing is known yet. */
export function newNeed(algorithm: Algorithm, digest: string, places: readonly NeedPlace[], length?: number): Need {
  return {
    algorithm,
    digest,
    length,
    headSum: '',
    blockLength: 0,
    places,
    published: 0,
    condition: undefined,
    at: 0,
    get place() {
      return this.places.at(this.at);
    },
    reason: undefined,
    mended: false,
  };
}

/** The path or URL of a place. */
export function pathOfPlace({ root, rest }: NeedPlace): ByteString {
  return root.base + rest;
}

/** Whether a name stays below the folder that it is appended to, if no symbolic link leads away. */
export function isSafe(rest: ByteString): boolean {
  return !rest.includes('\0') && !/(^|\/)\.\.(\/|$)/.test(rest) && rest !== '' && !rest.endsWith('/');
}

/** Whether a place that the user did not name, or a name in one that he did, may be looked at. */
export function isUsable({ root, rest }: NeedPlace): boolean {
  return root.named ? isSafe(rest) : !rest.includes('\0');
}

/** Needs that one path or URL is to satisfy: one, unless images want different contents under one name. */
export interface NeedQuestion {
  readonly path: ByteString;
  readonly needs: readonly Need[];
}

/** Takes the condition of a need at the place that was asked for. */
export type Settle = (need: Need, condition: Condition, reason?: string) => void;

/** Looks at places. */
export interface Checker {
  /**
   * Answers questions: calls `settle` once for each need of each question.
   *
   * @param questions in the order of their paths
   * @param total how many they are
   */
  check(questions: Iterable<NeedQuestion>, total: number, settle: Settle): Promise<void>;
}
