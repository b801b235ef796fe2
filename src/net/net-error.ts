// What goes wrong with a URL, and whether it may go better another time.
import { JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';

/**
 * - `missing`: the server has no such file.
 * - `refused`: the server, or we ourselves, will not have it: no permission, a forbidden scheme, a redirect that leads astray.
 * - `temporary`: anything that may work the next time: busy servers, lost connections, stalls.
 */
export type NetErrorKind = 'missing' | 'refused' | 'temporary';

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

/** A URL for people's eyes and logs: without user name and password. */
export function shownUrl(url: ByteString): string {
  return display(url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/?#]*@/, '$1'));
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by the server',
  EPIPE: 'Connection closed by the server',
  ENOTFOUND: 'Unknown host',
  EAI_AGAIN: 'The host name cannot be looked up at present',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'Connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'No answer in time',
  UND_ERR_BODY_TIMEOUT: 'The transfer stalled',
  UND_ERR_SOCKET: 'Connection closed by the server',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'Connection closed in the middle of the transfer',
  UND_ERR_HEADERS_OVERFLOW: 'The headers of the answer are too long',
};

/** What a network library threw, in words for people; the first line only. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried: the first one's failure stands for all.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = String((first as NodeJS.ErrnoException).code);
  return REASONS[code] ?? first.message.split('\n')[0];
}
