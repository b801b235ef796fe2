// `--exclude GLOB`: which names of a tree are passed over.
import type { ByteString } from '../format/bytes.js';
import { leafOf } from '../format/paths.js';
import { toGlobText } from './glob-text.js';

/** Whether a name is excluded. `rest` is the part after the label cut, without a trailing slash. */
export type Excluder = (rest: ByteString, isDirectory: boolean) => boolean;

/**
 * The test for a list of globs. A glob without `/` is compared with the last segment of a name, others with the whole rest
 * (a leading `/` is allowed and means nothing more); one that ends with `/` matches directories only. `*` matches leading dots.
 *
 * @returns undefined if there are no globs
 */
export async function compileExcludes(globs: readonly string[]): Promise<Excluder | undefined> {
  if (globs.length === 0) return undefined;
  const { default: picomatch } = await import('picomatch');
  const tests = globs.map((glob) => {
    const onlyDirectories = glob.endsWith('/');
    const pattern = glob.replace(/\/+$/, '');
    const wholePath = pattern.includes('/');
    return { onlyDirectories, wholePath, matches: picomatch(pattern.replace(/^\/+/, ''), { dot: true }) };
  });
  return (rest, isDirectory) => {
    const path = toGlobText(rest);
    const leaf = leafOf(path);
    return tests.some((test) => (isDirectory || !test.onlyDirectories) && test.matches(test.wholePath ? path : leaf));
  };
}
