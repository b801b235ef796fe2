// What the original jigdo-lite leaves when it is interrupted: a folder of fetched files beside the image.
import { display, type ByteString } from '../format/bytes.js';
import { isFolder } from '../io/is-file.js';
import type { Reporter } from '../io/reporter.js';
import type { TreeFile } from '../tree/types.js';
import { walkTree } from '../tree/walk.js';

/**
 * The files in `IMAGE.tmpdir`, if there is such a folder: parts that need not be fetched again, or the beginnings of some.
 *
 * @param image where it is to be
 */
export async function leftByOriginal(
  image: ByteString,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<readonly TreeFile[]> {
  const folder = `${image}.tmpdir`;
  if (!isFolder(folder)) return [];
  const files = await walkTree([folder], { literal: true, reporter, signal });
  reporter.info(`Using what an interrupted jigdo-lite left in \`${display(folder)}': ${files.length} files`);
  return files;
}
