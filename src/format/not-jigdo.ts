// What a file is that was taken for a .jigdo or a template.
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
  if (isImage(text)) return "this is an image, not a .jigdo: `jigdo verify' compares it with its template";
  if (isWebPage(text)) return 'this is a web page, not a .jigdo: is that the URL of the file itself?';
  if (text.startsWith('PK\x03\x04')) return 'this is a zip archive, not a .jigdo';
  if (text.includes('\0')) return 'this is no .jigdo, and no text at all';
  return 'this is no .jigdo: it has none of the sections [Jigdo], [Image], [Parts], [Servers]';
}

/**
 * The same of what was taken for a template, or a .tmp: that begins as its image does.
 *
 * @returns undefined if it may be a damaged one
 */
export function whatInsteadOfTemplate(text: ByteString): string | undefined {
  if (text === '') return 'it is empty';
  if (isImage(text)) return 'this is an image, or a .tmp without its end, and no template';
  if (isWebPage(text)) return 'this is a web page, not a template: fetch the file itself';
  if (/^[ \t]*\[[ \t]*(Jigdo|Image|Parts|Servers)[ \t]*\]/im.test(text))
    return 'this is a .jigdo: name the template that belongs to it';
  if (text.startsWith('\x1f\x8b')) return 'this is compressed with gzip, as a .jigdo may be, and no template';
  return text.startsWith('PK\x03\x04') ? 'this is a zip archive, not a template' : undefined;
}

function isImage(text: ByteString): boolean {
  return /^(CD001|BEA01|NSR0)/.test(text.slice(ISO_AT));
}

function isWebPage(text: ByteString): boolean {
  return /^(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|!--)/i.test(text);
}

/** Whether a section is one that a .jigdo has. */
export function isOfJigdo({ name, url }: { readonly name: ByteString; readonly url?: ByteString }): boolean {
  return url !== undefined || /^(Jigdo|Image|Parts|Servers)$/i.test(name);
}
