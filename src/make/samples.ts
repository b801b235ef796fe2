// Words of files by which those that begin alike are told apart, and how many files make that worth it.
import { closeSync, openSync } from 'node:fs';
import { OPEN_FLAGS } from '../io/open-file.js';
import { toPath } from '../format/bytes.js';
import { readFully } from '../io/read-fully.js';
import type { TreeIndex } from './tree-index.js';

/** So few files are simply tried. */
export const TRIED_FILES = 4;

/** Files whose digest is known are not opened, but so many with one head would cost more than that is worth. */
export const KNOWN_FILES_MAX = 64;

/** Bytes of a word. */
export const WORD_BYTES = 8;

/**
 * The word at byte `offset` of file `i` of the tree, as a byte string.
 *
 * @returns undefined if the file cannot be read there
 */
export function wordOfFile(index: TreeIndex, i: number, offset: number): string | undefined {
  const word = Buffer.alloc(WORD_BYTES);
  try {
    const fd = openSync(toPath(index.path(i)), OPEN_FLAGS);
    try {
      return readFully(fd, word, offset) === WORD_BYTES ? word.toString('latin1') : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Adds a file to the group of its key. */
export function addToGroup<K>(groups: Map<K, number[]>, key: K, i: number): void {
  const group = groups.get(key);
  if (group) group.push(i);
  else groups.set(key, [i]);
}
