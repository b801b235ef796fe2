// The units of work that the scan of an image is made of. They run in this thread or in a worker (crew.ts).
import { JigdoError } from '../errors.js';
import { readNamed, type RandomAccess } from '../io/reader.js';
import type { NumberedQuestion } from './questions.js';
import { Searcher, type SearchResult, type SearchTables, type StartRange } from './search.js';
import { TreeIndex } from './tree-index.js';
import { Verifier, type VerifierReport } from './verifier.js';

/** Plain data that a worker is prepared with. */
export interface UnitSetup extends SearchTables {
  /** The open image; threads share file descriptors. */
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
  /** For messages. */
  readonly name: string;
}

export type Unit =
  /** Searches these starts: see Searcher. */
  | { readonly kind: 'search'; readonly ranges: readonly StartRange[]; readonly to: number }
  /** Takes questions, and answers what can be answered: see Verifier. */
  | { readonly kind: 'verify'; readonly questions: readonly NumberedQuestion[]; readonly toTheEnd: boolean };

/** The result of each kind of unit. */
export interface UnitResults {
  search: SearchResult;
  verify: VerifierReport;
}

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
  readonly #searcher: Searcher;
  readonly #columns;
  /** Made for a thread that is asked to verify. */
  #verifier: Verifier | undefined;

  constructor(setup: UnitSetup) {
    this.#image = new SharedImage(setup);
    this.#searcher = new Searcher(this.#image, setup);
    this.#columns = setup.columns;
  }

  /** @throws JigdoError if the image cannot be read */
  run(unit: Unit): UnitResults[Unit['kind']] {
    if (unit.kind === 'search') return this.#searcher.search(unit.ranges, unit.to);
    this.#verifier ??= new Verifier(this.#image, new TreeIndex(this.#columns));
    this.#verifier.add(unit.questions);
    return this.#verifier.work(unit.toTheEnd);
  }
}
