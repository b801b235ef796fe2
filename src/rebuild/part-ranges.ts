// The ranges of an image that are worth a digest: the parts.
import { RANGE_ALIGNMENT, type Ranges } from '../checksum/ranged-md5.js';
import type { Plan } from './plan.js';

/** Where parts lie whose digests can come with the image's: those with MD5 that begin at a fit place. */
export function rangesOfParts(plan: Plan): Ranges {
  const offsets: number[] = [];
  const lengths: number[] = [];
  for (const { part, offset, length } of plan.slices()) {
    if (part < 0 || plan.parts[part].algorithm !== 'md5' || offset % RANGE_ALIGNMENT !== 0) continue;
    offsets.push(offset);
    lengths.push(length);
  }
  return { offsets: Float64Array.from(offsets), lengths: Float64Array.from(lengths) };
}
