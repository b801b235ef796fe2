// Many files may begin alike: which of them can lie at a place of the image? A tree of samples tells without reading them all.
import type { RandomAccess } from '../io/reader.js';
import { addToGroup, TRIED_FILES, KNOWN_FILES_MAX, WORD_BYTES, wordOfFile } from './samples.js';
import type { TreeIndex } from './tree-index.js';

/** Where the samples of a file lie, in bytes. */
function sampleOffset(level: number): number {
  return Math.floor(1024 * 1.4 ** level);
}

interface Node {
  level: number;
  files: number[];
  /** Set once split: the files that reach beyond this level's sample, by its bytes. */
  children?: Map<string, Node>;
  /** Set once split: the files that end before it, by size and last bytes. */
  ending?: Map<number, Map<string, number[]>>;
}

/**
 * The files that share one head, in a tree that is grown where it is needed: at each level the files part by 8 bytes at an
 * offset that grows geometrically, so that a place in the image meets only the files that agree with it further and further on.
 *
 * Samples only exclude; the files that are left are compared as a whole.
 */
export class Candidates {
  readonly #index: TreeIndex;
  readonly #image: RandomAccess;
  readonly #root: Node;
  readonly #word = Buffer.alloc(WORD_BYTES);

  /** @param files with the same head, in scan order */
  constructor(index: TreeIndex, image: RandomAccess, files: number[]) {
    this.#index = index;
    this.#image = image;
    this.#root = { level: 0, files };
  }

  /** The files that may lie at `start` of the image: groups of equal size, each in scan order. */
  *at(start: number): Generator<number[]> {
    let node: Node | undefined = this.#root;
    while (node) {
      if (node.files.length > TRIED_FILES && !node.children) this.#split(node);
      if (!node.children || !node.ending) {
        yield* this.#bySize(node.files);
        return;
      }
      for (const [size, byTail] of node.ending) {
        const files = byTail.get(this.#imageWord(start + size - WORD_BYTES));
        if (files) yield files;
      }
      yield* this.#bySize(node.files);
      node = node.children.get(this.#imageWord(start + sampleOffset(node.level)));
    }
  }

  *#bySize(files: readonly number[]): Generator<number[]> {
    const groups = new Map<number, number[]>();
    for (const i of files) addToGroup(groups, this.#index.columns.sizes[i], i);
    yield* groups.values();
  }

  #imageWord(position: number): string {
    const n = this.#image.read(this.#word, position);
    return this.#word.toString('latin1', 0, n);
  }

  /** Moves a node's files to its children; those that cannot be sampled stay and are tried everywhere. */
  #split(node: Node): void {
    const children = new Map<string, Node>();
    const ending = new Map<number, Map<string, number[]>>();
    const stay: number[] = [];
    for (const i of node.files) {
      const size = this.#index.columns.sizes[i];
      const ends = size < sampleOffset(node.level) + WORD_BYTES;
      const readable = node.files.length > KNOWN_FILES_MAX || !this.#index.digest(i);
      const word = readable
        ? wordOfFile(this.#index, i, ends ? size - WORD_BYTES : sampleOffset(node.level))
        : undefined;
      if (word === undefined) {
        stay.push(i);
      } else if (ends) {
        const byTail = ending.get(size) ?? new Map<string, number[]>();
        ending.set(size, byTail);
        addToGroup(byTail, word, i);
      } else {
        const child = children.get(word);
        if (child) child.files.push(i);
        else children.set(word, { level: node.level + 1, files: [i] });
      }
    }
    node.files = stay;
    node.children = children;
    node.ending = ending;
  }
}
