// What is left in a template, and why: what a release engineer wants to know.
import { existsSync } from 'node:fs';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { leafOf } from '../format/paths.js';
import { isFile, type Owner, type Territory, type Tract } from '../image/territory.js';
import type { ImageFile } from '../image/types.js';
import type { Wrapping } from '../image/wrapping.js';
import { FileReader, type Extent, type RandomAccess } from '../io/reader.js';
import { pathOf, type FileList, type TreeFile } from '../tree/types.js';

/**
 * Why something is in the template.
 *
 * - `short`: a file below the shortest length that is looked for
 * - `pieces`: a file that does not lie in the image in one piece
 * - `absent`: a file that the tree has not
 * - `changed`: a file that the tree has with other content
 * - `unmatched`: a file whose content was not offered; there is no tree at hand to tell more
 * - `structure`: directories and the like
 * - `unnamed`: bytes that no directory names
 * - `zeros`: many of them, all zero
 * - `alignment`: small gaps between files
 */
export type Cause =
  'short' | 'pieces' | 'absent' | 'changed' | 'unmatched' | 'structure' | 'unnamed' | 'zeros' | 'alignment';

/** Something in the image that no part covers. */
export interface Leftover {
  /** A file of the image, or what else lies there. */
  readonly what: string;
  readonly cause: Cause;
  /** The cause in words, with its circumstances. */
  readonly reason: string;
  /** Where it begins in the image, in bytes. */
  readonly offset: number;
  /** How many bytes of it are in the template. */
  readonly length: number;
}

/** Why files are in the template: an answer for each. */
export type Reasons = (files: readonly ImageFile[]) => Pick<Leftover, 'cause' | 'reason'>[];

/** Smaller gaps between files are told as one thing: they are alignment, which nobody can do anything about. Bytes. */
export const SMALL_GAP = 64 << 10;

/**
 * Explains the unmatched bytes with the layout of the image.
 *
 * @param territory what the bytes of the image belong to
 * @param gaps what no part covers, in image order
 * @param isZero whether bytes of the image are all zero: asked about long runs that nobody owns
 * @param wrapping what hides the image's files, if that is known
 * @returns all of it, biggest first: the lengths add up to those of the gaps
 */
export function leftovers(
  territory: Territory,
  gaps: Iterable<Extent>,
  reasons: Reasons,
  isZero: (extent: Extent) => boolean,
  wrapping?: Wrapping,
): Leftover[] {
  const owned = new Map<Owner, Run>();
  const spaces = new Map<number, Run>();
  const found: Leftover[] = [];
  for (const gap of gaps) {
    for (const tract of territory.cut(gap.offset, gap.length)) {
      const { offset, length, owner, space } = tract;
      if (isPadding(tract, isZero)) found.push({ what: 'zeros', cause: 'zeros', reason: 'padding', offset, length });
      else if (owner) grow(owned, owner, offset, length);
      else grow(spaces, space, offset, length);
    }
  }
  for (const run of unnamed(spaces.values(), wrapping)) found.push(run);
  const files = [...owned.keys()].filter(isFile);
  const answers = reasons(files);
  files.forEach((file, i) => found.push({ what: display(file.path), ...answers[i], ...(owned.get(file) as Run) }));
  for (const [owner, run] of owned) {
    if (!isFile(owner)) found.push({ what: owner.what, cause: 'structure', reason: 'structure of the image', ...run });
  }
  return found.sort((a, b) => b.length - a.length || a.offset - b.offset);
}

/** Whether a run of bytes is long, nobody's and all zero. */
function isPadding(tract: Tract, isZero: (extent: Extent) => boolean): boolean {
  return tract.owner === undefined && tract.length >= SMALL_GAP && isZero(tract);
}

/** Bytes that are told as one: where the first of them lies, and how many they are. */
interface Run {
  offset: number;
  length: number;
}

function grow<T>(runs: Map<T, Run>, key: T, offset: number, length: number): void {
  const run = runs.get(key);
  if (run) run.length += length;
  else runs.set(key, { offset, length });
}

function* unnamed(spaces: Iterable<Run>, wrapping: Wrapping | undefined): Generator<Leftover> {
  const reason = wrapping ? `the image is ${wrapping.what}` : 'not a file of the tree';
  const small = { places: 0, offset: 0, length: 0 };
  for (const { offset, length } of spaces) {
    if (length >= SMALL_GAP) {
      yield { what: 'data that no directory names', cause: 'unnamed', reason, offset, length };
    } else {
      if (small.places++ === 0) small.offset = offset;
      small.length += length;
    }
  }
  if (small.places === 0) return;
  const what = small.places === 1 ? 'a gap between files' : `${small.places} gaps between files`;
  yield { what, cause: 'alignment', reason: 'alignment', offset: small.offset, length: small.length };
}

/** How a file of the tree compares with bytes of the image; `unknown` if the image's bytes are not at hand. */
export type Likeness = 'equal' | 'differs' | 'unreadable' | 'unknown';

/**
 * Reasons for files, with what is known of the tree.
 *
 * @param files what was offered; undefined if there is no tree at hand
 * @param minLength bytes below which a file is not looked for
 * @param compare compares a file of the tree with as many bytes of the image: no file is said to differ that was not compared
 */
export function reasonsFor(
  files: FileList | undefined,
  minLength: number,
  compare: (file: TreeFile, extent: Extent) => Likeness,
): Reasons {
  return (left) => {
    const tree = files ? new NamedFiles(files, left) : undefined;
    return left.map(({ path, size, extents }) => {
      if (size < minLength) return { cause: 'short', reason: `shorter than --min-length ${minLength}` };
      if (extents.length > 1) return { cause: 'pieces', reason: `in ${extents.length} pieces` };
      if (!tree) return { cause: 'unmatched', reason: 'no file of the tree has this content' };
      const same = tree.get(path);
      if (!same) {
        const there = tree.unlisted(path);
        if (there === undefined) return { cause: 'absent', reason: 'no such file in the tree' };
        return { cause: 'unmatched', reason: `${display(there)} was not among the files to look for (excluded?)` };
      }
      const place = display(pathOf(same));
      if (same.size !== size) {
        return { cause: 'changed', reason: `differs from ${place}, which has ${same.size} bytes` };
      }
      return REASON_OF[compare(same, extents[0])](place);
    });
  };
}

const REASON_OF: Readonly<Record<Likeness, (place: string) => Pick<Leftover, 'cause' | 'reason'>>> = {
  differs: (place) => ({ cause: 'changed', reason: `differs from ${place}` }),
  equal: (place) => ({
    cause: 'unmatched',
    reason: `equal to ${place}, which was not looked for, or others cover more`,
  }),
  unreadable: (place) => ({ cause: 'unmatched', reason: `${place} cannot be read` }),
  unknown: (place) => ({ cause: 'unmatched', reason: `as long as ${place}; not compared` }),
};

/** Files of the tree that are called like one of the image: by their names in it, and by the last parts of those. */
class NamedFiles {
  readonly #names = new Map<ByteString, TreeFile>();
  readonly #prefixes = new Set<ByteString>();

  constructor(files: FileList, wanted: readonly ImageFile[]) {
    const isWanted = new Set(wanted.flatMap(({ path }) => [path, leafOf(path)]));
    for (const file of files) {
      this.#prefixes.add(file.prefix);
      if (isWanted.has(file.rest)) this.#names.set(file.rest, file);
      const leaf = leafOf(file.rest);
      if (isWanted.has(leaf) && !this.#names.has(leaf)) this.#names.set(leaf, file);
    }
  }

  get(path: ByteString): TreeFile | undefined {
    return this.#names.get(path) ?? this.#names.get(leafOf(path));
  }

  /** Where a file of that name is all the same, though it is not in the list. */
  unlisted(path: ByteString): ByteString | undefined {
    for (const prefix of this.#prefixes) if (existsSync(toPath(prefix + path))) return prefix + path;
    return undefined;
  }
}

/** Bytes compared at a time. */
const PIECE = 256 << 10;

/** Compares a file of the tree with bytes of an image, up to the first difference. */
export function likeness(image: RandomAccess, file: TreeFile, { offset, length }: Extent): Likeness {
  let reader: FileReader;
  try {
    reader = new FileReader(pathOf(file));
  } catch {
    return 'unreadable';
  }
  using opened = reader;
  if (opened.size !== length) return 'differs';
  const [ours, theirs] = [new Uint8Array(PIECE), new Uint8Array(PIECE)];
  for (let done = 0; done < length; done += PIECE) {
    const [one, other] = [ours.subarray(0, length - done), theirs.subarray(0, length - done)];
    if (image.read(one, offset + done) < one.length) return 'unknown';
    try {
      if (opened.read(other, done) < other.length) return 'differs';
    } catch {
      return 'unreadable';
    }
    if (Buffer.compare(one, other) !== 0) return 'differs';
  }
  return 'equal';
}
