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

/**
 * The best cover by trying every file at every byte: the most matched bytes, and the fewest parts that reach them.
 *
 * @param minLength shorter files do not count
 */
export function bestCoverByForce(
  files: readonly Buffer[],
  image: Buffer,
  minLength: number,
): { bytes: number; parts: number } {
  const bytes = new Float64Array(image.length + 1);
  const parts = new Float64Array(image.length + 1);
  const ends = new Map<number, Set<number>>();
  for (const file of files) {
    if (file.length < minLength) continue;
    for (let at = image.indexOf(file); at >= 0; at = image.indexOf(file, at + 1)) {
      const end = at + file.length;
      ends.set(end, (ends.get(end) ?? new Set()).add(at));
    }
  }
  for (let at = 1; at <= image.length; at++) {
    bytes[at] = bytes[at - 1];
    parts[at] = parts[at - 1];
    for (const start of ends.get(at) ?? []) {
      const b = bytes[start] + at - start;
      const p = parts[start] + 1;
      if (b > bytes[at] || (b === bytes[at] && p < parts[at])) {
        bytes[at] = b;
        parts[at] = p;
      }
    }
  }
  return { bytes: bytes[image.length], parts: parts[image.length] };
}
