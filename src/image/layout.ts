// The layout of an image, of whatever kinds it is: the one entrance to the walkers.
import type { RandomAccess } from '../io/reader.js';
import { readIso9660 } from './iso/iso9660.js';
import { Source } from './source.js';
import { Survey } from './survey.js';
import { readTar } from './tar/tar.js';
import type { ImageLayout, LayoutKind } from './types.js';
import { readUdf } from './udf/udf.js';
import { readZip } from './zip/zip.js';

/**
 * Each function returns whether the image is of its kind, however damaged, and adds to the survey what it found. `isKnown` says
 * whether a function before it has recognized the image already.
 */
const WALKERS: readonly (readonly [LayoutKind, (source: Source, survey: Survey, isKnown: boolean) => boolean])[] = [
  ['iso9660', readIso9660],
  ['udf', readUdf],
  ['tar', readTar],
  ['zip', readZip],
];

/**
 * Reads what an image says about its files. All of it is a hint: time and memory are bounded by the image's size and by
 * fixed limits whatever the directories say, and what is wrong with them is left out and told in `problems`.
 *
 * @returns undefined if the image is of no kind that we know
 * @throws what `image.read` throws (real I/O errors), nothing else
 */
export function readLayout(image: RandomAccess): ImageLayout | undefined {
  const source = new Source(image);
  const survey = new Survey(source);
  const kinds: LayoutKind[] = [];
  for (const [kind, walk] of WALKERS) if (walk(source, survey, kinds.length > 0)) kinds.push(kind);
  return kinds.length === 0 ? undefined : survey.layout(kinds);
}
