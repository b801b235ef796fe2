// Why files that look like old images were of no use, while files are missing.
import { display } from '../format/bytes.js';
import { leafOf } from '../format/paths.js';
import { PACKINGS, type ImageLayout } from '../image/types.js';
import { wrappingOf } from '../image/wrapping.js';
import type { RandomAccess } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { pathOf, type TreeFile } from '../tree/types.js';

/** So many are told one by one. */
const MAX_TOLD_IMAGES = 5;

/** Whether a file is called like an image, or like one that was compressed. */
export function isCalledImage({ rest }: Pick<TreeFile, 'rest'>): boolean {
  return /\.(iso|img|udf|raw|bin|cdr)(\.[a-z0-9]{1,4})?$/i.test(leafOf(rest));
}

/** Collects what is to be told of files that were looked into. */
export class Untaken {
  /** What is an image by its name or by its content. */
  readonly #images: string[] = [];
  /** Other packed files: one may be an old image, but a tree has thousands that are not. */
  readonly #others: string[] = [];

  /** @param layout what was found in the file */
  add(file: TreeFile, reader: RandomAccess, layout: ImageLayout | undefined): void {
    const isDisc = layout?.kinds.some((kind) => kind === 'iso9660' || kind === 'udf') ?? false;
    const lines = isDisc || isCalledImage(file) ? this.#images : this.#others;
    const reason = layout ? unread(layout) : wrapped(reader);
    if (reason !== undefined) lines.push(`\`${display(pathOf(file))}' ${reason}`);
  }

  /** Tells all of it, or what is probable where that is much. */
  tell(reporter: Reporter): void {
    const lines = this.#others.length > MAX_TOLD_IMAGES ? this.#images : [...this.#images, ...this.#others];
    for (const line of lines.slice(0, MAX_TOLD_IMAGES)) reporter.warning(line);
    if (lines.length > MAX_TOLD_IMAGES) reporter.warning(`and ${lines.length - MAX_TOLD_IMAGES} more files like these`);
  }
}

/** What of an image was not looked for. */
function unread({ packed, problems }: ImageLayout): string | undefined {
  const reasons = [...packed].map(([how, count]) => {
    const { what, remedy } = PACKINGS[how];
    return `holds files that are ${what}, which were not looked for: ${count} - ${remedy}`;
  });
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  if (problems.length > 0) reasons.push(`cannot be understood wholly: ${problems[0]}${more}`);
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

function wrapped(reader: RandomAccess): string | undefined {
  const wrapping = wrappingOf(reader);
  return wrapping && `is ${wrapping.what}: nothing in it was looked for - ${wrapping.remedy} and name that`;
}
