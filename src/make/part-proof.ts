// The last step before a part stands in the template: the image's bytes at its place have the digest that the template gives it.
import { setImmediate } from 'node:timers/promises';
import type { Algorithm } from '../checksum/algorithm.js';
import { newDigest } from '../checksum/digest.js';
import { JigdoError } from '../errors.js';
import type { RandomAccess } from '../io/reader.js';

/** Bytes of the image, and what the template says, or somebody computed, that their digest is. */
export interface HashedPlace {
  readonly start: number;
  readonly length: number;
  readonly digest: Uint8Array;
}

/** Bytes compared or hashed at a time. */
const PROOF_READ_BYTES = 256 << 10;

/** Bytes after which timers and signals have their turn. */
const PROOF_TURN_BYTES = 64 << 20;

/**
 * Proves the parts of a template, one after the other, from nothing but their offsets, lengths and digests and the image's bytes: however the
 * parts were found and chosen, none is believed.
 *
 * A place need not be hashed if that was done before: whoever hashes bytes of the image tells which they were. Other parts (a file that is
 * nothing but repetition lies at many places, of which one was hashed) are compared, byte by byte, with a place that has the digest; where
 * there is none, they are hashed here.
 */
export class PartProof {
  readonly #image: RandomAccess;
  readonly #algorithm: Algorithm;
  /** Places whose digests were computed, from the first one on that no part was proven behind. */
  #hashed: HashedPlace[] = [];
  readonly #one = new Uint8Array(PROOF_READ_BYTES);
  readonly #other = new Uint8Array(PROOF_READ_BYTES);
  #sinceTurn = 0;

  constructor(image: RandomAccess, algorithm: Algorithm) {
    this.#image = image;
    this.#algorithm = algorithm;
  }

  /** Takes the digest that somebody computed of bytes of the image. */
  hashed(place: HashedPlace): void {
    this.#hashed.push(place);
  }

  /**
   * Proves the next parts.
   *
   * @param parts as they will stand in the template, in image order
   * @param upTo no later part starts before this byte
   * @returns the first part whose place in the image has other bytes; undefined if all are right
   * @throws JigdoError if the image cannot be read
   */
  async firstWrong(parts: readonly HashedPlace[], upTo: number): Promise<HashedPlace | undefined> {
    const byPlace = new Map(this.#hashed.map((place) => [`${place.start} ${place.length}`, place]));
    /** For each content a place where it is known to lie. */
    const models = new Map(this.#hashed.map((place) => [contentOf(place), place]));
    for (let i = 0; i < parts.length;) {
      const part = parts[i];
      const content = contentOf(part);
      const known = byPlace.get(`${part.start} ${part.length}`);
      const isRight = known ? contentOf(known) === content : await this.#isRight(part, models.get(content));
      if (!isRight) return part;
      // A row of parts with the same content is compared at once: each with the one before.
      const rowEnd = endOfRow(parts, i);
      const length = (rowEnd - i - 1) * part.length;
      const equal = await this.#equalLength(part.start, part.start + part.length, length);
      if (equal < length) return parts[i + 1 + Math.floor(equal / part.length)];
      models.set(content, part);
      i = rowEnd;
    }
    this.#hashed = this.#hashed.filter(({ start }) => start >= upTo);
    return undefined;
  }

  /** @param model a place that has the part's digest, if one is known */
  async #isRight(part: HashedPlace, model: HashedPlace | undefined): Promise<boolean> {
    if (model) return (await this.#equalLength(model.start, part.start, part.length)) === part.length;
    return Buffer.compare(await this.#digestOf(part), part.digest) === 0;
  }

  /** How many of so many bytes are the same at two places of the image, up to the first that is not. */
  async #equalLength(a: number, b: number, length: number): Promise<number> {
    for (let done = 0; done < length; done += PROOF_READ_BYTES) {
      const one = await this.#read(this.#one, a + done, length - done);
      const other = await this.#read(this.#other, b + done, length - done);
      if (Buffer.compare(one, other) !== 0) return done + one.findIndex((byte, i) => byte !== other[i]);
    }
    return length;
  }

  async #digestOf({ start, length }: HashedPlace): Promise<Uint8Array> {
    const hash = newDigest(this.#algorithm);
    for (let done = 0; done < length; done += PROOF_READ_BYTES) {
      hash.update(await this.#read(this.#one, start + done, length - done));
    }
    return hash.digest();
  }

  async #read(target: Uint8Array, position: number, length: number): Promise<Uint8Array> {
    const piece = target.subarray(0, length);
    this.#sinceTurn += piece.length;
    if (this.#sinceTurn > PROOF_TURN_BYTES) {
      this.#sinceTurn = 0;
      await setImmediate();
    }
    if (this.#image.read(piece, position) < piece.length) {
      throw new JigdoError(`${this.#image.name}: byte ${position}: the image became shorter while it was read`);
    }
    return piece;
  }
}

/** Equal for places with equal bytes. */
function contentOf({ length, digest }: HashedPlace): string {
  return `${length} ${Buffer.from(digest).toString('latin1')}`;
}

/** Where the row ends of parts that follow part `i` without a gap and have the same content. */
function endOfRow(parts: readonly HashedPlace[], i: number): number {
  const { length, digest } = parts[i];
  let end = i + 1;
  // The parts of one file share the object of its digest.
  while (end < parts.length && parts[end].start === parts[end - 1].start + length && parts[end].digest === digest) {
    end++;
  }
  return end;
}
