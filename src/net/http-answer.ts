// What the status and the headers of an HTTP answer mean (RFC 9110).
import type { ByteString } from '../format/bytes.js';
import { NetError, type NetErrorKind } from './net-error.js';

/** Headers as undici gives them: lower-case names. */
export type Headers = Record<string, string | string[] | undefined>;

/** The (first) value of a header. */
export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const STATUS_NAMES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  407: 'Proxy Authentication Required',
  410: 'Gone',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function kindOf(status: number): NetErrorKind {
  if (status === 404 || status === 410) return 'missing';
  return status === 408 || status === 425 || status === 429 || status >= 500 ? 'temporary' : 'refused';
}

/** A status for people. */
export function statusText(status: number): string {
  const name = STATUS_NAMES[status];
  if (name !== undefined) return `${status} ${name}`;
  return status >= 100 && status < 600 ? `Status ${status}` : `Status ${status}, which HTTP does not know`;
}

/**
 * The error that a status is which is neither success nor a redirect.
 *
 * @param proxy who passed the request on: a refusal, or an error, may be the proxy's own
 */
export function statusError(url: ByteString, status: number, headers: Headers, proxy?: string): NetError {
  const via = proxy !== undefined && (status === 403 || status >= 500) ? ` (by way of the proxy ${proxy})` : '';
  return new NetError(kindOf(status), url, statusText(status) + via, {
    retryAfter: retryAfter(header(headers, 'retry-after')),
  });
}

/** `Retry-After`, seconds or a date, in milliseconds from now. */
export function retryAfter(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/** What an answer to a GET brings. Lengths and offsets in bytes. */
export interface Delivery {
  readonly length: number | undefined;
  readonly offset: number;
  readonly validator: string | undefined;
  /** Milliseconds since 1970. */
  readonly modified: number | undefined;
  readonly encoding?: string;
}

/**
 * Reads status 200 or 206.
 *
 * @param offset the first byte that was asked for
 * @throws NetError if the server sends another range than the one asked for
 */
export function deliveryOf(url: ByteString, status: number, headers: Headers, offset: number): Delivery {
  const validator = validatorOf(headers);
  const modified = timeOf(header(headers, 'last-modified'));
  const encoding = encodingOf(headers);
  const rest = { validator, modified, ...(encoding === undefined ? {} : { encoding }) };
  if (status !== 206) return { length: numberOf(header(headers, 'content-length')), offset: 0, ...rest };
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(header(headers, 'content-range') ?? '');
  if (!match || Number(match[1]) !== offset) {
    throw new NetError('refused', url, 'The server sends another range than the one asked for');
  }
  return { length: numberOf(match[2]), offset, ...rest };
}

/** Content-Encoding, unless that says that nothing was done. */
function encodingOf(headers: Headers): string | undefined {
  const encoding = (header(headers, 'content-encoding') ?? '').trim().toLowerCase();
  return encoding === '' || encoding === 'identity' ? undefined : encoding;
}

/** What is wrong with a resource that was packed on its way. */
export function packed(encoding: string): string {
  return `The server sends it compressed (Content-Encoding: ${encoding}), though it was asked not to`;
}

/** A strong ETag, else the time of the last change: what `If-Range` takes. */
function validatorOf(headers: Headers): string | undefined {
  const etag = header(headers, 'etag');
  return etag?.startsWith('"') ? etag : header(headers, 'last-modified');
}

function timeOf(date: string | undefined): number | undefined {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? undefined : time;
}

export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
