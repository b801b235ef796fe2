// What the layout walkers find, with limits: an image's directories may be hostile.
import { display, type ByteString } from '../format/bytes.js';
import type { Extent } from '../io/reader.js';
import { append, sameExtents, totalLength } from './extents.js';
import type { Source } from './source.js';
import { LAYOUT_NAMES, type ImageFile, type ImageLayout, type LayoutKind, type Packing } from './types.js';

/** Directory entries of all kinds: a DVD full of one-sector files, twice. */
const SURVEY_MAX_ENTRIES = 4_000_000;
/** Bytes of a path, as PATH_MAX: it also bounds how deep directories nest. */
const MAX_PATH = 4096;
/** Bytes of all paths: what the list of files may cost in memory. */
const MAX_PATHS = 2 ** 28;
/** Extents of all files. */
const SURVEY_MAX_EXTENTS = 8_000_000;
const SURVEY_MAX_AREAS = 1_000_000;
const SURVEY_MAX_PROBLEMS = 100;

/** Which name a file gets that several directories have: the highest. */
export const RANK = { plain: 1, enhanced: 2, joliet: 3, udf: 4, rockRidge: 5, archive: 5 } as const;

/** Files that begin at the same byte: a limit that keeps the comparison with each of them cheap. */
const MAX_SAME_START = 64;

interface Found {
  path: ByteString;
  rank: number;
  readonly extents: readonly Extent[];
  /** Another file that begins at the same byte. */
  readonly next: Found | undefined;
}

interface Area {
  offset: number;
  length: number;
  readonly what: string;
}

/** Collects files, areas and problems of one image. */
export class Survey {
  /** True once a limit is reached: walkers stop. */
  full = false;
  readonly #source: Source;
  /** By the offset of the first extent. */
  readonly #files = new Map<number, Found>();
  readonly #areas: Area[] = [];
  readonly #problems: string[] = [];
  readonly #packed = new Map<Packing, number>();
  #unlisted = 0;
  #entries = 0;
  #pathBytes = 0;
  #extents = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Counts one directory entry. A walker asks before it keeps anything of it.
   *
   * @param path the entry's path below the root
   * @returns false if it must be left out: its path is too long, or there are too many entries
   */
  admit(kind: LayoutKind, path: ByteString): boolean {
    if (this.full) return false;
    if (path.length > MAX_PATH) {
      this.problem(kind, `a path of more than ${MAX_PATH} bytes was left out`);
      return false;
    }
    this.#pathBytes += path.length;
    if (++this.#entries > SURVEY_MAX_ENTRIES || this.#pathBytes > MAX_PATHS) this.#overflow(kind);
    return !this.full;
  }

  /**
   * A file. Left out if it is empty, or if an extent is not within the image.
   *
   * @param path its path below the root, already admitted
   * @param pieces where its bytes lie, in file order
   * @param rank which of several names wins (`RANK`); the first one among equals
   */
  file(kind: LayoutKind, path: ByteString, pieces: readonly Extent[], rank: number): void {
    const extents: Extent[] = [];
    for (const { offset, length } of pieces) {
      if (!this.#source.within(offset, length)) {
        this.problem(kind, `\`${display(path)}': ${length} bytes at ${offset} lie outside the image`);
        return;
      }
      append(extents, offset, length);
    }
    if (extents.length === 0) return;
    const first = this.#files.get(extents[0].offset);
    let count = 0;
    for (let found = first; found !== undefined; found = found.next) {
      count++;
      if (!sameExtents(found.extents, extents)) continue;
      if (found.rank < rank) {
        found.path = path;
        found.rank = rank;
      }
      return;
    }
    this.#extents += extents.length;
    if (this.#extents > SURVEY_MAX_EXTENTS) this.#overflow(kind);
    else if (count >= MAX_SAME_START)
      this.problem(kind, `\`${display(path)}': too many files begin at ${extents[0].offset}`);
    else this.#files.set(extents[0].offset, { path, rank, extents, next: first });
  }

  /** Whether a file that was found so far begins at `offset`. */
  startsAt(offset: number): boolean {
    return this.#files.has(offset);
  }

  /** A part of the image that is not a file. Cut at the image's end. */
  area(offset: number, length: number, what: string): void {
    const last = this.#areas.at(-1);
    if (last !== undefined && last.what === what && last.offset + last.length === offset) last.length += length;
    else if (this.#areas.length < SURVEY_MAX_AREAS && offset >= 0) this.#areas.push({ offset, length, what });
  }

  /** Counts a file whose bytes do not lie in the image as they are, whether or not it is told as what lies there. */
  packed(how: Packing): void {
    this.#packed.set(how, (this.#packed.get(how) ?? 0) + 1);
  }

  /** One line about something that was left out. */
  problem(kind: LayoutKind, text: string): void {
    if (this.#problems.length < SURVEY_MAX_PROBLEMS - 1) this.#problems.push(`${LAYOUT_NAMES[kind]}: ${text}`);
    else this.#unlisted++;
  }

  /** All of it, in the order that `ImageLayout` promises. */
  layout(kinds: readonly LayoutKind[]): ImageLayout {
    const files: ImageFile[] = [];
    for (const first of this.#files.values()) {
      for (let found: Found | undefined = first; found !== undefined; found = found.next) {
        files.push({ path: found.path, size: totalLength(found.extents), extents: found.extents });
      }
    }
    files.sort((a, b) => a.extents[0].offset - b.extents[0].offset || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    const problems = [...this.#problems];
    if (this.#source.exhausted)
      problems.unshift('the directories are larger than the image can hold; the rest was left out');
    if (problems.length > SURVEY_MAX_PROBLEMS - 1) this.#unlisted += problems.splice(SURVEY_MAX_PROBLEMS - 1).length;
    if (this.#unlisted > 0) problems.push(`and ${this.#unlisted} more`);
    return { kinds, files, areas: this.#mergedAreas(), packed: this.#packed, problems };
  }

  #mergedAreas(): Area[] {
    const merged: Area[] = [];
    for (const area of this.#areas.sort((a, b) => a.offset - b.offset || b.length - a.length)) {
      const length = Math.min(area.length, this.#source.size - area.offset);
      const last = merged.at(-1);
      if (last !== undefined && last.what === area.what && area.offset <= last.offset + last.length) {
        last.length = Math.max(last.length, area.offset + length - last.offset);
      } else if (length > 0) {
        merged.push({ offset: area.offset, length, what: area.what });
      }
    }
    return merged;
  }

  #overflow(kind: LayoutKind): void {
    if (!this.full) this.problem(kind, 'there are too many directory entries; the rest was left out');
    this.full = true;
  }
}
