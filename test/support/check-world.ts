// One small world, scanned in one way that its seed chooses, against brute force.
import { bestCoverByForce, Random, type Placed } from './random-trees.js';
import { repetitive } from './repetitive.js';
import { scan } from './scan.js';

/** The shortest heads: shorter ones have no fingerprint. The second one is the shortest that users may ask for. */
const MIN_LENGTHS = [80, 256] as const;

/** What was wrong. */
export interface WrongCover {
  readonly name: string;
  readonly found: readonly Placed[];
  readonly expected: readonly Placed[];
}

/**
 * Scans the world of a seed.
 *
 * @param dir a folder to work in
 * @returns undefined if the parts are those of the best cover
 */
export async function checkWorld(dir: string, seed: number): Promise<WrongCover | undefined> {
  const random = new Random(seed);
  const { files, image, minLength } = repetitive(random, random.below(4) === 0 ? MIN_LENGTHS[1] : MIN_LENGTHS[0]);
  const jobs = random.below(3) === 0 ? 1 : 1 + random.below(32);
  const stretch = random.below(3) === 0 ? undefined : 1 + random.below(minLength * 4);
  const known = random.below(3) === 0;
  const sieve = random.below(2) === 0 ? random : undefined;
  const name = `seed ${seed}: jobs ${jobs}, stretch ${stretch ?? 'default'}, ${known ? 'known' : 'unknown'}, ${sieve ? 'sieved' : 'whole'}`;
  const expected = bestCoverByForce(files, image, minLength);
  try {
    const { parts } = await scan(dir, files, image, { minLength, jobs, stretch, known, sieve, hands: random });
    return JSON.stringify(parts) === JSON.stringify(expected) ? undefined : { name, found: parts, expected };
  } catch (error) {
    throw new Error(name, { cause: error });
  }
}
