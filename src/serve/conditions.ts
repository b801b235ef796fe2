// Conditional requests (RFC 9110, 13): whether the client has the representation already, or a part of this very one.
import type { IncomingHttpHeaders } from 'node:http';

/** What identifies the state of a resource. */
export interface Validators {
  /** A strong ETag, with its quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. For people: two versions may have the same time, so that it proves nothing. */
  readonly lastModified: number;
}

/** A time as HTTP writes it, in whole seconds. */
export function httpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/**
 * The answer that the preconditions ask for (RFC 9110, 13.2.2): 304, 412, or undefined to go on. For GET and HEAD.
 *
 * A time can show that something has changed, never that it has not: rsync and reproducible builds give different files one time. So
 * If-Modified-Since counts for nothing.
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
  return ifNoneMatch !== undefined && matches(ifNoneMatch, etag, true) ? 304 : undefined;
}

/**
 * Whether a Range is to be obeyed: there is no If-Range, or it names this very representation (RFC 9110, 13.1.5). Whoever names a time
 * gets all bytes.
 */
export function rangeApplies(ifRange: string | string[] | undefined, { etag }: Pick<Validators, 'etag'>): boolean {
  return ifRange === undefined || ifRange === etag;
}

/** Whether a client knows what it has by nothing but its time: if that is of another version, more bytes of ours would spoil it. */
export function knowsOnlyTime(headers: IncomingHttpHeaders): boolean {
  return headers['if-match'] === undefined && headers['if-unmodified-since'] !== undefined;
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
