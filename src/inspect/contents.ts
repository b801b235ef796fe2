// What an image consists of: the template says what is in parts, the image's own directories what the rest is.
import type { Algorithm } from '../checksum/digest.js';
import { isFile, Territory, type Tract } from '../image/territory.js';
import type { ImageLayout } from '../image/types.js';
import type { Extent } from '../io/reader.js';
import { leftovers, SMALL_GAP, type Reasons } from '../make/leftovers.js';
import type { Plan } from '../rebuild/plan.js';
import type { Contents, PartFacts, Stretch, StretchKind, Total } from './types.js';
import { STRETCH_KINDS } from './types.js';

/**
 * What a planned image consists of.
 *
 * @param plan of a template or .tmp
 * @param layout what the image's directories say
 */
export function contentsOf(plan: Plan, layout: ImageLayout | undefined, reasons: Reasons): Contents {
  const territory = new Territory(layout);
  const stretches = (): Generator<Stretch> => stretchesOf(plan, territory);
  return {
    length: plan.length,
    digests: plan.template.images.map(({ algorithm, digest }) => ({ algorithm, digest })),
    layout,
    totals: totalsOf(stretches()),
    parts: partsOf(plan),
    left: leftovers(territory, gapsOf(plan), reasons),
    stretches,
  };
}

/**
 * What an image consists of that no template is at hand for.
 *
 * @param length bytes of the image
 */
export function contentsOfImage(
  length: number,
  layout: ImageLayout | undefined,
  digests: readonly { algorithm: Algorithm; digest: Uint8Array }[],
): Contents {
  const territory = new Territory(layout);
  const whole = length > 0 ? [{ offset: 0, length }] : [];
  const stretches = function* (): Generator<Stretch> {
    for (const extent of whole) yield* unmatched(territory, extent);
  };
  return {
    length,
    digests,
    layout,
    totals: totalsOf(stretches()),
    parts: [],
    left: leftovers(territory, whole, () => ({ cause: 'unmatched', reason: 'a file of the image' })),
    stretches,
  };
}

function* stretchesOf(plan: Plan, territory: Territory): Generator<Stretch> {
  const { entries } = plan.template;
  for (const slice of plan.slices()) {
    const { offset, length } = slice;
    const entry = entries[slice.entry];
    if (entry.kind === 'data') yield* unmatched(territory, slice);
    else yield { kind: isThere(plan, slice.entry) ? 'part' : 'missing', offset, length, part: entry };
  }
}

function* unmatched(territory: Territory, { offset, length }: Extent): Generator<Stretch> {
  for (const tract of territory.cut(offset, length)) {
    const { owner } = tract;
    yield { kind: kindOf(tract), offset: tract.offset, length: tract.length, ...(owner && { owner }) };
  }
}

function kindOf({ owner, length }: Tract): StretchKind {
  if (owner) return isFile(owner) ? 'file' : 'structure';
  return length < SMALL_GAP ? 'padding' : 'unnamed';
}

/** What the template's data entries cover. */
function* gapsOf(plan: Plan): Generator<Extent> {
  for (const slice of plan.slices()) if (slice.part < 0) yield slice;
}

function totalsOf(stretches: Iterable<Stretch>): Contents['totals'] {
  const totals = Object.fromEntries(STRETCH_KINDS.map((kind) => [kind, { places: 0, length: 0 }])) as Record<
    StretchKind,
    { -readonly [K in keyof Total]: Total[K] }
  >;
  for (const { kind, length } of stretches) {
    totals[kind].places++;
    totals[kind].length += length;
  }
  return totals;
}

/** A template marks no part as written, because it needs them all; a .tmp marks those that it has. */
function isThere(plan: Plan, entry: number): boolean {
  const part = plan.template.entries[entry];
  return plan.template.header !== undefined || (part.kind === 'part' && part.written);
}

function partsOf(plan: Plan): PartFacts[] {
  return plan.parts.map((entry, part) => {
    const occurrences = [...plan.occurrences(part)];
    return {
      entry,
      offset: plan.offsetOf(occurrences[0]),
      places: occurrences.length,
      there: occurrences.every((occurrence) => isThere(plan, occurrence)),
    };
  });
}
