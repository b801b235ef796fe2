// Folders to write to.
import { mkdirSync } from 'node:fs';
import { outputProblem } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';

/**
 * Makes a folder and those above it, unless they are there.
 *
 * @param path empty: the present folder
 * @throws JigdoError if the disk refuses, or something else is there
 */
export function makeFolder(path: ByteString): void {
  if (path === '') return;
  try {
    mkdirSync(toPath(path), { recursive: true });
  } catch (error) {
    throw outputProblem(`Could not make the folder \`${display(path)}'`, error);
  }
}
