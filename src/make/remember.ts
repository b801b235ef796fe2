// What the matcher learned about files goes into the cache.
import type { Cache } from '../cache/types.js';
import type { KnownFiles } from './known-files.js';

/** Stores the digests of all files that were compared with the image as a whole. */
export function rememberDigests(cache: Cache, { index, files }: KnownFiles): void {
  files.forEach((file, i) => {
    const digest = index.digest(i);
    if (digest) cache.store(file, { [index.columns.algorithm]: new Uint8Array(digest) });
  });
}
