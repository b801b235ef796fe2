// Which parts of a wrong image are wrong.
import type { Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import type { RandomAccess } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { digestsOf } from '../rebuild/file-digest.js';
import { ExtentReader } from '../rebuild/located.js';
import { Interrupted, Pace } from '../rebuild/pace.js';
import type { Plan, Slice } from '../rebuild/plan.js';
import { UnmatchedData } from '../rebuild/unmatched.js';

/** A wrong stretch of an image. */
export interface Damage {
  /** Where in the image it begins, in bytes. */
  readonly offset: number;
  /** Bytes: all of a file; of unmatched data, those from the first wrong byte to the last. */
  readonly length: number;
  /** A file, or data that the template itself holds. */
  readonly kind: 'part' | 'data';
  /** What the file's digest should be; absent for data. */
  readonly algorithm?: Algorithm;
  readonly digest?: Uint8Array;
}

/**
 * Compares an image with a template, stretch by stretch. An image that is too short is wrong where it is missing.
 *
 * If the template itself is damaged, its unmatched data is no longer compared, with a warning.
 *
 * @returns the wrong stretches in image order
 * @throws Interrupted if the signal fires, JigdoError if the image cannot be read
 */
export async function findDamage(
  plan: Plan,
  image: RandomAccess,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<Damage[]> {
  const data = new UnmatchedData(plan.template);
  const found: Damage[] = [];
  let comparable = plan.template.header !== undefined;
  try {
    for (const slice of plan.slices()) {
      const { offset, length, part } = slice;
      reporter.progress('looking for damage', offset, plan.length);
      if (part >= 0) {
        const { algorithm, digest } = plan.parts[part];
        const stretch = new ExtentReader(image, [{ offset, length }], image.name);
        const actual = (await digestsOf(stretch, [algorithm], signal)).get(algorithm) as Uint8Array;
        if (Buffer.compare(actual, digest) !== 0) found.push({ offset, length, kind: 'part', algorithm, digest });
      } else if (comparable) {
        try {
          const range = await wrongData(data, slice, image, signal);
          if (range) found.push(range);
        } catch (error) {
          if (!(error instanceof JigdoError) || error instanceof Interrupted) throw error;
          comparable = false;
          reporter.warning(error.message);
        }
      }
    }
  } finally {
    await data.close();
  }
  return found;
}

async function wrongData(
  data: UnmatchedData,
  { offset, from, length }: Slice,
  image: RandomAccess,
  signal: AbortSignal | undefined,
): Promise<Damage | undefined> {
  const pace = new Pace(signal);
  let position = offset;
  let first = -1;
  let end = -1;
  for await (const chunk of data.read(from, length)) {
    const there = new Uint8Array(chunk.length);
    const n = image.read(there, position);
    if (n < chunk.length || Buffer.compare(chunk, there) !== 0) {
      const wrong = (i: number): boolean => i >= n || chunk[i] !== there[i];
      let low = 0;
      let high = chunk.length;
      while (!wrong(low)) low++;
      while (!wrong(high - 1)) high--;
      if (first < 0) first = position + low;
      end = position + high;
    }
    position += chunk.length;
    await pace.step();
  }
  return first < 0 ? undefined : { offset: first, length: end - first, kind: 'data' };
}
