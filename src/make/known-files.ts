// From the files of the tree, and what a cache knows of them, to the index of the matcher.
import { setImmediate } from 'node:timers/promises';
import type { Cache } from '../cache/types.js';
import type { Algorithm } from '../checksum/algorithm.js';
import { reasonOf } from '../errors.js';
import { display } from '../format/bytes.js';
import { Column } from '../format/column.js';
import type { Reporter } from '../io/reporter.js';
import { readHead, type Head } from '../tree/head.js';
import { pathOf, type FileList, type TreeFile } from '../tree/types.js';
import { FilterBuilder, type FilterTables } from './head-filter.js';
import { TreeIndexBuilder, type TreeIndex } from './tree-index.js';

/** What is needed to index a tree. */
export interface IndexOptions {
  readonly files: FileList;
  /** Tells which of them are no parts. Called for each that is long enough. */
  readonly leaveOut: (file: TreeFile) => boolean;
  /** Shorter files cannot be parts. Bytes. */
  readonly minLength: number;
  readonly algorithm: Algorithm;
  readonly cache: Cache;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What the matcher needs to know of the files that can be parts. */
export interface KnownFiles {
  readonly index: TreeIndex;
  /** Tells where in the image they may start. */
  readonly filter: FilterTables;
  /** File `i` of the index. */
  readonly file: (i: number) => TreeFile;
}

/**
 * Indexes the files that can be parts. Reads the heads of those that the cache does not know, and tells it; a file that
 * cannot be read is left out with a warning.
 *
 * @throws the signal's reason, once it is aborted
 */
export async function indexFiles(options: IndexOptions): Promise<KnownFiles> {
  const { files, leaveOut, minLength, algorithm, cache, reporter, signal } = options;
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
  /** Where in `files` those are that are long enough; in the end, those of the index. */
  const positions = new Column();
  let pathsLength = 0;
  let position = 0;
  for (const file of files) {
    if (file.size >= minLength) {
      positions.push(position);
      pathsLength += pathOf(file).length;
    }
    position++;
  }
  const fileAt = (i: number): TreeFile => files.at(positions.get(i)) as TreeFile;
  const longEnough = function* (): Generator<TreeFile> {
    for (let i = 0; i < positions.length; i++) yield fileAt(i);
  };
  const builder = new TreeIndexBuilder({ count: positions.length, pathsLength, minLength, algorithm });
  const filter = new FilterBuilder(positions.length);
  let done = 0;
  let count = 0;
  for (const [file, cached] of cache.lookupAll(longEnough())) {
    const position = positions.get(done);
    if (++done % 1024 === 0) {
      // Let signals have their turn.
      await setImmediate();
      signal?.throwIfAborted();
      reporter.progress('scanning files', done, positions.length, '', 'files');
    }
    if (leaveOut(file)) continue;
    const head = cached?.head?.length === minLength ? cached.head : readNewHead(file);
    if (!head) continue;
    builder.add(file, head, cached?.[algorithm]);
    filter.add(head.prefix);
    positions.set(count++, position);
  }
  return { index: builder.index(), filter: filter.tables, file: fileAt };
}
