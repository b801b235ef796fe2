// The cache of checksums as make-image's search for parts wants it.
import type { Cache } from '../cache/types.js';
import type { PartCache } from '../rebuild/sources.js';

/** The digests of whole files, and nothing else. */
export function partCache(cache: Cache): PartCache {
  return {
    digest: (file, algorithm) => cache.lookup(file)?.[algorithm],
    remember: (file, algorithm, digest) => cache.store(file, { [algorithm]: digest }),
  };
}
