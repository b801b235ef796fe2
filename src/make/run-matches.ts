// From the runs in an image to the files in them: a run's end tells where a file that begins with it must start.
import type { RandomAccess } from '../io/reader.js';
import { addToGroup, TRIED_FILES, KNOWN_FILES_MAX, WORD_BYTES, wordOfFile } from './samples.js';
import { endOfRepetition, type RunPiece } from './search.js';
import type { TreeIndex } from './tree-index.js';
import type { HeadTable } from './head-table.js';
import type { Question } from './questions.js';

/** Joins the pieces of runs that were cut by the borders of searches. Pieces must come in image order. */
export class RunJoiner {
  readonly #image: RandomAccess;
  #open: RunPiece | undefined;

  constructor(image: RandomAccess) {
    this.#image = image;
  }

  /** The run that a later search may still make longer, if there is one. */
  get open(): RunPiece | undefined {
    return this.#open;
  }

  /**
   * A piece goes on with the open run if they share at least one period: only then all bytes of either equal those one period before. The
   * pieces of one run always do, for a search sees `minLength - 1` bytes more than it has starts, and the run's next window with a head
   * begins one period behind the border at most. Different runs of equal period share less.
   *
   * @param pieces what one search found
   * @param reach how far that search could look: a run that ends there may go on. Infinity for the last search.
   * @returns the runs that are complete now
   */
  add(pieces: readonly RunPiece[], reach: number): RunPiece[] {
    const complete: RunPiece[] = [];
    // This search may have seen no window with a head of the run that the last one left open, and yet the run may go on.
    if (this.#open) this.#open = this.#followed(this.#open, reach);
    for (const piece of pieces) {
      if (this.#open?.period === piece.period && this.#open.end - piece.start >= piece.period) {
        this.#open = { ...this.#open, end: piece.end, heads: allHeads(this.#open, piece) };
      } else {
        if (this.#open) complete.push(this.#open);
        this.#open = piece;
      }
    }
    if (this.#open && this.#open.end < reach) {
      complete.push(this.#open);
      this.#open = undefined;
    }
    return complete;
  }

  #followed(run: RunPiece, reach: number): RunPiece {
    const bound = Math.min(reach, this.#image.size);
    return { ...run, end: endOfRepetition(this.#image, run.end - run.period, run.period, bound) };
  }
}

/** The heads of both pieces of a run, each with its first start: a search shorter than the period sees but some of them. */
function allHeads({ period, heads }: RunPiece, later: RunPiece): RunPiece['heads'] {
  const nameOf = ({ head, start }: RunPiece['heads'][number]): string => `${head} ${start % period}`;
  const known = new Set(heads.map(nameOf));
  return [...heads, ...later.heads.filter((head) => !known.has(nameOf(head)))];
}

/** What a run asks: files that would start in it and go on behind it, and files that are nothing but it. */
export interface RunQuestions {
  readonly ends: Question[];
  /** One for each size and phase: if it lies at `start`, it lies at every `period` bytes from there. */
  readonly tiles: Question[];
}

/** A run may always have so many tiles. */
const MAX_TILES = 64;

/**
 * Runs may have more tiles while tiles times bytes of such runs are, in all of the image, less than this. So many bytes at most are hashed
 * for them, and so many steps taken by `bestCover`: a second or two. Behind that a run has the longest and the shortest of them.
 */
const MORE_TILES = 256 << 20;

/** The files whose heads repeat themselves, arranged so that each run meets only those that can lie in it. */
export class RunFiles {
  readonly #index: TreeIndex;
  readonly #heads: HeadTable;
  readonly #image: RandomAccess;
  /** By head and period. */
  readonly #groups = new Map<string, HeadGroup>();
  readonly #word = Buffer.alloc(WORD_BYTES);
  #moreTiles = MORE_TILES;

  constructor(index: TreeIndex, heads: HeadTable, image: RandomAccess) {
    this.#index = index;
    this.#heads = heads;
    this.#image = image;
  }

  /** What to ask about a complete run. Runs must come in image order. */
  questions(run: RunPiece): RunQuestions {
    const ends: Question[] = [];
    const tiles: Question[] = [];
    const n = this.#image.read(this.#word, run.end);
    const word = this.#word.toString('latin1', 0, n);
    for (const { head, start } of run.heads) {
      const group = this.#group(head, run.period);
      for (const files of group.tiles) {
        if (start + this.#index.columns.sizes[files[0]] <= run.end) tiles.push({ start, files });
      }
      for (const files of [...group.others, ...(group.byWord.get(word) ?? [])]) {
        const from = run.end - this.#index.columns.runs[files[0]];
        if (from >= start && (from - start) % run.period === 0) ends.push({ start: from, files });
      }
    }
    return { ends, tiles: this.#affordable(tiles, run.end - run.start) };
  }

  /** Few tiles, all of them while there are not too many in the image, or the longest and the shortest. */
  #affordable(tiles: Question[], length: number): Question[] {
    if (tiles.length <= MAX_TILES) return tiles;
    if (tiles.length * length <= this.#moreTiles) {
      this.#moreTiles -= tiles.length * length;
      return tiles;
    }
    const size = (q: Question): number => this.#index.columns.sizes[q.files[0]];
    tiles.sort((a, b) => size(a) - size(b) || a.start - b.start);
    return [...tiles.slice(0, MAX_TILES / 2), ...tiles.slice(-MAX_TILES / 2)];
  }

  /** The files that can lie in a run: files whose heads have another period do not, even if the sums are equal. */
  #group(head: number, period: number): HeadGroup {
    const name = `${head} ${period}`;
    let group = this.#groups.get(name);
    if (!group) {
      group = this.#arrange(this.#heads.files(head).filter((i) => this.#index.columns.periods[i] === period));
      this.#groups.set(name, group);
    }
    return group;
  }

  #arrange(files: number[]): HeadGroup {
    const { sizes, runs } = this.#index.columns;
    const tiles = new Map<string, number[]>();
    const others = new Map<string, number[]>();
    const byWord = new Map<string, Map<string, number[]>>();
    for (const i of files) {
      // Equal size and equal run: the files start at the same place, and one answer does for all of them.
      const key = `${sizes[i]} ${runs[i]}`;
      if (runs[i] >= sizes[i]) {
        addToGroup(tiles, key, i);
        continue;
      }
      const readable = files.length > (this.#index.digest(i) ? KNOWN_FILES_MAX : TRIED_FILES);
      const word = readable && runs[i] + WORD_BYTES <= sizes[i] ? wordOfFile(this.#index, i, runs[i]) : undefined;
      if (word === undefined) {
        addToGroup(others, key, i);
      } else {
        const same = byWord.get(word) ?? new Map<string, number[]>();
        byWord.set(word, same);
        addToGroup(same, key, i);
      }
    }
    return {
      tiles: [...tiles.values()],
      others: [...others.values()],
      byWord: new Map([...byWord].map(([word, groups]) => [word, [...groups.values()]])),
    };
  }
}

interface HeadGroup {
  tiles: number[][];
  others: number[][];
  byWord: Map<string, number[][]>;
}
