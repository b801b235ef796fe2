// Which URLs of each file a JSON document lists: those of all files on all servers may be a billion.
import type { ByteString } from '../format/bytes.js';
import { toGlobText } from '../tree/glob-text.js';

/** So many URLs of one file are listed at most, as many as `download` tries. */
const OF_ONE = 100;
/** So many of all files. */
const OF_ALL = 1_000_000;
/** So many characters of all files. */
const CHARACTERS = 128 * 1024 * 1024;

/** Chooses the URLs that one document lists. */
export class ListedUris {
  #most: number;
  #left = CHARACTERS;

  /** @param files how many files the document is about */
  constructor(files: number) {
    this.#most = Math.max(1, Math.min(OF_ONE, Math.floor(OF_ALL / files)));
  }

  /** How many URLs of a file to look for: one more than are listed tells that there are more. */
  get wanted(): number {
    return this.#most + 1;
  }

  /** The first of a file's URLs as members of its object, and whether there are others. */
  list(uris: readonly ByteString[]): { readonly uris: readonly string[]; readonly moreUris?: true } {
    const listed = uris.slice(0, this.#most);
    for (const uri of listed) this.#left -= uri.length;
    if (this.#left < 0) this.#most = 0;
    return { uris: listed.map(toGlobText), ...(uris.length > listed.length ? { moreUris: true } : {}) };
  }
}
