// What hostile files hold, as HTML.
import { display, type ByteString } from '../../format/bytes.js';
import { escapeText } from '../../format/html.js';
import { toJson, withoutSecrets } from '../../format/secrets.js';

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
