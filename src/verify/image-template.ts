// The template of an image that a .jigdo offers: where it may lie, and what it says of the image's parts.
import { JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import type { ImageSection } from '../format/jigdo-image.js';
import { folderOf, leafOf } from '../format/paths.js';
import { isFile } from '../io/is-file.js';
import { FileReader } from '../io/reader.js';
import { meantReference, unescape } from '../net/url.js';
import { Plan } from '../rebuild/plan.js';
import { openTemplate } from '../rebuild/template-file.js';

/**
 * The path of an image's template: beside the .jigdo, or in `templateDir`, under a name that its URL tells, else under the
 * .jigdo's own name.
 *
 * @returns undefined if there is no such file
 */
export function findTemplate(
  jigdo: ByteString,
  { template }: ImageSection,
  templateDir: ByteString | undefined,
): ByteString | undefined {
  const names = [...templateNames(template), leafOf(jigdo).replace(/(\.jigdo)?(\.gz)?$/, '.template')];
  const folders = [folderOf(jigdo), ...(templateDir === undefined ? [] : [`${templateDir.replace(/\/+$/, '')}/`])];
  const paths = names.flatMap((name) => folders.map((each) => each + name));
  return paths.find((path) => isFile(path));
}

/**
 * What the template of a `Template=` URL may be called beside the .jigdo, best first: as its last segment stands there, without a
 * query, and without escapes.
 */
export function templateNames(url: ByteString): ByteString[] {
  const bare = leafOf(url.replace(/[?#].*$/s, ''));
  const local = leafOf(meantReference(url));
  return [...new Set([local, bare, unescape(bare), unescape(local)])].filter(isName);
}

function isName(leaf: ByteString): boolean {
  return leaf !== '' && leaf !== '.' && leaf !== '..' && !/[/\0]/.test(leaf);
}

/**
 * Reads what a template says of the image, or a line about why it cannot.
 *
 * The plan's template is closed: only its entries can be used.
 */
export function readPlan(path: ByteString): Plan | string {
  try {
    using reader = new FileReader(path);
    return new Plan(openTemplate(reader));
  } catch (error) {
    if (!(error instanceof JigdoError)) throw error;
    return error.message;
  }
}
