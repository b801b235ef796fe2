// The stretches of an image that are worth a digest: the parts.
import { DIGESTS } from '../checksum/algorithm.js';
import type { Plan, Slice } from './plan.js';

/** Where the parts lie whose digests are MD5, as the image's. */
export function* partStretches(plan: Plan): Generator<Slice> {
  for (const slice of plan.slices())
    if (slice.part >= 0 && DIGESTS[plan.parts[slice.part].algorithm].inLanes) yield slice;
}
