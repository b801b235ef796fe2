// What must not be shown of a URL: user name, password, and values of a query that let somebody in.

/** What stands before `user:password@host`. `http:` may stand without slashes, or with backslashes. */
const BEGINNING = /(?:https?|ftp):[/\\]{0,9}|[a-z][a-z0-9+.-]{0,30}:[/\\]{2}/gi;

/** What ends it. At the beginning of a text there may be blanks in a password; behind other words, a blank ends a URL. */
const URL_HOST_END = /[/?#\s]/g;
const END_OF_WHOLE = /[/?#]/g;

/** A host, perhaps with its port, and no user name with a password that is cut at its slash: `http://user:pass/word@host/`. */
const PLAIN_HOST = /^(?:\[.*|[^:]*(?::\d{0,5}:?)?)$/;

const SCHEME_AT_END = /[a-z][a-z0-9+.-]{0,30}:$/i;

const QUERY_VALUE = /([?&;#])([^\s?&;#=]{1,99})=[^\s&;#]+/g;

/** What tokens and signatures are called: `access_token`, `X-Amz-Signature`, `AWSAccessKeyId`, `sig`. */
const SECRET_KEY = /token|secret|pass|pwd|key|sig|auth|credential|session|sid$|jwt/i;

/**
 * A text without the secrets of the URLs in it: `http://host/path?token=***`. For all that is shown, logged, or kept in files that say
 * something about URLs; never for what is fetched. In linear time.
 */
export function withoutSecrets(text: string): string {
  if (!text.includes(':')) return text;
  const bare = text.includes('@') ? withoutUsers(text) : text;
  if (!/[?&;#]/.test(bare) || !/:[/\\]/.test(bare)) return bare;
  return bare.replace(QUERY_VALUE, (all, mark: string, key: string) =>
    SECRET_KEY.test(key) && !all.startsWith('=***', mark.length + key.length) ? `${mark}${key}=***` : all,
  );
}

function withoutUsers(text: string): string {
  let shown = '';
  let done = 0;
  // Of the text from `done` on: searched again only when passed.
  let at = -1;
  let blank = -1;
  BEGINNING.lastIndex = 0;
  for (let match = BEGINNING.exec(text); match !== null; match = BEGINNING.exec(text)) {
    const start = BEGINNING.lastIndex;
    const end = next(match.index === 0 ? END_OF_WHOLE : URL_HOST_END, text, start);
    const authority = text.slice(start, end);
    let host = start + authority.lastIndexOf('@') + 1;
    if (host === start && !PLAIN_HOST.test(authority)) {
      if (at < end) at = next(/@/g, text, end);
      if (blank < end) blank = next(/\s/g, text, end);
      if (at < blank) host = at + 1;
    }
    if (host > start) {
      shown += text.slice(done, start);
      done = host;
    }
    // What was taken for a host may end with another URL's scheme: `http://a,http://user:pass@b/`.
    const scheme = SCHEME_AT_END.exec(text.slice(Math.max(start, end - 32), end))?.[0].length ?? 0;
    BEGINNING.lastIndex = Math.max(host, end - scheme);
  }
  return shown + text.slice(done);
}

/** Where a pattern is found from a place on; the end of the text if it is not. */
function next(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** A value as JSON for people's programs, its texts without secrets. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  // Looking at each text by itself takes five times as long.
  return /[@?&;#]/.test(text) ? JSON.stringify(value, withoutSecret, indent) : text;
}

function withoutSecret(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? withoutSecrets(value) : value;
}
