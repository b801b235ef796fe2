// Random trees and images that are full of what confuses matchers: runs, repetitions, shared heads, files in files.

/** A small generator of random numbers (mulberry32): the same seed gives the same tree everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to limit - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  bytes(length: number, alphabet = 256): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(alphabet)));
  }
}

/** Contents of files and of an image made of them; lengths around `unit` bytes (the shortest head). */
export function confusing(random: Random, unit: number): { files: Buffer[]; image: Buffer } {
  const blocks = Array.from({ length: 4 }, () => random.bytes(unit + random.below(unit)));
  const stretch = (): Buffer => {
    const length = 1 + random.below(unit * 3);
    switch (random.below(6)) {
      case 0:
        return Buffer.alloc(length);
      case 1:
        return Buffer.alloc(length, random.pick(['a', 'abc', 'abcd']));
      case 2:
        return Buffer.alloc(length, random.bytes(1 + random.below(unit * 1.2)));
      case 3:
        return random.bytes(length, 2);
      default:
        return random.pick(blocks);
    }
  };
  const files: Buffer[] = [];
  const count = 2 + random.below(7);
  while (files.length < count) {
    const choice = random.below(5);
    const old = files.length > 0 ? random.pick(files) : stretch();
    if (choice === 0) files.push(Buffer.concat([old, stretch()]));
    else if (choice === 1) files.push(Buffer.concat([stretch(), old]));
    else if (choice === 2) files.push(Buffer.concat([old, random.pick([old, stretch()]), old]));
    else if (choice === 3 && old.length > 2) {
      const changed = Buffer.from(old);
      changed[random.below(changed.length)] ^= 1;
      files.push(changed);
    } else files.push(Buffer.concat([stretch(), stretch()]));
  }
  const pieces = Array.from({ length: 3 + random.below(12) }, () =>
    random.below(3) === 0 ? stretch() : random.pick(files),
  );
  return { files, image: Buffer.concat(pieces) };
}

/** A part of a cover: bytes of the image, and which file. */
export interface Placed {
  readonly start: number;
  readonly end: number;
  readonly file: number;
}

/**
 * The best cover by trying every file at every byte: the most matched bytes, then the fewest parts that reach them, then (from the last part
 * on) the parts that end first, then those that start first. Of files with equal content it names the first.
 *
 * @param minLength shorter files do not count
 */
export function bestCoverByForce(files: readonly Buffer[], image: Buffer, minLength: number): Placed[] {
  const ending = Array.from({ length: image.length + 1 }, (): Placed[] => []);
  const seen = new Set<string>();
  for (const [file, content] of files.entries()) {
    if (content.length < minLength || seen.has(content.toString('latin1'))) continue;
    seen.add(content.toString('latin1'));
    for (let start = image.indexOf(content); start >= 0; start = image.indexOf(content, start + 1)) {
      const end = start + content.length;
      ending[end].push({ start, end, file });
    }
  }
  const best: { bytes: number; parts: number; last?: Placed }[] = [{ bytes: 0, parts: 0 }];
  for (let at = 1; at <= image.length; at++) {
    let { bytes, parts } = best[at - 1];
    let last: Placed | undefined;
    for (const part of ending[at].sort((a, b) => a.start - b.start)) {
      const b = best[part.start].bytes + at - part.start;
      const p = best[part.start].parts + 1;
      if (b < bytes || (b === bytes && p >= parts)) continue;
      bytes = b;
      parts = p;
      last = part;
    }
    best.push({ bytes, parts, last });
  }
  const cover: Placed[] = [];
  for (let at = image.length; at > 0;) {
    const { last } = best[at];
    if (last) cover.push(last);
    at = last?.start ?? at - 1;
  }
  return cover.reverse();
}
