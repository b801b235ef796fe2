// What verify-tree found, as lines for people and for machines.
import { display, toHex, type ByteString } from '../format/bytes.js';
import { toGlobText } from '../tree/glob-text.js';
import { digestOfNeed } from '../verify/condition.js';
import { pathOfPlace, type Condition, type Need } from '../verify/need.js';
import type { NeedList } from '../verify/need-list.js';
import { TEMPLATES, type ImageNeeds } from '../verify/need-table.js';
import type { Unreferenced } from '../verify/unreferenced.js';
import type { VerifyTreeResult } from '../verify/verify-tree.js';
import { count as numbered } from './columns.js';

/** Images of which this many are told one by one even if they are complete. */
const TOLD_IMAGES = 20;

/** Image names that stand behind a problem, at most. */
const MAX_IMAGE_NAMES = 3;

/** Counts by condition; what was mended counts as `mended`. */
type Counts = Partial<Record<Condition | 'mended', number>>;

/** A need that is not met, or was mended, and the images that have it. */
export interface TreeProblem {
  readonly need: Need;
  readonly images: readonly ImageNeeds[];
}

/** An image's name for people: what the .jigdo says, or the .jigdo's own. */
function nameOf({ name, jigdo }: ImageNeeds): ByteString {
  return name === '' ? jigdo : name;
}

/** Where it should be; what has no place is known by its checksum. */
function pathOf(need: Need): ByteString {
  return need.place ? pathOfPlace(need.place) : `${need.algorithm}:${need.digest}`;
}

/** What is not good: tree by tree, in the order of names, and at the end what has no place. */
export function* treeProblems({ needs, images }: VerifyTreeResult): Generator<TreeProblem> {
  const usersOf = users(needs, images);
  const isWrong = ({ condition }: Need): boolean => condition !== 'good';
  const placed = needs.where((need, i) => isWrong(need) && needs.placeCount(i) > 0);
  for (const i of needs.byPlace(placed, (i) => needs.at(i).at)) yield { need: needs.at(i), images: usersOf(i) };
  for (const i of needs.where((need, i) => isWrong(need) && needs.placeCount(i) === 0)) {
    yield { need: needs.at(i), images: usersOf(i) };
  }
}

/** Which images have a need that is not good. */
function users(needs: NeedList, images: readonly ImageNeeds[]): (need: number) => ImageNeeds[] {
  // Where the images of each need end in the list of all, after they were counted and before they are filled in.
  const ends = new Uint32Array(needs.length);
  for (const image of images) for (const i of image.needs) if (needs.conditionOf(i) !== 'good') ends[i]++;
  let sum = 0;
  for (let i = 0; i < ends.length; i++) ends[i] = sum += ends[i];
  const all = new Uint32Array(sum);
  const starts = Uint32Array.from(ends);
  for (let image = images.length - 1; image >= 0; image--) {
    for (const i of images[image].needs) if (needs.conditionOf(i) !== 'good') all[--starts[i]] = image;
  }
  return (need) => Array.from(all.subarray(starts[need], ends[need]), (image) => images[image]);
}

/** `missing       /srv/mirror/pool/a.rpm (cd1.iso, cd2.iso)` */
export function problemLine({ need, images }: TreeProblem): string {
  const names = images.slice(0, MAX_IMAGE_NAMES).map((image) => display(nameOf(image)));
  if (images.length > MAX_IMAGE_NAMES) names.push(`and ${images.length - MAX_IMAGE_NAMES} more`);
  const reason = need.reason === undefined ? '' : `: ${need.reason}`;
  const condition = `${need.condition}${need.mended ? ', mended' : ''}`;
  return `${condition.padEnd(12)}  ${display(pathOf(need))}${reason} (${names.join(', ')})`;
}

/** The same for machines: lengths in bytes, digests in hex. */
export function problemJson({ need, images }: TreeProblem): object {
  const { condition, algorithm, length, reason, mended, place } = need;
  return {
    type: 'problem',
    condition,
    mended,
    path: place && toGlobText(pathOfPlace(place)),
    name: place && toGlobText(place.rest),
    length,
    [algorithm]: toHex(digestOfNeed(need)),
    reason,
    images: images.map((image) => toGlobText(nameOf(image))),
  };
}

export function unreferencedLine({ path }: Unreferenced): string {
  return `unreferenced  ${display(path)}`;
}

export function unreferencedJson({ path, size }: Unreferenced): object {
  return { type: 'unreferenced', path: toGlobText(path), size };
}

/** What is told of all needs, or of those of an image. */
interface FileCount {
  /** Different files: images may ask for one by different checksums. Templates count only if they are not good. */
  readonly files: number;
  readonly conditions: Counts;
}

/** Counts files by what was found of them. */
export class FileCounter {
  readonly #needs: NeedList;
  /** By need: the first one at the same place of which the same was found. */
  readonly #first: Uint32Array;
  /** By need: the last counting in which it was the first. */
  readonly #counted: Uint32Array;
  #countings = 0;

  constructor(needs: NeedList) {
    this.#needs = needs;
    this.#first = Uint32Array.from({ length: needs.length }, (_, i) => i);
    this.#counted = new Uint32Array(needs.length);
    const placed = needs.where((_, i) => needs.placeCount(i) > 0);
    let path: ByteString | undefined;
    let here = new Map<string, number>();
    for (const i of needs.byPlace(placed, (i) => needs.at(i).at)) {
      const need = needs.at(i);
      const next = pathOf(need);
      if (next !== path) here = new Map();
      path = next;
      const key = keyOf(need);
      const first = here.get(key);
      if (first === undefined) here.set(key, i);
      else this.#first[i] = first;
    }
  }

  count(indices: Iterable<number>): FileCount {
    const conditions: Counts = {};
    let files = 0;
    this.#countings++;
    for (const i of indices) {
      const first = this.#first[i];
      if (this.#counted[first] === this.#countings) continue;
      this.#counted[first] = this.#countings;
      const need = this.#needs.at(i);
      if (need.condition === 'good' && need.place?.root === TEMPLATES) continue;
      files++;
      const key = keyOf(need);
      conditions[key] = (conditions[key] ?? 0) + 1;
    }
    return { files, conditions };
  }

  countAll(): FileCount {
    return this.count(this.#needs.where(() => true));
  }
}

function keyOf({ condition = 'unchecked', mended }: Need): keyof Counts {
  return mended ? 'mended' : condition;
}

function isComplete(counts: Counts): boolean {
  return Object.keys(counts).every((key) => key === 'good' || key === 'mended');
}

/** `3 missing, 1 corrupt` */
function countsText(counts: Counts): string {
  return Object.entries(counts)
    .filter(([condition]) => condition !== 'good')
    .map(([condition, n]) => `${n} ${condition}`)
    .join(', ');
}

/** The summary for people: by image, then in all. */
export function treeSummary(result: VerifyTreeResult): string[] {
  const { images, needs, unusable } = result;
  const lines: string[] = [];
  let complete = 0;
  const counter = new FileCounter(needs);
  for (const image of images) {
    const { files, conditions: counts } = counter.count(image.needs);
    const good = isComplete(counts);
    if (good) complete++;
    if (good && images.length > TOLD_IMAGES) continue;
    const problems = countsText(counts);
    lines.push(`${display(nameOf(image))}: ${numbered(files, 'file')}, ${problems === '' ? 'all good' : problems}`);
  }
  const { files, conditions: counts } = counter.countAll();
  const problems = countsText(counts);
  const found =
    files === 0 ? 'nothing checked' : problems === '' ? 'all good' : `${counts.good ?? 0} good, ${problems}`;
  const all = `${numbered(files, 'file')} for ${numbered(images.length, 'image')}`;
  lines.push(`${all}: ${found}; ${numbered(complete, 'image')} ${complete === 1 ? 'is' : 'are'} complete`);
  if (unusable.length > 0) lines.push(`${numbered(unusable.length, '.jigdo file')} could not be used`);
  return lines;
}

/** The same for machines. */
export function* summaryJson(result: VerifyTreeResult): Generator<object> {
  const { images, needs, unusable, doubts, exitCode } = result;
  const counter = new FileCounter(needs);
  let complete = 0;
  for (const image of images) {
    const { jigdo, name, template } = image;
    const { files, conditions } = counter.count(image.needs);
    if (isComplete(conditions)) complete++;
    const names = { name: toGlobText(name), jigdo: toGlobText(jigdo), template: template && toGlobText(template) };
    yield { type: 'image', ...names, files, complete: isComplete(conditions), conditions };
  }
  yield {
    type: 'summary',
    exitCode,
    ...counter.countAll(),
    images: images.length,
    complete,
    unusable: unusable.map(toGlobText),
    doubts,
  };
}
