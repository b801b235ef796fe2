// Where a redirect may lead.
import type { ByteString } from '../format/bytes.js';
import { NetError } from './net-error.js';
import { escapeIllegal, urlOf } from './url.js';

/** Redirects followed for one request. */
export const REDIRECTS_MAX = 10;

/**
 * The place that a redirect points to: http or https, and never from https to http, unless that is allowed.
 *
 * @param location the header, as bytes: servers write names in it as they stand, in whatever encoding. They are escaped once
 * @param name the URL that was asked for, for the error
 * @throws NetError if it may not be followed
 */
export function redirectTarget(
  from: URL,
  location: ByteString | undefined,
  insecureHttp: boolean,
  name: ByteString,
): URL {
  const sent = location === undefined ? '' : escaped(location);
  const to = sent === '' ? undefined : urlOf(sent, from);
  if (!to) throw new NetError('refused', name, 'A redirect without a target');
  if (to.protocol !== 'http:' && to.protocol !== 'https:') {
    throw new NetError('refused', name, `A redirect to ${to.protocol} is not followed`);
  }
  if (from.protocol === 'https:' && to.protocol === 'http:' && !insecureHttp) {
    throw new NetError(
      'refused',
      name,
      'A redirect from https to http is not followed (--insecure-http yes allows it)',
    );
  }
  return to;
}

/** Without a fragment. */
function escaped(location: ByteString): ByteString {
  const [, origin = '', path] = /^((?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/[^/?#]*)?([^]*)$/.exec(location.trim()) ?? [];
  return origin + escapeIllegal(path);
}
