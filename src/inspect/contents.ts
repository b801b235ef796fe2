// What an image consists of: the template says what is in parts, the image's own directories what the rest is.
import { isImageFile, Territory, type Tract } from '../image/territory.js';
import { isZero } from '../image/zeros.js';
import { readLayout } from '../image/layout.js';
import { wrappingOf } from '../image/wrapping.js';
import type { Extent, RandomAccess } from '../io/reader.js';
import { leftovers, SMALL_GAP, type Reasons } from '../make/leftovers.js';
import { Pace } from '../rebuild/pace.js';
import type { Plan } from '../rebuild/plan.js';
import type { Contents, PartFacts, Segment, StretchKind, Total } from './types.js';
import { STRETCH_KINDS } from './types.js';

/**
 * What a planned image consists of.
 *
 * @param plan of a template or .tmp
 * @param image its unmatched bytes are read, but only until this ends
 * @throws Interrupted if the signal fires
 */
export async function contentsOf(
  plan: Plan,
  image: RandomAccess,
  reasons: Reasons,
  signal?: AbortSignal,
): Promise<Contents> {
  const digests = plan.template.images.map(({ algorithm, digest }) => ({ algorithm, digest }));
  const gaps: Extent[] = [];
  for (const { part, offset, length } of plan.slices()) if (part < 0) gaps.push({ offset, length });
  const survey = await GapSurvey.of(image, gaps, reasons, signal);
  const stretches = function* (): Generator<Segment> {
    for (const { entry, offset, length, part } of plan.slices()) {
      if (part < 0) yield* survey.cut(offset, length);
      else yield { kind: isThere(plan, entry) ? 'part' : 'missing', offset, length, part };
    }
  };
  return {
    length: plan.length,
    digests,
    parts: partsOf(plan),
    stretches,
    totals: totalsOf(stretches()),
    ...survey.facts,
  };
}

/**
 * What an image consists of that no template is at hand for.
 *
 * @throws Interrupted if the signal fires
 */
export async function contentsOfImage(image: RandomAccess, signal?: AbortSignal): Promise<Contents> {
  const gaps = image.size > 0 ? [{ offset: 0, length: image.size }] : [];
  const reasons: Reasons = (files) =>
    Promise.resolve(files.map(() => ({ cause: 'unmatched', reason: 'a file of the image' })));
  const survey = await GapSurvey.of(image, gaps, reasons, signal);
  const stretches = (): Generator<Segment> => survey.cut(0, image.size);
  return { length: image.size, digests: [], parts: [], stretches, totals: totalsOf(stretches()), ...survey.facts };
}

/** What the image says itself of the bytes that are in no part. */
class GapSurvey {
  readonly facts: Pick<Contents, 'layout' | 'wrapping' | 'left'>;
  readonly #territory: Territory;
  /** Offsets of long runs of zeros. */
  readonly #zeros = new Set<number>();

  private constructor(territory: Territory, facts: GapSurvey['facts']) {
    this.#territory = territory;
    this.facts = facts;
    for (const { cause, offset } of facts.left) if (cause === 'zeros') this.#zeros.add(offset);
  }

  static async of(
    image: RandomAccess,
    gaps: readonly Extent[],
    reasons: Reasons,
    signal: AbortSignal | undefined,
  ): Promise<GapSurvey> {
    const pace = new Pace(signal);
    const layout = readLayout(image);
    const wrapping = layout ? undefined : wrappingOf(image);
    const territory = new Territory(layout);
    const isPadding = (extent: Extent): Promise<boolean> => isZero(image, extent, () => pace.step());
    const left = await leftovers(territory, gaps, reasons, isPadding, wrapping);
    return new GapSurvey(territory, { layout, wrapping, left });
  }

  *cut(offset: number, length: number): Generator<Segment> {
    for (const tract of this.#territory.cut(offset, length)) {
      const { owner } = tract;
      yield { kind: this.#kindOf(tract), offset: tract.offset, length: tract.length, ...(owner && { owner }) };
    }
  }

  #kindOf({ owner, offset, length }: Tract): StretchKind {
    if (owner) return isImageFile(owner) ? 'file' : 'structure';
    return length < SMALL_GAP || this.#zeros.has(offset) ? 'padding' : 'unnamed';
  }
}

function totalsOf(stretches: Iterable<Segment>): Contents['totals'] {
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
    let places = 0;
    let offset = 0;
    let there = true;
    for (const occurrence of plan.occurrences(part)) {
      if (places++ === 0) offset = plan.offsetOf(occurrence);
      there &&= isThere(plan, occurrence);
    }
    return { entry, offset, places, there };
  });
}
