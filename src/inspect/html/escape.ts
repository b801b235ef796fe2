// Text from hostile files as HTML: inert, and nothing in it invisible.
import { display, type ByteString } from '../../format/bytes.js';
import { toJson, withoutSecrets } from '../../format/secrets.js';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Characters that show nothing or change the order of others: bidirectional controls, zero-width ones, line separators.
 * Lone surrogates cannot be written at all.
 */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text in which everything is to be seen: invisible characters become `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(
    INVISIBLE,
    (c) => `⟨U+${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** Ordinary text, made visible, as content of an element or of a quoted attribute. */
export function escapeText(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => ENTITIES[c]);
}

/** A byte string: a name, a URL, a line of a .jigdo. */
export function escapeBytes(bytes: ByteString): string {
  return escapeText(display(bytes));
}

/** JSON for a script element of a type that is not run: no `<` can end the element or begin a comment. */
export function escapeJson(value: unknown): string {
  return toJson(value).replaceAll('<', '\\u003c');
}

/** A link, if the URL is one that a browser fetches; else the text alone. */
export function link(url: ByteString | undefined, text: string): string {
  if (url === undefined || !/^https?:\/\/[\x21-\x7e]+$/i.test(url)) return text;
  return `<a href="${escapeText(withoutSecrets(url))}" rel="noreferrer noopener">${text}</a>`;
}

/** A whole number with its digits in groups of three, so that they can be read and do not break across lines. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
