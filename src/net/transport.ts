// How bytes of URLs are had, whatever the scheme.
import type { ByteString } from '../format/bytes.js';

/** Common to all questions to a server. */
export interface UrlOptions {
  readonly signal?: AbortSignal;
  /**
   * Whether the path consists of file names as they are, as in [Parts], and not of a URL's escaped segments. Over HTTP names are
   * escaped as RFC 3986 says, and if the server does not know that, sent as they stand: somebody may have escaped them by hand.
   */
  readonly rawNames?: boolean;
  /** Which of the connections to the host to use, from 0; answers on one connection come one after the other. */
  readonly lane?: number;
}

/** Which part of a resource is wanted. */
export interface GetOptions extends UrlOptions {
  /** The first byte wanted. */
  readonly offset?: number;
  /** The byte after the last one wanted: no more than up to there is read. */
  readonly end?: number;
  /** Whether to ask a server for the time of the last change that does not tell it by itself (FTP): it costs a round trip. */
  readonly wantModified?: boolean;
  /** Told when the rate limit begins to hold back what came, and when it no longer does. */
  readonly onHold?: (held: boolean) => void;
  /** What `Resource.validator` said earlier: if the resource is another one now, it is sent from its beginning. */
  readonly validator?: string;
}

/** A resource that is being read. The body must be read to its end or left early, or `cancel` be called. */
export interface Resource {
  /** Where it was in the end, after redirects. */
  readonly url: ByteString;
  /** Bytes of the whole resource, if known. */
  readonly length: number | undefined;
  /** Where the body begins: what was asked for, or 0 if the server sends everything whatever it is asked for. */
  readonly offset: number;
  /** Tells versions of the resource apart: a strong ETag, or the time of its last change. */
  readonly validator: string | undefined;
  /** How it is packed (`gzip`), if the server says so. Nobody unpacks it: some say so of files that are compressed anyway. */
  readonly encoding?: string;
  /** When it was changed last, if known: milliseconds since 1970. */
  readonly modified: number | undefined;
  /** Up to the end of the resource, or `end`; reading throws NetError. A chunk is good until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up a body that is not (further) read. */
  cancel(): void;
}

/** Gets bytes of URLs. */
export interface Transport {
  /**
   * Begins to read a resource.
   *
   * @throws NetError, or the signal's reason if that fires
   */
  get(url: ByteString, options?: GetOptions): Promise<Resource>;
  /**
   * Asks whether a resource is there, without reading it.
   *
   * @returns its length in bytes, if the server tells
   * @throws as `get`
   */
  stat(url: ByteString, options?: UrlOptions): Promise<{ readonly length: number | undefined }>;
  /** Ends all connections. */
  close(): Promise<void>;
}
