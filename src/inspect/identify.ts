// What a file is: a .jigdo, a .template, a .tmp or an image. Its content says so; its name only where that is silent.
import { constants, gunzipSync } from 'node:zlib';
import { JigdoError } from '../errors.js';
import { FormatError } from '../format/errors.js';
import { HEADER_MAX, decodeHeader } from '../format/template.js';
import { isGzip } from '../io/gzip.js';
import type { RandomAccess } from '../io/reader.js';
import { readDesc } from '../rebuild/template-file.js';
import { CREATION_MARK } from '../rebuild/tmp-state.js';

/** What a file is. `begun`: a .tmp whose creation was not completed, which holds nothing to go on from. */
export type FileKind = 'jigdo' | 'template' | 'tmp' | 'begun' | 'image';

/** How far the first section line of a .jigdo is looked for, in bytes. */
const SEARCHED_BYTES = 65536;

/** A section line that every .jigdo has one of. */
const SECTION_LINE = /^[ \t]*\[[ \t]*(?:Jigdo|Image|Parts|Servers|Include[ \t][^\]]*)[ \t]*\]/m;

/**
 * Tells what a file is.
 *
 * @throws JigdoError if its name ends as that of a .jigdo, .template or .tmp does, but its content is none
 */
export function identify(file: RandomAccess): FileKind {
  const head = new Uint8Array(Math.min(SEARCHED_BYTES, file.size));
  file.read(head, 0);
  if (isTemplate(head)) return 'template';
  if (isJigdo(head)) return 'jigdo';
  const mark = new Uint8Array(Math.min(CREATION_MARK.length, file.size));
  file.read(mark, file.size - mark.length);
  if (Buffer.compare(mark, CREATION_MARK) === 0) return 'begun';
  if (isTmp(file)) return 'tmp';
  const extension = /\.(jigdo|template|tmp)$/.exec(file.name)?.[1];
  if (extension !== undefined) throw new JigdoError(`${file.name}: this is no .${extension} file, or it is damaged`);
  return 'image';
}

function isTemplate(head: Uint8Array): boolean {
  try {
    decodeHeader(head.subarray(0, HEADER_MAX));
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function isJigdo(head: Uint8Array): boolean {
  const text = Buffer.from(isGzip(head) ? gunzipStart(head) : head).toString('latin1', 0, 4 * SEARCHED_BYTES);
  return !text.includes('\0') && SECTION_LINE.test(text);
}

/** What the first bytes of a gzip file unpack to, as far as they go; nothing if they are damaged. */
function gunzipStart(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: SEARCHED_BYTES * 1100 });
  } catch {
    return new Uint8Array(0);
  }
}

/** Whether a DESC section stands behind an image of the length that it tells. */
function isTmp(file: RandomAccess): boolean {
  try {
    const { images, offset } = readDesc(file);
    return images[images.length - 1].length === offset;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
