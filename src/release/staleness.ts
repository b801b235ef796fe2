// Why the files of an image must be made again, or that they need not.
import type { Cache } from '../cache/types.js';
import { display, fromText } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { isBelow, requireMatched } from '../make/matched-share.js';
import type { ReleaseConfig } from './config.js';
import { stillTheSame } from './file-state.js';
import type { ReleaseImage } from './images.js';
import { readRecord, recipeOf, writeRecord, type ImageRecord, type Recipe } from './record.js';
import type { PartFiles, TreeState } from './tree-state.js';

export interface StalenessOptions {
  readonly config: ReleaseConfig;
  readonly parts: PartFiles;
  readonly cache: Cache;
  /** Bytes of the trees that may be read to compare their content. */
  readonly budget: number;
  readonly force: boolean;
  /** Whether nothing may be written. */
  readonly dryRun: boolean;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What is to be done about an image. */
export type Verdict =
  | { readonly stale: true; readonly reasons: readonly string[] }
  | { readonly stale: false; readonly record: ImageRecord };

/**
 * Compares an image, its outputs, the trees and the configuration with the record of the last run.
 *
 * The outputs are up to date if: the record is there; recipe and content of image and outputs are what it says; they were checked,
 * if they are to be; and the files that can be parts have the same labels, names, sizes and content in the same order. Where
 * size, time and inode are the recorded ones, content is taken to be so, too.
 *
 * @throws JigdoError if the image or an output is there and cannot be read; with exit code 1 if less of the image would be found than must be
 */
export async function stalenessOf(image: ReleaseImage, options: StalenessOptions): Promise<Verdict> {
  const { config, parts, force, dryRun } = options;
  // The record tells a dry run alone what making the outputs again would come to.
  const record = force && !dryRun ? undefined : readRecord(config, image);
  if (!record) return stale(force ? '--force' : 'no earlier run made it');
  const recipe = recipeOf(config, image);
  const reasons = force ? ['--force'] : recipeChanges(record.recipe, recipe);
  if (!force && config.options.check && !record.checked) reasons.push('it was not checked');
  const { minMatched } = config.options;
  const share = { length: record.image.size, matched: record.made.matched, left: record.made.left ?? [] };
  if (minMatched !== undefined && isBelow(share, minMatched)) {
    const again =
      record.recipe['min-length'] === recipe['min-length'] &&
      (await stillTheSame(image.path, record.image, options)) &&
      (await sameTree(record.tree, parts, options));
    // As much would be found: nothing need be made to say so.
    if (again) requireMatched(image.path, share, minMatched);
    if (!force) reasons.push(`less than ${minMatched} % of it was found`);
  }
  if (reasons.length > 0) return { stale: true, reasons };
  const was = { ...record };
  for (const [what, path] of [
    ['jigdo', `${config.output}/${image.jigdo}`],
    ['template', `${config.output}/${image.template}`],
    ['image', image.path],
  ] as const) {
    const now = await stillTheSame(path, record[what], options);
    if (!now) return stale(what === 'image' ? 'the image has changed' : `${display(path)} is missing or has changed`);
    was[what] = now;
  }
  const tree = await sameTree(record.tree, parts, options);
  if (!tree) return stale('files of the trees have changed');
  was.tree = tree;
  const moved = was.jigdo !== record.jigdo || was.template !== record.template || was.image !== record.image;
  // Next time, size and time are enough again.
  if (!dryRun && (moved || tree !== record.tree)) await writeRecord(config, image, was);
  return { stale: false, record: was };
}

function stale(...reasons: string[]): Verdict {
  return { stale: true, reasons };
}

async function sameTree(was: TreeState, parts: PartFiles, options: StalenessOptions): Promise<TreeState | undefined> {
  if (was.listing === parts.listing) return was;
  if (was.content === undefined) return undefined;
  const content = await parts.content(options);
  return content === was.content ? { listing: parts.listing, content } : undefined;
}

function recipeChanges(was: Recipe, now: Recipe): string[] {
  const keys = Object.keys(now) as (keyof Recipe)[];
  const text = (value: unknown): string => display(fromText(JSON.stringify(value) ?? 'unknown'));
  return keys
    .filter((key) => text(was[key]) !== text(now[key]))
    .map((key) =>
      key === 'servers' ? 'labels or servers have changed' : `${key} ${text(was[key])} -> ${text(now[key])}`,
    );
}
