// The needed files that are not found yet, by what tells them apart at a glance: length, then rsum64 of the head.
import type { Algorithm } from '../checksum/algorithm.js';
import type { PartEntry } from '../format/template.js';
import type { RandomAccess } from '../io/reader.js';
import { headSum, sumKey } from './head-sum.js';

/** Needed files of one length and one head. */
export interface WantedGroup {
  /** Indices into the plan's parts. */
  readonly parts: Set<number>;
  /** Whether the head's sum is known; otherwise only the length is. */
  readonly headKnown: boolean;
}

/** Needed files of one length. */
interface WantedLength {
  /** By sum of the head; the empty sum stands for "unknown". */
  readonly groups: Map<string, WantedGroup>;
  readonly algorithms: Set<Algorithm>;
}

function digestKey(algorithm: Algorithm, digest: Uint8Array): string {
  return algorithm + Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1');
}

/** What is looked for. Every question is answered in constant time, however many parts are alike. */
export class Wanted {
  readonly #parts: readonly PartEntry[];
  readonly #blockLength: number;
  readonly #lengths = new Map<number, WantedLength>();
  readonly #digests = new Map<string, number>();

  /**
   * @param parts the plan's parts
   * @param blockLength bytes of a head; 0 if there are no sums
   * @param indices which parts are wanted
   */
  constructor(parts: readonly PartEntry[], blockLength: number, indices: Iterable<number>) {
    this.#parts = parts;
    this.#blockLength = blockLength;
    for (const part of indices) {
      const { algorithm, length } = parts[part];
      const sum = this.#sumOf(part);
      let same = this.#lengths.get(length);
      if (!same) this.#lengths.set(length, (same = { groups: new Map<string, WantedGroup>(), algorithms: new Set() }));
      let group = same.groups.get(sum);
      if (!group) same.groups.set(sum, (group = { parts: new Set(), headKnown: sum !== '' }));
      group.parts.add(part);
      same.algorithms.add(algorithm);
      this.#digests.set(this.#digestOf(part), part);
    }
  }

  /** How many parts are still wanted. */
  get count(): number {
    return this.#digests.size;
  }

  /** The shortest wanted length, in bytes; Infinity if nothing is wanted. */
  get shortest(): number {
    let shortest = Infinity;
    for (const length of this.#lengths.keys()) shortest = Math.min(shortest, length);
    return shortest;
  }

  /** The digest families of the wanted files of a length; none if a file of that length is of no use. */
  algorithmsOf(length: number): ReadonlySet<Algorithm> {
    return this.#lengths.get(length)?.algorithms ?? new Set();
  }

  /** The groups that a file fits by length and head: at most two. Reads the head, if there are sums. */
  groupsFor(reader: RandomAccess): WantedGroup[] {
    const groups = this.#lengths.get(reader.size)?.groups;
    if (!groups) return [];
    const fitting = [groups.get('')];
    if (this.#blockLength > 0) fitting.push(groups.get(headSum(reader, this.#blockLength)));
    return fitting.filter((group) => group !== undefined);
  }

  /** The wanted part that has this digest and length. */
  match(algorithm: Algorithm, digest: Uint8Array, length: number): number | undefined {
    const part = this.#digests.get(digestKey(algorithm, digest));
    return part !== undefined && this.#parts[part].length === length ? part : undefined;
  }

  /** Takes a part off the list: it is found. */
  remove(part: number): void {
    if (!this.#digests.delete(this.#digestOf(part))) return;
    const { length } = this.#parts[part];
    const sum = this.#sumOf(part);
    const groups = this.#lengths.get(length)?.groups;
    const group = groups?.get(sum);
    group?.parts.delete(part);
    if (group?.parts.size === 0) groups?.delete(sum);
    if (groups?.size === 0) this.#lengths.delete(length);
  }

  #digestOf(part: number): string {
    const { algorithm, digest } = this.#parts[part];
    return digestKey(algorithm, digest);
  }

  #sumOf(part: number): string {
    const { rsum } = this.#parts[part];
    return rsum && this.#blockLength > 0 ? sumKey(rsum) : '';
  }
}
