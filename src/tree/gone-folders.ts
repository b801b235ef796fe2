// Folders that are not there: of a tree that is not there, a million files need not be asked for one by one.
import { statSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';

/** Remembers the last one. Paths are to come in order. */
export class GoneFolders {
  /** With a `/` behind it; empty: none is known. */
  #gone: ByteString = '';
  /** The last folder that is there. */
  #there: ByteString = '';

  /** Whether a path is known to lead into a folder that is not there. */
  isGone(path: ByteString): boolean {
    return this.#gone !== '' && path.startsWith(this.#gone);
  }

  /** Takes note of a path where nothing is: perhaps its folder is not there either, or one above it. */
  learn(path: ByteString): void {
    if (this.isGone(path)) return;
    for (let end = path.lastIndexOf('/') + 1; end > 1; end = path.lastIndexOf('/', end - 2) + 1) {
      const folder = path.slice(0, end);
      if (folder === this.#there || isThere(folder)) {
        this.#there = folder;
        return;
      }
      this.#gone = folder;
    }
  }
}

function isThere(folder: ByteString): boolean {
  try {
    return statSync(toPath(folder), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true; // or nobody knows
  }
}
