// What goes wrong with a URL, and whether it may go better another time.
import { JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';

/**
 * - `missing`: the server has no such file.
 * - `refused`: the server, or we ourselves, will not have it: no permission, a forbidden scheme, a redirect that leads astray.
 * - `unfit`: the server will not do, whatever file it is asked for: its certificate proves nothing, its headers do not end.
 * - `temporary`: anything that may work the next time: busy servers, lost connections, stalls.
 */
export type NetErrorKind = 'missing' | 'refused' | 'unfit' | 'temporary';

/** A URL that could not be had. The message names the URL and the reason. */
export class NetError extends JigdoError {
  readonly kind: NetErrorKind;
  /** The URL, without password. */
  readonly url: string;
  /** The reason alone: `404 Not Found`, `Connection refused`. */
  readonly reason: string;
  /** Milliseconds after which the server wants to be asked again, if it said so. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: NetErrorKind,
    url: ByteString,
    reason: string,
    options: { retryAfter?: number; cause?: unknown } = {},
  ) {
    const shown = shownUrl(url);
    super(`${shown}: ${reason}`, { cause: options.cause });
    this.name = 'NetError';
    this.kind = kind;
    this.url = shown;
    this.reason = reason;
    this.retryAfter = options.retryAfter;
  }
}

/** What is meant to be a URL, for people's eyes and logs: without user name and password, even where the scheme was forgotten. */
export function shownUrl(url: ByteString): string {
  return display(url.replace(/^(\/\/)?[^\s/:@]*:[^\s/@]*@(?=[^\s/@])/, '$1'));
}

export const NO_ANSWER = 'No answer in time';
export const STALLED = 'The transfer stalled';
/** What is no HTTP, or no FTP. It may be an accident: a proxy that was cut, an answer before it that was longer than it said. */
export const NONSENSE = 'The server answers with nonsense - is it a server of another kind?';

const NET_REASONS: Partial<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by the server',
  EPIPE: 'Connection closed by the server',
  ENOTFOUND: 'Unknown host',
  EAI_AGAIN: 'The host name cannot be looked up at present',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'Connection timed out',
  UND_ERR_HEADERS_TIMEOUT: NO_ANSWER,
  UND_ERR_BODY_TIMEOUT: STALLED,
  UND_ERR_SOCKET: 'Connection closed by the server',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'Connection closed in the middle of the transfer',
};

/** How a certificate is made known that is good, though nobody whom this machine trusts says so. */
const TRUST = 'if you trust it, put the certificate of its authority into a file and name that in NODE_EXTRA_CA_CERTS';

const UNKNOWN_AUTHORITY = `its certificate is from an authority that is not known here - ${TRUST}`;
const NO_TLS = 'it speaks no TLS that we do - is it an http:// server, or a very old one?';

/** Why no connection to a server will ever do, by the codes of OpenSSL, Node and undici. */
const UNFIT = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', `its certificate is signed by itself only - ${TRUST}`],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
  ['CERT_HAS_EXPIRED', "its certificate has expired - use another server, or correct this machine's clock"],
  ['CERT_NOT_YET_VALID', "its certificate is not valid yet - use another server, or correct this machine's clock"],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for other names - use a name that is in it, or another server'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', NO_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NO_TLS],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', NO_TLS],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', NO_TLS],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', NO_TLS],
  ['UND_ERR_HEADERS_OVERFLOW', 'the headers of its answer are too long - use another server'],
]);

/** What a network library threw, in words for people; the first line only. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message } = firstOf(error);
  if (isNonsense(error)) return NONSENSE;
  const unfit = UNFIT.get(String(code));
  return unfit === undefined
    ? (NET_REASONS[String(code)] ?? message.split('\n')[0])
    : `The server will not do: ${unfit}`;
}

/** Whether a connection that could not be made, or brought no answer, may go better another time. */
export function networkKind(error: unknown): 'unfit' | 'temporary' {
  return error instanceof Error && UNFIT.has(String(firstOf(error).code)) ? 'unfit' : 'temporary';
}

/** Whether undici, or the parser of HTTP that it uses, made nothing of an answer. */
function isNonsense(error: Error): boolean {
  const { code, message, name } = firstOf(error);
  return name === 'HTTPParserError' || (code === 'UND_ERR_SOCKET' && /^bad (response|upgrade)/.test(message));
}

/** Whether the other side closed a connection without a word. */
export function isClosed(error: unknown): boolean {
  if (!(error instanceof Error) || isNonsense(error)) return false;
  const { code } = firstOf(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** Whether no connection could be made at all. */
export function noConnection(error: unknown): boolean {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];
  return error instanceof Error && [...codes, 'UND_ERR_CONNECT_TIMEOUT'].includes(String(firstOf(error).code));
}

/** If several addresses were tried, the first one's failure stands for all. */
function firstOf(error: Error): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}
