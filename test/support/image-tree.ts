// A small tree for the real image writers, and the comparison of what they wrote with it.
import { join } from 'node:path';
import type { Test } from 'tap';
import { fromText } from '../../src/format/bytes.js';
import { FileReader } from '../../src/io/reader.js';
import { readLayout } from '../../src/image/layout.js';
import type { ImageLayout } from '../../src/image/types.js';
import { bytesOf } from './sparse-image.js';

const DEEP = 'deep/d1/d2/d3/d4/d5/d6/d7/d8/d9';

/** Paths and contents: long, deep and non-ASCII names, an empty file, sizes around those of blocks. */
export const TREE: Readonly<Record<string, string>> = {
  'a.txt': 'first\n',
  'dir/exactly-2048.bin': 'x'.repeat(2048),
  'dir/2049.bin': 'y'.repeat(2049),
  'dir/empty': '',
  'dir/sub/UPPER lower.Mixed': 'm'.repeat(700),
  [`${DEEP}/bottom.txt`]: 'deepest\n'.repeat(90),
  [`long/${'n'.repeat(120)}.deb`]: 'long name\n'.repeat(500),
  'umlaut/äöü-日本.txt': 'names in UTF-8\n'.repeat(7),
};

/** Makes the tree in the test's folder. Returns the path of `tree`, beside which images may be put. */
export function makeTree(t: Test, files: Readonly<Record<string, string>> = TREE): string {
  const fixture: Record<string, object | string> = {};
  for (const [path, content] of Object.entries(files)) {
    let folder = fixture;
    const segments = path.split('/');
    for (const segment of segments.slice(0, -1)) folder = (folder[segment] ??= {}) as Record<string, object | string>;
    folder[segments[segments.length - 1]] = content;
  }
  return join(t.testdir({ tree: fixture as never }), 'tree');
}

/** The layout of an image file, and its files' contents by path (as ordinary text). */
export function readImage(path: string): { layout: ImageLayout; contents: Record<string, string> } {
  using image = new FileReader(fromText(path));
  const layout = readLayout(image);
  if (layout === undefined) throw new Error(`${path} is not recognised`);
  const contents: Record<string, string> = {};
  for (const { path: name, extents } of layout.files) {
    contents[Buffer.from(name, 'latin1').toString()] = bytesOf(image, extents).toString('latin1');
  }
  return { layout, contents };
}

/** What `readImage` shall say: the tree's files but for the empty ones. */
export function expected(files: Readonly<Record<string, string>> = TREE): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([, content]) => content !== ''));
}
