// A need in little memory: there may be millions, and an object for each is too much.
import { algorithmOfText, type Algorithm } from '../checksum/algorithm.js';
import { ByteStringIndex } from '../format/byte-string-index.js';
import { ByteStrings } from '../format/byte-strings.js';
import { Column, WideColumn } from '../format/column.js';
import type { Condition, Need, NeedPlace } from './need.js';

/** What a column says of that which is not known. */
export const NONE = 0xffffffff;

/** Conditions by number. */
const CONDITIONS: readonly (Condition | undefined)[] = [
  undefined,
  'good',
  'missing',
  'unreadable',
  'wrong-size',
  'corrupt',
  'superseded',
  'no-place',
  'unsafe',
  'unchecked',
];

/** A table of needs. */
export class NeedColumns {
  readonly digests = new ByteStringIndex();

  // By need.
  /** Into `digests`. */
  readonly digest = new Column();
  /** NaN: not known. */
  readonly length = new WideColumn();
  readonly published = new WideColumn();
  /** Into `headSums`, or NONE. */
  readonly headSum = new Column();
  readonly headSums = new ByteStrings();
  readonly blockLength = new Column();
  /** Where its places begin; they end where those of the next need begin. */
  readonly firstPlace = new Column();
  /** Into CONDITIONS. */
  readonly condition = new Column();
  readonly at = new Column();
  /** Into `reasons`. */
  readonly reason = new Column();
  readonly mended = new Column();

  // By place.
  /** Into `roots`. */
  readonly root = new Column();
  /** The need that has it. */
  readonly owner = new Column();
  readonly rests = new ByteStrings();

  /** What places share: there are few of these. */
  readonly roots: Omit<NeedPlace, 'rest'>[] = [];
  readonly reasons: (string | undefined)[] = [undefined];
  readonly #reasonNumbers = new Map<string | undefined, number>([[undefined, 0]]);

  /** Appends a need, of which nothing is known yet, without its places. */
  append(digest: number): number {
    this.length.push(NaN);
    this.published.push(0);
    this.headSum.push(NONE);
    this.blockLength.push(0);
    this.firstPlace.push(this.root.length);
    this.condition.push(0);
    this.at.push(0);
    this.reason.push(0);
    this.mended.push(0);
    return this.digest.push(digest);
  }

  conditionOf(need: number): Condition | undefined {
    return CONDITIONS[this.condition.get(need)];
  }

  /** How many places a need has. */
  placeCount(need: number): number {
    const end = need + 1 < this.firstPlace.length ? this.firstPlace.get(need + 1) : this.root.length;
    return end - this.firstPlace.get(need);
  }

  /** A place of a need, by its index among them; undefined if it has not so many. */
  placeOf(need: number, at: number): NeedPlace | undefined {
    if (at >= this.placeCount(need)) return undefined;
    const place = this.firstPlace.get(need) + at;
    const { root, label } = this.roots[this.root.get(place)];
    return { root, label, rest: this.rests.get(place) };
  }

  /** The number of a reason: most are those of many needs. */
  reasonNumber(reason: string | undefined): number {
    let number = this.#reasonNumbers.get(reason);
    if (number === undefined) this.#reasonNumbers.set(reason, (number = this.reasons.push(reason) - 1));
    return number;
  }
}

/** A row of the table: made anew whenever it is asked for. */
export class ListedNeed implements Need {
  readonly #columns: NeedColumns;
  readonly #row: number;

  constructor(columns: NeedColumns, row: number) {
    this.#columns = columns;
    this.#row = row;
  }

  get algorithm(): Algorithm {
    return algorithmOfText(this.digest) as Algorithm;
  }

  get digest(): string {
    return this.#columns.digests.get(this.#columns.digest.get(this.#row));
  }

  get length(): number | undefined {
    const length = this.#columns.length.get(this.#row);
    return Number.isNaN(length) ? undefined : length;
  }

  get headSum(): string {
    const sum = this.#columns.headSum.get(this.#row);
    return sum === NONE ? '' : this.#columns.headSums.get(sum);
  }

  get blockLength(): number {
    return this.#columns.blockLength.get(this.#row);
  }

  get published(): number {
    return this.#columns.published.get(this.#row);
  }

  get places(): readonly NeedPlace[] {
    const count = this.#columns.placeCount(this.#row);
    return Array.from({ length: count }, (_, at) => this.#columns.placeOf(this.#row, at) as NeedPlace);
  }

  get place(): NeedPlace | undefined {
    return this.#columns.placeOf(this.#row, this.at);
  }

  get condition(): Condition | undefined {
    return this.#columns.conditionOf(this.#row);
  }

  set condition(condition: Condition | undefined) {
    this.#columns.condition.set(this.#row, CONDITIONS.indexOf(condition));
  }

  get at(): number {
    return this.#columns.at.get(this.#row);
  }

  set at(at: number) {
    this.#columns.at.set(this.#row, at);
  }

  get reason(): string | undefined {
    return this.#columns.reasons[this.#columns.reason.get(this.#row)];
  }

  set reason(reason: string | undefined) {
    this.#columns.reason.set(this.#row, this.#columns.reasonNumber(reason));
  }

  get mended(): boolean {
    return this.#columns.mended.get(this.#row) === 1;
  }

  set mended(mended: boolean) {
    this.#columns.mended.set(this.#row, mended ? 1 : 0);
  }
}
