// What a file is that was taken for a .jigdo.
import type { ByteString } from './bytes.js';

/** Where ISO9660 has its first descriptor. */
const ISO_AT = 16 * 2048 + 1;

/** So many bytes of a file tell what it is. */
export const KIND_BYTES = ISO_AT + 5;

/**
 * What it is, and what to do, in a few words for people.
 *
 * @param text its beginning, decompressed
 */
export function whatInstead(text: ByteString): string {
  if (text === '') return 'it is empty';
  if (text.startsWith('JigsawDownload')) return 'this is a template: name the .jigdo that it belongs to';
  if (/^(CD001|BEA01|NSR0)/.test(text.slice(ISO_AT)))
    return "this is an image, not a .jigdo: `jigdo verify' compares it with its template";
  if (/^(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|!--)/i.test(text))
    return 'this is a web page, not a .jigdo: is that the URL of the file itself?';
  if (text.startsWith('PK\x03\x04')) return 'this is a zip archive, not a .jigdo';
  if (text.includes('\0')) return 'this is no .jigdo, and no text at all';
  return 'this is no .jigdo: it has none of the sections [Jigdo], [Image], [Parts], [Servers]';
}

/** Whether a section is one that a .jigdo has. */
export function isOfJigdo({ name, url }: { readonly name: ByteString; readonly url?: ByteString }): boolean {
  return url !== undefined || /^(Jigdo|Image|Parts|Servers)$/i.test(name);
}
