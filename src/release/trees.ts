// The trees of a release, walked once for all images.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { isSameFile } from '../io/identity.js';
import { compileExcludes, isExcludedFolder } from '../tree/exclude.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import { walkTree } from '../tree/walk.js';
import type { ReleaseConfig, ReleaseTree } from './config.js';
import type { ReleaseImage } from './images.js';

/** The name of a tree as make-template's labels have it. */
export function prefixOf({ path }: Pick<ReleaseTree, 'path'>): ByteString {
  return path === '/' ? path : `${path}/`;
}

/** @throws JigdoError, with the place in the configuration, if a tree is no folder */
export function requireTrees({ trees, error }: ReleaseConfig): void {
  trees.forEach((tree, i) => {
    let reason = '';
    try {
      if (statSync(toPath(tree.path), { throwIfNoEntry: false })?.isDirectory()) return;
    } catch (problem) {
      reason = ` (${reasonOf(problem)})`;
    }
    throw error(['trees', i, 'path'], `\`${display(tree.path)}' is not a folder${reason}`);
  });
}

/**
 * Lists the files of all trees.
 *
 * @throws JigdoError, with the place in the configuration, if a tree is no folder, or if images, outputs or the state of the
 *   release are in it and not excluded: they would be published, and would change the tree at each run
 */
export async function listTrees(
  config: ReleaseConfig,
  images: readonly ReleaseImage[],
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<TreeFile[]> {
  const { trees, options, error } = config;
  requireTrees(config);
  await refuseFoldersInside(config);
  const operands = trees.map((tree) => `${prefixOf(tree)}/`);
  const files = await walkTree(operands, { exclude: options.exclude, literal: true, reporter, signal });
  const inodes = new Map(images.map((image) => [statSync(toPath(image.path), { bigint: true }).ino, image]));
  for (const file of files) {
    const image = inodes.get(file.ino);
    if (!image || !isSameFile(image.path, pathOf(file))) continue;
    const i = trees.findIndex((tree) => prefixOf(tree) === file.prefix);
    throw error(['trees', i, 'path'], `the image \`${display(pathOf(file))}' is in this tree: ${REMEDY}`);
  }
  return files;
}

const REMEDY = 'add it or its folder to options.exclude, or move it';

async function refuseFoldersInside({ trees, output, state, options, error }: ReleaseConfig): Promise<void> {
  const excluded = await compileExcludes(options.exclude);
  for (const [i, tree] of trees.entries()) {
    const top = realPath(tree.path);
    for (const folder of [output, state]) {
      const whole = realPath(folder);
      if (whole !== top && !whole.startsWith(`${top}/`)) continue;
      if (excluded && isExcludedFolder(excluded, whole.slice(top.length + 1))) continue;
      throw error(['trees', i, 'path'], `the folder \`${display(folder)}' of the release is in this tree: ${REMEDY}`);
    }
  }
}

/** Without symbolic links, as far as the path exists. */
function realPath(path: ByteString): ByteString {
  if (existsSync(toPath(path))) return realpathSync(toPath(path), 'buffer').toString('latin1');
  const cut = path.lastIndexOf('/');
  const parent = cut < 0 ? realPath('.') : realPath(path.slice(0, cut) || '/');
  return `${parent === '/' ? '' : parent}/${path.slice(cut + 1)}`;
}
