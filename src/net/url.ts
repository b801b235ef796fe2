// URLs as byte strings, and the two ways to escape file names in them (RFC 3986).
import type { ByteString } from '../format/bytes.js';
import { NetError } from './net-error.js';

/** The parts of a URL that matter here. */
export interface SplitUrl {
  /** In lower case, without colon; empty for a path. */
  readonly scheme: string;
  /** `user:password@host:port`, empty if there is none. */
  readonly authority: ByteString;
  /** What follows: path, query, fragment. */
  readonly path: ByteString;
}

/** Cuts a URL. What has no scheme (of two letters at least) is a path. */
export function splitUrl(url: ByteString): SplitUrl {
  const match = /^([A-Za-z][A-Za-z0-9+.-]+):(?:\/\/([^/?#]*))?([^]*)$/.exec(url);
  if (!match) return { scheme: '', authority: '', path: url };
  return { scheme: match[1].toLowerCase(), authority: match[2] ?? '', path: match[3] };
}

/** Whether something is a URL that bytes can be fetched from over a network. */
export function isRemote(url: ByteString): boolean {
  return ['http', 'https', 'ftp'].includes(splitUrl(url).scheme);
}

/**
 * A reference in a document as it is meant: without a slash behind its colon it is no URL, but a name: `foo-1:2.template`. `file:` before
 * a name only says that the file is on this machine.
 */
export function meantReference(reference: ByteString): ByteString {
  const { scheme, path } = splitUrl(reference);
  if (scheme === '' || reference.startsWith('/', scheme.length + 1)) return reference;
  return `./${scheme === 'file' ? path : reference}`;
}

/** The last segment of a URL or path, as it stands, without query. */
export function leafOfUrl(url: ByteString): ByteString {
  const { path } = splitUrl(url);
  const [bare] = isRemote(url) ? path.split(/[?#]/, 1) : [path];
  return bare.slice(bare.lastIndexOf('/') + 1);
}

/**
 * The paths that a path or `file:` URL may mean, best first; none if it names another host. jigdo's `file:` is a prefix to a plain
 * path, but people also write escaped URLs.
 */
export function localPaths(url: ByteString): ByteString[] {
  const { scheme, authority, path } = splitUrl(url);
  if (scheme !== 'file') return [url];
  return authority === '' || authority.toLowerCase() === 'localhost' ? [...new Set([path, unescape(path)])] : [];
}

function percent(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/**
 * A URL, or a reference from a base, for sending. The names of hosts are text, though URLs are bytes: those outside ASCII are escaped, which
 * URL takes for UTF-8 in a host.
 *
 * @returns undefined if it is none, as when the host's name is not UTF-8
 */
export function urlOf(url: ByteString, base?: URL): URL | undefined {
  const escaped = url.replace(/[\x80-\xff]/g, percent);
  return URL.canParse(escaped, base?.href) ? new URL(escaped, base) : undefined;
}

/** A host as sockets take it: IPv6 addresses without the brackets that URLs have around them. */
export function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** The server of a URL in the one form that all spellings of it have, without user: `http://host:port`; files of this machine are one. */
export function serverOf(url: ByteString): ByteString {
  const { scheme, authority } = splitUrl(url);
  if (scheme === '' || scheme === 'file') return 'file:';
  const host = urlOf(`${scheme}://${authority}`)?.host.replace(/\.(?=$|:)/, '');
  return `${scheme}://${host ?? authority}`;
}

/**
 * A path of file names, escaped: all but what RFC 3986 allows in a segment. Of that, object stores and queries take `+` for a blank,
 * some servers cut at `;`, and scripts at `&`.
 */
export function escapeNames(path: ByteString): string {
  return path.replace(/[^A-Za-z0-9\-._~/!$'()*,=:@]/g, percent);
}

/** A path (and query) that is escaped already, with only what could not be sent at all escaped. The fragment is left out. */
export function escapeIllegal(path: ByteString): string {
  const [sent] = path.split('#', 1);
  return sent.replace(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~/!$&'()*+,;=:@?%[\]]/g, percent);
}

/**
 * A path with file names as somebody may have escaped them by hand, or behind a server's URL that is escaped or has a query: escapes
 * and what belongs to a query stay as they stand; what is left is escaped as in names.
 */
export function escapeLiteral(path: ByteString): string {
  const query = path.indexOf('?');
  const end = query === -1 ? path.length : query;
  const names = path
    .slice(0, end)
    .replace(/(%[0-9A-Fa-f]{2})|[^%]+|%/g, (text, code?: string) => code ?? escapeNames(text));
  return names + escapeIllegal(path.slice(end).replaceAll('#', '%23')).replaceAll('+', '%2B');
}

/** The bytes that percent-encoded text stands for; a `%` that begins no code stands for itself. */
export function unescape(text: ByteString): ByteString {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/**
 * User name and password in a URL, as bytes; undefined if there are none.
 *
 * @param name the URL that was asked for, for the error
 * @throws NetError if there are control characters in them, which could be commands to a server
 */
export function credentialsOf(
  { username, password }: URL,
  name: ByteString,
): { readonly user: ByteString; readonly password: ByteString } | undefined {
  if (username === '') return undefined;
  const credentials = { user: unescape(username), password: unescape(password) };
  if (hasControls(credentials.user + credentials.password)) {
    throw new NetError('refused', name, 'Control characters in a user name or password');
  }
  return credentials;
}

/** Refuses what no server has: control characters in URLs are attacks on protocols. */
export function hasControls(url: ByteString): boolean {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return /[\x00-\x1f\x7f]/.test(url);
}

/**
 * What a reference in a document means (RFC 3986, 5.2), for absolute URLs and paths relative to the document's folder. Names
 * stay as they are: nothing is escaped, `..` is not resolved.
 *
 * @param base the URL or path of the document
 */
export function resolveUrl(base: ByteString, reference: ByteString): ByteString {
  if (splitUrl(reference).scheme !== '') return reference;
  const { scheme, authority, path } = splitUrl(base);
  const origin = base.slice(0, base.length - path.length);
  if (reference.startsWith('//') && scheme !== '' && authority !== '') return `${scheme}:${reference}`;
  if (reference.startsWith('/')) return `${origin}${reference}`;
  const [folder] = isRemote(base) ? path.split(/[?#]/, 1) : [path];
  return `${origin}${folder.slice(0, folder.lastIndexOf('/') + 1) || (authority === '' ? '' : '/')}${reference}`;
}
