// Files of trees by their content, whatever they are called.
import { scanFiles } from '../cache/scan.js';
import type { Cache } from '../cache/types.js';
import type { Algorithm } from '../checksum/algorithm.js';
import { toBase64, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { pathOf } from '../tree/types.js';
import { walkTree } from '../tree/walk.js';
import type { LocalFolders } from '../verify/local-folders.js';

/**
 * Looks for contents among all files of folders, each of which is read if the cache does not know it.
 *
 * @param wanted contents; digests in jigdo base64
 * @returns digest -> path of the first file with it, within the folders also if links are followed; and how many files could not be read
 * @throws the signal's reason, once it is aborted
 */
export async function findContents(
  wanted: Iterable<{ readonly algorithm: Algorithm; readonly digest: string }>,
  folders: LocalFolders,
  { cache, reporter, signal }: { cache: Cache; reporter: Reporter; signal?: AbortSignal },
): Promise<{ found: ReadonlyMap<string, ByteString>; unread: number }> {
  const digests = new Set<string>();
  const algorithms = new Set<Algorithm>();
  for (const { algorithm, digest } of wanted) {
    digests.add(digest);
    algorithms.add(algorithm);
  }
  const found = new Map<string, ByteString>();
  const { failed: unread } = await scanFiles({
    files: await walkTree(folders.roots, { literal: true, reporter, signal }),
    cache,
    whole: true,
    headLength: 0,
    algorithms: [...algorithms],
    reporter,
    signal,
    onFile: (file, facts) => {
      for (const algorithm of algorithms) {
        const bytes = facts[algorithm];
        const digest = bytes && toBase64(bytes);
        if (digest === undefined || !digests.has(digest) || found.has(digest)) continue;
        if (folders.allows(pathOf(file))) found.set(digest, pathOf(file));
      }
    },
  });
  return { found, unread };
}
