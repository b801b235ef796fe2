// What a template or .tmp consists of, line by line as list-template prints it (docs/spec/cli-behaviour.md 3.1).
import { DIGESTS } from '../checksum/algorithm.js';
import { toBase64, toHex } from '../format/bytes.js';
import type { TemplateEntry } from '../format/template.js';
import type { Template } from './template-file.js';

/** Columns, in characters: each is followed by a blank. Longer values are not cut. */
const NUMBER = 12;
const DIGEST = 46;
const RSUM = 12;

/** What stands in the column of the rsum64 if a part has none (entry types 3 and 4). */
const NO_RSUM = new Uint8Array(8);

/**
 * One line for each entry, in image order: what it is, its offset and length in bytes (in-template, need-file, have-file), then
 * digest and rsum64 of files. The lines about the whole image have its length, the block length of the rsum64, and its digest.
 *
 * @param hex digests in hex instead of jigdo base64
 */
export function* templateLines(template: Template, hex: boolean): Generator<string> {
  const text = hex ? toHex : toBase64;
  let offset = 0;
  for (const entry of template.entries) {
    yield line(entry, offset, entry.length, text);
    offset += entry.length;
  }
  for (const image of template.images) yield line(image, image.length, image.blockLength, text);
}

function line(entry: TemplateEntry, first: number, second: number, text: (bytes: Uint8Array) => string): string {
  const tag = tagOf(entry);
  // The original's columns: the names of files that we have are one narrower.
  const columns = [
    tag.padEnd(tag.startsWith('have-file') ? 17 : 18) + String(first).padStart(NUMBER),
    String(second).padStart(NUMBER),
  ];
  if (entry.kind !== 'data') columns.push(text(entry.digest).padStart(DIGEST));
  if (entry.kind === 'part') columns.push(text(entry.rsum ?? NO_RSUM).padStart(RSUM));
  return columns.join(' ');
}

function tagOf(entry: TemplateEntry): string {
  if (entry.kind === 'data') return 'in-template';
  if (entry.kind === 'image') return `image-info-${entry.algorithm}`;
  if (!entry.written) return `need-file-${entry.algorithm}`;
  return DIGESTS[entry.algorithm].writtenTag;
}
