// The template of an image that a .jigdo offers: where it may lie, and what it says of the image's parts.
import { statSync } from 'node:fs';
import { JigdoError } from '../errors.js';
import { toPath, type ByteString } from '../format/bytes.js';
import type { ImageSection } from '../format/jigdo-image.js';
import { FileReader } from '../io/reader.js';
import { planOf, type Plan } from '../rebuild/plan.js';
import { openTemplate } from '../rebuild/template-file.js';

/** Directories and names, without the slash between them. */
function split(path: ByteString): { folder: ByteString; leaf: ByteString } {
  const cut = path.lastIndexOf('/') + 1;
  return { folder: path.slice(0, cut), leaf: path.slice(cut) };
}

/**
 * The path of an image's template: beside the .jigdo, or in `templateDir`, under the last segment of the `Template=` URL, else
 * under the .jigdo's own name.
 *
 * @returns undefined if there is no such file
 */
export function findTemplate(
  jigdo: ByteString,
  { template }: ImageSection,
  templateDir: ByteString | undefined,
): ByteString | undefined {
  const { folder, leaf } = split(jigdo);
  const names = [split(template).leaf, leaf.replace(/(\.jigdo)?(\.gz)?$/, '.template')];
  const folders = [folder, ...(templateDir === undefined ? [] : [`${templateDir.replace(/\/+$/, '')}/`])];
  const paths = names.flatMap((name) => (isName(name) ? folders.map((each) => each + name) : []));
  return paths.find((path) => isFile(path));
}

function isName(leaf: ByteString): boolean {
  return leaf !== '' && leaf !== '.' && leaf !== '..' && !leaf.includes('\0');
}

function isFile(path: ByteString): boolean {
  try {
    return statSync(toPath(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * Reads what a template says of the image, or a line about why it cannot.
 *
 * The plan's template is closed: only its entries can be used.
 */
export function readPlan(path: ByteString): Plan | string {
  try {
    using reader = new FileReader(path);
    return planOf(openTemplate(reader));
  } catch (error) {
    if (!(error instanceof JigdoError)) throw error;
    return error.message;
  }
}
