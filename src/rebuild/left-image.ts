// What a run has left beside an image that it had put in place when it was killed.
import { lstatSync, unlinkSync, type BigIntStats } from 'node:fs';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { LeftParts } from '../io/output.js';

/**
 * Removes what a killed run has left of its work on an image that is there: its lock, and the other name of the image.
 *
 * @throws the system's error if the other name stays: whoever writes to it would change the image
 */
export async function tidyImage(image: ByteString): Promise<void> {
  const tmp = otherName(image);
  const [first, second] = [statOf(image), statOf(tmp)];
  if (first && first.dev === second?.dev && first.ino === second.ino) unlinkSync(toPath(tmp));
  await new LeftParts().tidy(image);
}

/** Does the same for an image that is right, and stays: leftovers of another user do not make it worse. */
export async function tidyRightImage(image: ByteString, warn: (line: string) => void): Promise<void> {
  try {
    await tidyImage(image);
  } catch (error) {
    warn(`\`${display(otherName(image))}' is the same file as the image, and cannot be removed: ${reasonOf(error)}`);
  }
}

function otherName(image: ByteString): ByteString {
  return `${image}.tmp`;
}

function statOf(image: ByteString): BigIntStats | undefined {
  return lstatSync(toPath(image), { bigint: true, throwIfNoEntry: false });
}
