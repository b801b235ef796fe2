// What an image is called: the file name out of what [Image] says.
import type { ByteString } from './bytes.js';

/** The kinds of devices that xorriso puts in front of what its user wrote (docs/spec/jigdo-file-format.md 5). */
const DEVICE = /^(?:stdio|mmc):/;

/** What `Filename=` says, as a path: without xorriso's device, and without `./` in front. */
export function imagePath(filename: ByteString): ByteString {
  return filename.replace(DEVICE, '').replace(/^(?:\.\/+)+/, '');
}

/** Whether xorriso wrote it: the path that its user gave to `-o`. */
export function hasDevice(filename: ByteString): boolean {
  return DEVICE.test(filename);
}

/**
 * The image's name without folders.
 *
 * @returns undefined if nothing is left that can be the name of a file
 */
export function imageLeaf(filename: ByteString): ByteString | undefined {
  const path = imagePath(filename);
  const leaf = path.slice(path.lastIndexOf('/') + 1);
  // eslint-disable-next-line no-control-regex -- they are what must not be
  return leaf === '' || leaf === '.' || leaf === '..' || /[\0-\x1f\x7f]/.test(leaf) ? undefined : leaf;
}
