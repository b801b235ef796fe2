// Conditional requests (RFC 9110, 13): whether the client has the representation already, or a part of this very one.
import type { IncomingHttpHeaders } from 'node:http';

/** What identifies the state of a resource. */
export interface Validators {
  /** A strong ETag, with its quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
}

/** A time as HTTP writes it, in whole seconds. */
export function httpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/**
 * The answer that the preconditions ask for (RFC 9110, 13.2.2): 304, 412, or undefined to go on. For GET and HEAD.
 */
export function precondition(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): 304 | 412 | undefined {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag, false)) return 412;
  } else {
    const since = parseDate(headers['if-unmodified-since']);
    if (since !== undefined && seconds(lastModified) > seconds(since)) return 412;
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag, true) ? 304 : undefined;
  const since = parseDate(headers['if-modified-since']);
  return since !== undefined && seconds(lastModified) <= seconds(since) ? 304 : undefined;
}

/** Whether a Range is to be obeyed: there is no If-Range, or it names this very representation (RFC 9110, 13.1.5). */
export function rangeApplies(ifRange: string | string[] | undefined, { etag, lastModified }: Validators): boolean {
  if (ifRange === undefined) return true;
  if (typeof ifRange !== 'string') return false;
  if (/^(W\/)?"/.test(ifRange)) return ifRange === etag;
  const date = parseDate(ifRange);
  return date !== undefined && seconds(date) === seconds(lastModified);
}

/** Whether a list of ETags has ours. @param weak whether `W/"x"` is as good as `"x"` */
function matches(list: string, etag: string, weak: boolean): boolean {
  if (list.trim() === '*') return true;
  for (const [, w, tag] of list.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)) {
    if (tag === etag && (weak || w === undefined)) return true;
  }
  return false;
}

/** Any of the three forms of RFC 9110, 5.6.7; undefined if it is none of them. */
function parseDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2,8},? [\w :-]+$/.test(text)) return undefined;
  const time = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : time;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
