// Small trees and images of few letters, full of repetitions that meet, overlap and nearly agree.
import type { Random } from './random-trees.js';

/** What is to be matched. */
export interface World {
  readonly minLength: number;
  /** All long enough. */
  readonly files: readonly Buffer[];
  readonly image: Buffer;
}

/** A word over the first letters of an alphabet. */
function word(random: Random, letters: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => 97 + random.below(letters)));
}

/** Two words with the same rsum64 wherever they stand: a swap of neighbours, and the opposite swap further on. */
function twins(random: Random, letters: number): [Buffer, Buffer] {
  const [a, b] = [97, 98 + random.below(letters - 1)];
  const [x, y] = [word(random, letters, random.below(3)), word(random, letters, random.below(3))];
  const joined = (...parts: (Buffer | number)[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  return [joined(a, b, x, b, a, y), joined(b, a, x, a, b, y)];
}

/** One of the worlds. */
export function repetitive(random: Random, minLength: number): World {
  const letters = 2 + random.below(3);
  const words = Array.from({ length: 2 + random.below(4) }, () => word(random, letters, 1 + random.below(8)));
  if (random.below(2) === 0) words.push(...twins(random, letters));
  const length = (): number => {
    const wide = minLength * (random.below(8) === 0 ? 6 : 2);
    return random.below(4) === 0 ? minLength + random.below(12) : 1 + random.below(wide);
  };
  /** A repetition, which begins anywhere in its word. */
  const repetition = (): Buffer => {
    const repeated = random.pick(words);
    const phase = random.below(repeated.length);
    return Buffer.alloc(length() + phase, repeated).subarray(phase);
  };
  /** Nearly all of it noise, but of few letters. */
  const noise = (): Buffer => word(random, random.below(3) === 0 ? 26 : letters, length());
  const changed = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)] = 97 + random.below(letters);
    return copy;
  };
  const swapped = (bytes: Buffer): Buffer => {
    // Its head keeps its sum.
    const [one, other] = twins(random, letters);
    const copy = Buffer.from(bytes);
    const at = copy.indexOf(one);
    if (at >= 0) other.copy(copy, at);
    return copy;
  };
  const files: Buffer[] = [];
  const piece = (): Buffer => {
    const old = files.length > 0 ? random.pick(files) : repetition();
    switch (random.below(12)) {
      case 0:
        return noise();
      case 1:
        return old;
      case 2:
        return old.subarray(0, random.below(old.length + 1));
      case 3:
        return old.subarray(random.below(old.length + 1));
      case 4:
        return changed(old);
      case 5:
        return swapped(old);
      default:
        return repetition();
    }
  };
  const several = (most: number): Buffer => Buffer.concat(Array.from({ length: 1 + random.below(most) }, piece));
  const wanted = 1 + random.below(8);
  while (files.length < wanted) {
    const content = random.below(3) === 0 ? several(3) : piece();
    const rest = Math.max(0, minLength - content.length);
    files.push(Buffer.concat([content, Buffer.alloc(rest, content.length > 0 ? content : 'a')]));
  }
  // Many files of one repetition.
  if (random.below(12) === 0) {
    const repeated = random.pick(words);
    const sizes = 40 + random.below(60);
    for (let i = 0; i < sizes; i++) files.push(Buffer.alloc(minLength + random.below(2 * minLength), repeated));
  }
  const image = random.below(30) === 0 ? several(1).subarray(0, random.below(minLength + 2)) : several(9);
  // A file that is longer than the image.
  if (random.below(10) === 0 && image.length + 3 >= minLength) files.push(Buffer.concat([image, Buffer.from('abc')]));
  return { minLength, files, image };
}
