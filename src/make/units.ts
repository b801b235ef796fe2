// The units of work that the scan of an image is made of. They run in this thread or in a worker (crew.ts).
import type { Hash } from 'node:crypto';
import { newDigest, type Algorithm } from '../checksum/digest.js';
import { JigdoError } from '../errors.js';
import { readNamed, type RandomAccess } from '../io/reader.js';
import { PartDigests } from './part-digests.js';
import type { Question } from './questions.js';
import { Searcher, type SearchResult, type SearchTables } from './search.js';
import { LoadedSlabs, slotOf, type SlabMemory } from './slabs.js';
import { TreeIndex } from './tree-index.js';
import { Verifier, type Effort } from './verifier.js';

/** Plain data that a worker starts with: enough to load the image. To search it, it needs SearchTables. */
export interface UnitSetup {
  /** The open image; threads share file descriptors. */
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
  /** For messages. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly slabs: SlabMemory;
  /** Which of the threads this is, from 0 on. */
  readonly hand: number;
}

/** For each question the file that lies there, or -1; lines about files that could not be read. */
export interface Answers {
  readonly files: number[];
  readonly problems: string[];
  readonly effort: Effort;
}

export type Unit =
  /** Loads the slab [from, to) and adds it to the image's digest: in order, always on the same worker. */
  | { readonly kind: 'load'; readonly from: number; readonly to: number }
  /** The image's digest, after all of it was loaded. */
  | { readonly kind: 'end of digest' }
  /** Searches the slab [from, to), which is loaded. */
  | { readonly kind: 'search'; readonly from: number; readonly to: number }
  /** Answers questions about places in slabs that are loaded: the first begins at `from`, the last ends at `to`. */
  | { readonly kind: 'answer'; readonly questions: readonly Question[]; readonly from: number; readonly to: number }
  /** Answers questions about places that need not be in memory. */
  | { readonly kind: 'verify'; readonly questions: readonly Question[] };

/** The result of each kind of unit. */
export interface UnitResults {
  /** Bytes read. */
  load: number;
  'end of digest': Uint8Array;
  search: SearchResult;
  answer: Answers;
  verify: Answers;
}

/** Bytes that are hashed right after they were read, while they are in the processor's cache. */
const PIECE = 256 << 10;

/** The image through a descriptor that others use as well: every read says where. */
class SharedImage implements RandomAccess {
  readonly size: number;
  readonly name: string;
  readonly #fd: number;

  constructor(setup: UnitSetup) {
    this.#fd = setup.fd;
    this.size = setup.size;
    this.name = setup.name;
  }

  read(target: Uint8Array, position: number): number {
    const wanted = target.subarray(0, Math.max(0, this.size - position));
    const length = readNamed(this.#fd, this.name, wanted, position);
    if (length < wanted.length) {
      throw new JigdoError(
        `Error reading from \`${this.name}' at byte ${position + length}: the image became shorter while it was read`,
      );
    }
    return length;
  }
}

/** Does units, one at a time. */
export class UnitRunner {
  readonly #image: SharedImage;
  readonly #setup: UnitSetup;
  #searcher: Searcher | undefined;
  #verifier: Verifier | undefined;
  #hash: Hash | undefined;

  constructor(setup: UnitSetup) {
    this.#image = new SharedImage(setup);
    this.#setup = setup;
  }

  /** Gives what is needed for all units but loading. */
  prepare(tables: SearchTables): void {
    const { algorithm, slabs, hand } = this.#setup;
    this.#searcher = new Searcher(this.#image, tables);
    const digests = new PartDigests(algorithm, slabs, hand);
    this.#verifier = new Verifier(this.#image, new TreeIndex(tables.columns), digests);
  }

  /** @throws JigdoError if the image cannot be read */
  run(unit: Unit): UnitResults[Unit['kind']] {
    switch (unit.kind) {
      case 'load':
        return this.#load(unit.from, unit.to);
      case 'end of digest':
        return this.#digest().digest();
      case 'search':
        return prepared(this.#searcher).search(unit.from, unit.to, slotOf(this.#setup.slabs, unit.from));
      case 'answer': {
        const verifier = prepared(this.#verifier);
        const loaded = new LoadedSlabs(this.#setup.slabs, unit.from, unit.to);
        return { files: verifier.answer(unit.questions, loaded), ...verifier.takeReport() };
      }
      case 'verify': {
        const verifier = prepared(this.#verifier);
        const files = unit.questions.map(({ files, start }) => verifier.firstMatch(files, start));
        return { files, ...verifier.takeReport() };
      }
    }
  }

  #load(from: number, to: number): number {
    const slot = slotOf(this.#setup.slabs, from);
    for (let at = from; at < to;) {
      const piece = slot.subarray(at - from, Math.min(at - from + PIECE, to - from));
      at += this.#image.read(piece, at);
      this.#digest().update(piece);
    }
    return to - from + this.#image.read(slot.subarray(to - from), to);
  }

  #digest(): Hash {
    return (this.#hash ??= newDigest(this.#setup.algorithm));
  }
}

function prepared<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('a unit before the tables');
  return part;
}
