// What the matcher learned about files goes into the cache.
import type { Cache } from '../cache/types.js';
import type { KnownFiles } from './known-files.js';

/** Stores the digests of all files that were compared with the image as a whole, unless they came from there. */
export function rememberDigests(cache: Cache, { index, file }: KnownFiles): void {
  const { count, algorithm } = index.columns;
  for (let i = 0; i < count; i++) {
    const digest = index.newDigest(i);
    if (digest) cache.store(file(i), { [algorithm]: new Uint8Array(digest) });
  }
}
