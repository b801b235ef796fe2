// How much of an image was found: the numbers and words that the user gets.
import type { PartEntry } from '../format/template.js';
import type { Plan } from './plan.js';
import type { Found } from './sources.js';

/** Counts entries, as the original does: a file that occurs three times counts three times. */
export interface Tally {
  readonly needed: number;
  readonly found: number;
}

/**
 * Counts the entries that need a file, and those whose file was found.
 *
 * @param has whether an entry is in place already, and so not counted
 */
export function tally(plan: Plan, found: ReadonlyMap<number, Found>, has: (entry: number) => boolean): Tally {
  let needed = 0;
  let there = 0;
  for (const part of plan.parts.keys()) {
    for (const entry of plan.occurrences(part)) {
      if (has(entry)) continue;
      needed++;
      if (found.has(part)) there++;
    }
  }
  return { needed, found: there };
}

/** `Found 2 of the 3 files required by the template`. */
export function tallyLine({ needed, found }: Tally): string {
  return `Found ${found} of the ${needed} files required by the template`;
}

/** The parts with these indices, in image order. */
export function partsOf(plan: Plan, indices: Iterable<number>): PartEntry[] {
  return [...indices].sort((a, b) => a - b).map((part) => plan.parts[part]);
}
