// What is left in a template, and why: what a release engineer wants to know.
import { lstatSync, statSync } from 'node:fs';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { leafOf } from '../format/paths.js';
import { isImageFile, type Owner, type Territory } from '../image/territory.js';
import type { ImageFile } from '../image/types.js';
import type { Wrapping } from '../image/wrapping.js';
import { FileReader, type Extent, type RandomAccess } from '../io/reader.js';
import { Pace } from '../rebuild/pace.js';
import { isExcludedFile, type Excluder } from '../tree/exclude.js';
import { pathOf, treeFile, type FileList, type TreeFile } from '../tree/types.js';

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

type Reason = Pick<Leftover, 'cause' | 'reason'>;

/** A reason for each file of which something is in the template; `lengthOf` tells how many of its bytes are. */
export type Reasons = (files: readonly ImageFile[], lengthOf: (file: ImageFile) => number) => Promise<Reason[]>;

/** Whether bytes of the image are all zero. */
type IsZero = (extent: Extent) => boolean | Promise<boolean>;

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
export async function leftovers(
  territory: Territory,
  gaps: Iterable<Extent>,
  reasons: Reasons,
  isZero: IsZero,
  wrapping?: Wrapping,
): Promise<Leftover[]> {
  const owned = new Map<Owner, Run>();
  const spaces = new Map<number, Run>();
  const found: Leftover[] = [];
  for (const gap of gaps) {
    for (const tract of territory.cut(gap.offset, gap.length)) {
      const { offset, length, owner, space } = tract;
      if (owner === undefined && length >= SMALL_GAP && (await isZero(tract)))
        found.push({ what: 'zeros', cause: 'zeros', reason: 'padding', offset, length });
      else if (owner) grow(owned, owner, offset, length);
      else grow(spaces, space, offset, length);
    }
  }
  // Of small gaps between files, nobody knows where nobody knows of files.
  const smallGap = territory.isEmpty ? 0 : SMALL_GAP;
  for (const run of unnamed(spaces.values(), smallGap, wrapping)) found.push(run);
  const files = [...owned.keys()].filter(isImageFile);
  const runOf = (file: ImageFile): Run => owned.get(file) as Run;
  const answers = await reasons(files, (file) => runOf(file).length);
  files.forEach((file, i) => found.push({ what: display(file.path), ...answers[i], ...runOf(file) }));
  for (const [owner, run] of owned) {
    if (!isImageFile(owner))
      found.push({ what: owner.what, cause: 'structure', reason: 'structure of the image', ...run });
  }
  return found.sort((a, b) => b.length - a.length || a.offset - b.offset);
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

function* unnamed(spaces: Iterable<Run>, smallGap: number, wrapping: Wrapping | undefined): Generator<Leftover> {
  const reason = wrapping ? `the image is ${wrapping.what}` : 'not a file of the tree';
  const small = { places: 0, offset: 0, length: 0 };
  for (const { offset, length } of spaces) {
    if (length >= smallGap) {
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

/** How a file of the tree compares with bytes of the image; `unknown` if that was not found out. */
export type Likeness = 'equal' | 'differs' | 'unreadable' | 'unknown';
export type Compare = (file: TreeFile, extent: Extent) => Likeness | Promise<Likeness>;

/**
 * Reasons for files, with what is known of the tree. Each is one that was checked.
 *
 * @param files what was offered; undefined if there is no tree at hand
 * @param minLength bytes below which a file is not looked for
 * @param compare compares a file of the tree with as many bytes of the image
 * @param excluded what was left out of the tree when `files` were listed
 */
export function reasonsFor(
  files: FileList | undefined,
  minLength: number,
  compare: Compare,
  excluded?: Excluder,
): Reasons {
  return async (left, lengthOf) => {
    const tree = files && new NamedFiles(files, left);
    const compared = async (file: TreeFile, image: ImageFile, isListed: boolean): Promise<Reason> => {
      const place = display(pathOf(file));
      if (file.size !== image.size) {
        return { cause: 'changed', reason: `differs from ${place}, which has ${file.size} bytes` };
      }
      const likeness = await compare(file, image.extents[0]);
      return REASON_OF[likeness](place, isListed, lengthOf(image) < image.size);
    };
    const explained = async (image: ImageFile): Promise<Reason> => {
      const { path, size, extents } = image;
      if (size < minLength) return { cause: 'short', reason: `shorter than --min-length ${minLength}` };
      if (extents.length > 1) return { cause: 'pieces', reason: `in ${extents.length} pieces` };
      if (!tree) return { cause: 'unmatched', reason: 'no file of the tree has this content' };
      const listed = tree.get(path);
      if (listed) return compared(listed, image, true);
      const isExcluded = excluded !== undefined && isExcludedFile(excluded, path);
      for (const place of tree.places(path)) {
        const there = objectAt(place);
        if (there === undefined) continue;
        if (typeof there === 'string') return { cause: 'unmatched', reason: there };
        if (isExcluded) return { cause: 'unmatched', reason: `${display(place)} is excluded (--exclude)` };
        return compared(there, image, false);
      }
      const alike = tree.alike(path);
      if (alike) return compared(alike, image, true);
      // It may lie elsewhere in the tree, where nobody has looked.
      if (isExcluded) return { cause: 'unmatched', reason: 'files of that name are excluded (--exclude)' };
      return { cause: 'absent', reason: `no such file in the tree${excluded ? ', but for what is excluded' : ''}` };
    };
    const reasons: Reason[] = [];
    for (const image of left) reasons.push(await explained(image));
    return reasons;
  };
}

const REASON_OF: Readonly<Record<Likeness, (place: string, isListed: boolean, isPartly: boolean) => Reason>> = {
  differs: (place) => ({ cause: 'changed', reason: `differs from ${place}` }),
  equal: (place, isListed, isPartly) => ({
    cause: 'unmatched',
    reason: `equal to ${place}, ${isPartly ? 'but other files cover part of it' : isListed ? 'but not matched' : 'which was not looked for'}`,
  }),
  unreadable: (place) => ({ cause: 'unmatched', reason: `${place} cannot be read` }),
  unknown: (place, _isListed, isPartly) => ({
    cause: 'unmatched',
    reason: `as long as ${place}; ${isPartly ? 'other files cover part of it' : 'not compared'}`,
  }),
};

/** Files of the tree that are called like one of the image. */
class NamedFiles {
  /** By their names in the tree. */
  readonly #names = new Map<ByteString, TreeFile>();
  /** By the last parts of those. */
  readonly #leaves = new Map<ByteString, TreeFile>();
  readonly #prefixes = new Set<ByteString>();

  constructor(files: FileList, wanted: readonly ImageFile[]) {
    const paths = new Set(wanted.map(({ path }) => path));
    const leaves = new Set(wanted.map(({ path }) => leafOf(path)));
    for (const file of files) {
      this.#prefixes.add(file.prefix);
      if (paths.has(file.rest)) this.#names.set(file.rest, file);
      const leaf = leafOf(file.rest);
      if (leaves.has(leaf) && !this.#leaves.has(leaf)) this.#leaves.set(leaf, file);
    }
  }

  /** The file of that name. */
  get(path: ByteString): TreeFile | undefined {
    return this.#names.get(path);
  }

  /** One whose name ends so. */
  alike(path: ByteString): TreeFile | undefined {
    return this.#leaves.get(leafOf(path));
  }

  /** Where a file of that name would be. */
  *places(path: ByteString): Generator<ByteString> {
    if (!path.includes('\0')) for (const prefix of this.#prefixes) yield prefix + path;
  }
}

/** What is at a place that the list of files has not: a file, why it is none in words, or nothing. */
function objectAt(place: ByteString): TreeFile | string | undefined {
  try {
    const stat = statSync(toPath(place), { bigint: true });
    if (stat.isFile()) return treeFile(place, { ...stat, size: Number(stat.size) });
    return stat.isDirectory() ? undefined : `${display(place)} is not a regular file`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    if (code !== 'ENOENT') return `${display(place)} cannot be looked at: ${reasonOf(error)}`;
    return isLink(place) ? `${display(place)} is a link to nothing` : undefined;
  }
}

function isLink(place: ByteString): boolean {
  return lstatSync(toPath(place), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Bytes compared at a time. */
const LEFTOVER_COMPARE_BYTES = 256 << 10;

/**
 * Compares files with bytes of an image. As many bytes as the image has twice, and no more: files of a hostile image
 * may all lie at one place.
 *
 * @param signal ends a comparison with `Interrupted`
 */
export function comparerOf(image: RandomAccess, signal?: AbortSignal): Compare {
  let budget = 2 * image.size;
  const pace = new Pace(signal);
  return (file, extent) => {
    budget -= extent.length;
    return budget < 0 ? 'unknown' : likeness(image, file, extent, pace);
  };
}

/** Compares a file of the tree with bytes of an image, up to the first difference. */
async function likeness(
  image: RandomAccess,
  file: TreeFile,
  { offset, length }: Extent,
  pace: Pace,
): Promise<Likeness> {
  let reader: FileReader;
  try {
    reader = new FileReader(pathOf(file));
  } catch {
    return 'unreadable';
  }
  using opened = reader;
  if (opened.size !== length) return 'differs';
  const [ours, theirs] = [new Uint8Array(LEFTOVER_COMPARE_BYTES), new Uint8Array(LEFTOVER_COMPARE_BYTES)];
  for (let done = 0; done < length; done += LEFTOVER_COMPARE_BYTES) {
    const [one, other] = [ours.subarray(0, length - done), theirs.subarray(0, length - done)];
    if (image.read(one, offset + done) < one.length) return 'unknown';
    try {
      if (opened.read(other, done) < other.length) return 'differs';
    } catch {
      return 'unreadable';
    }
    if (Buffer.compare(one, other) !== 0) return 'differs';
    await pace.step();
  }
  return 'equal';
}
