// What a run has left beside an image that it had put in place when it was killed.
import { lstatSync, unlinkSync, type BigIntStats } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
import { LeftParts } from '../io/output.js';

/** Removes what a killed run has left of its work on an image that is there: its lock, and the other name of the image. */
export async function tidyImage(image: ByteString): Promise<void> {
  const tmp = `${image}.tmp`;
  const [first, second] = [statOf(image), statOf(tmp)];
  if (first && first.dev === second?.dev && first.ino === second.ino) unlinkSync(toPath(tmp));
  await new LeftParts().tidy(image);
}

function statOf(path: ByteString): BigIntStats | undefined {
  return lstatSync(toPath(path), { bigint: true, throwIfNoEntry: false });
}
