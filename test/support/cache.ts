// What the tests of the cache share.
import { digestOf } from '../../src/checksum/digest.js';
import { openCache, type OpenCacheOptions } from '../../src/cache/open.js';
import type { Cache, CachedFile } from '../../src/cache/types.js';
import { HEAD_PREFIX_LENGTH, type Head } from '../../src/tree/head.js';
import type { TreeFile } from '../../src/tree/types.js';

/** A file of 2020 that need not exist; its folder must. */
export function fileAt(path: string, change: Partial<TreeFile> = {}): TreeFile {
  const cut = path.lastIndexOf('//');
  return {
    prefix: cut < 0 ? '' : path.slice(0, cut + 1),
    rest: cut < 0 ? path : path.slice(cut + 2),
    size: 5_000_000_001,
    mtimeNs: 1_600_000_000_123_456_789n,
    ctimeNs: 1_600_000_000_987_654_321n,
    ino: 18_446_744_073_709_551_615n,
    ...change,
  };
}

/** Facts that can be told from those of any other file. */
export function factsFor(name: string): Required<CachedFile> {
  const sha256 = digestOf('sha256', Buffer.from(name));
  const md5 = digestOf('md5', Buffer.from(name));
  const prefix = new Uint8Array(HEAD_PREFIX_LENGTH).fill(md5[0]);
  const head: Head = { length: 1024, lo: -5, hi: 0x7fff_fff0, period: 3, run: 2 ** 40 + 1, prefix };
  return { head, md5, sha256 };
}

/** A cache, and the warnings that it gives. */
export async function open(
  path: string,
  options: Partial<OpenCacheOptions> = {},
): Promise<{ cache: Cache; warnings: string[] }> {
  const warnings: string[] = [];
  const reporter = { info() {}, progress() {}, warning: (line: string) => void warnings.push(line) };
  return { cache: await openCache(path, { reporter, ...options }), warnings };
}
