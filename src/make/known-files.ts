// From the files of the tree, and what a cache knows of them, to the index of the matcher.
import { setImmediate } from 'node:timers/promises';
import type { Algorithm } from '../checksum/digest.js';
import type { Cache } from '../cache/types.js';
import { reasonOf } from '../errors.js';
import { display } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { readHead, type Head } from '../tree/head.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import { TreeIndexBuilder, type TreeIndex } from './tree-index.js';

/** What is needed to index a tree. */
export interface IndexOptions {
  readonly files: readonly TreeFile[];
  /** Shorter files cannot be parts. Bytes. */
  readonly minLength: number;
  readonly algorithm: Algorithm;
  readonly cache: Cache;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** The index, and the files in it, in the same order. */
export interface KnownFiles {
  readonly index: TreeIndex;
  readonly files: readonly TreeFile[];
}

/**
 * Indexes the files that can be parts. Reads the heads of those that the cache does not know, and tells it; a file that
 * cannot be read is left out with a warning.
 */
export async function indexFiles(options: IndexOptions): Promise<KnownFiles> {
  const { files, minLength, algorithm, cache, reporter, signal } = options;
  const readNewHead = (file: TreeFile): Head | undefined => {
    let reason = 'the file became shorter';
    try {
      const head = readHead(pathOf(file), file.size, minLength);
      if (head) {
        cache.store(file, { head });
        return head;
      }
    } catch (error) {
      reason = reasonOf(error);
    }
    reporter.warning(`Could not open \`${display(pathOf(file))}' for input - excluded (${reason})`);
    return undefined;
  };
  const usable: TreeFile[] = [];
  const longEnough = files.filter((file) => file.size >= minLength);
  const builder = new TreeIndexBuilder(longEnough, minLength, algorithm);
  let done = 0;
  for (const cached of cache.lookupAll(longEnough)) {
    const file = longEnough[done++];
    if (done % 1024 === 0) {
      // Let signals have their turn.
      await setImmediate();
      signal?.throwIfAborted();
      reporter.progress('scanning files', done, longEnough.length, '', 'files');
    }
    const head = cached?.head?.length === minLength ? cached.head : readNewHead(file);
    if (!head) continue;
    usable.push(file);
    builder.add(file, head, cached?.[algorithm]);
  }
  return { index: builder.index(), files: usable };
}
