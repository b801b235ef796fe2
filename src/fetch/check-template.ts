// Whether a template makes what its .jigdo announces, and whether there is room for it.
import { statfsSync, statSync } from 'node:fs';
import { EXIT, JigdoError, outputProblem } from '../errors.js';
import { display, toHex, toPath, type ByteString } from '../format/bytes.js';
import type { Template } from '../rebuild/template-file.js';
import type { OfferedImage } from './offered-image.js';

/**
 * Compares the image in a template with what the .jigdo announces (libjte's comments).
 *
 * @throws JigdoError (exit code 2) if its length or a digest is another one
 */
export function checkAnnounced(template: Template, { imageSize, imageDigests }: OfferedImage): void {
  for (const { length, algorithm, digest } of template.images) {
    if (imageSize !== undefined && length !== imageSize) {
      throw wrong(`${template.name}: it makes ${length} bytes, but the .jigdo announces an image of ${imageSize}`);
    }
    const announced = imageDigests.get(algorithm.toUpperCase());
    if (announced !== undefined && announced !== toHex(digest)) {
      throw wrong(`${template.name}: it makes an image of other content than the .jigdo announces`);
    }
  }
}

/**
 * Refuses an image that cannot be written: a template of a few bytes may claim 256 TiB.
 *
 * @param folder where the image is to be: a path that ends in `/`, or empty for the current folder
 * @param tmp the IMAGE.tmp, whose bytes are on the disk already, if it is there
 * @throws JigdoError if there is less room than the image needs, or no such folder
 */
export function checkRoom(name: string, length: number, folder: ByteString, tmp: ByteString): void {
  const { bavail, bsize } = ofDisk(tmp, () => statfsSync(toPath(folder || '.')));
  const there = (ofDisk(tmp, () => statSync(toPath(tmp), { throwIfNoEntry: false }))?.blocks ?? 0) * 512;
  const room = bavail * bsize + there;
  if (length > room) {
    throw new JigdoError(`${name}: the image has ${length} bytes, but there is room for ${room} only`);
  }
}

/** Asks the system something; gives errors the name of the file that is to be written. */
function ofDisk<T>(tmp: ByteString, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw outputProblem(`Could not open \`${display(tmp)}' for output`, error);
  }
}

function wrong(message: string): JigdoError {
  return new JigdoError(message, { exitCode: EXIT.mismatch });
}
