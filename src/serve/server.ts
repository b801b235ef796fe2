// The HTTP server: limits, timeouts, routes, errors, and a graceful end.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { isOutOfFiles, JigdoError, reasonOf } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { sleep } from '../io/sleep.js';
import { PartUnavailable } from '../rebuild/verified-parts.js';
import { Buffers } from './buffers.js';
import type { Catalogue } from './catalogue.js';
import type { Entity } from './entity.js';
import { indexPage } from './index-page.js';
import { listing } from './listing.js';
import { LOOPBACK, publicUrl, TrustedProxies } from './proxy.js';
import { respond } from './respond.js';

/** How to listen. */
export interface ServeOptions {
  readonly catalogue: Catalogue;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The URL at which the public finds the index page, with a `/` behind it; by default what a proxy or the client says. */
  readonly publicUrl?: string;
  /** Addresses, also ADDRESS/BITS, of the proxies that are believed; by default those on this machine. */
  readonly trustedProxies?: readonly string[];
  /** Connections at the same time; more are closed at once. */
  readonly maxConnections: number;
  /** Seconds that downloads may go on after the signal. */
  readonly grace: number;
  /** Whether to report each request. */
  readonly log: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Milliseconds in which a client must have sent its request's header: slower ones are an attack. */
const HEADER_TIMEOUT = 10_000;
/** Milliseconds after which a connection is closed on which nothing moves, whether it is idle or a download is stuck. */
const IDLE_TIMEOUT = 60_000;

/** Requests that a client may send before the answers to those before them have come. */
const MAX_PIPELINED = 100;
/** The same of all clients together, who send on while they wait: what a request consists of costs memory. */
const MAX_WAITING = 4096;

/** Milliseconds in which a client may read what is wrong with its request. */
const PARTING = 1000;

/** What to answer to a request that is none, by Node's error codes. */
const CLIENT_ERRORS: Record<string, string | undefined> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Headers that are right for any answer. */
const HEADERS_OF_ALL = new Set(['connection', 'x-content-type-options']);

/**
 * Serves a catalogue until the signal fires; then no more connections are accepted, and downloads may end within `grace`.
 *
 * @param listening told the URL as soon as requests are answered
 * @throws JigdoError if it cannot listen there
 */
export async function serve(options: ServeOptions, listening: (url: string) => void): Promise<void> {
  const { signal, reporter, grace } = options;
  const server = new ImageServer(options);
  listening(await server.listen());
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
  if (server.active > 0) reporter.info(`Waiting up to ${grace} s for ${server.active} downloads to end`);
  await server.close();
}

class ImageServer {
  /** Requests that are being answered. */
  active = 0;
  readonly #options: ServeOptions;
  readonly #server: Server;
  readonly #buffers = new Buffers();
  readonly #proxies = new TrustedProxies();
  /** By connection: how many requests wait, how many are not answered wholly yet, and when the last of them is. */
  readonly #queues = new WeakMap<Duplex, { waiting: number; open: number; last: Promise<void> }>();
  /** Requests of all connections that wait for those before them. */
  #waiting = 0;

  constructor(options: ServeOptions) {
    this.#options = options;
    for (const range of options.trustedProxies ?? LOOPBACK) this.#proxies.add(range);
    this.#server = createServer(
      {
        headersTimeout: HEADER_TIMEOUT,
        requestTimeout: 3 * HEADER_TIMEOUT,
        keepAliveTimeout: IDLE_TIMEOUT,
        // Node looks for such connections every 30 s by default.
        connectionsCheckingInterval: HEADER_TIMEOUT / 4,
      },
      (request, response) => this.#queue(request, response),
    );
    this.#server.maxConnections = options.maxConnections;
    this.#server.timeout = IDLE_TIMEOUT;
    // A client that sends nothing more may still read (`printf … | nc -N`): by default, Node drops the answers that have not begun.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      // While an answer is under way, the client would take an error page for a piece of the image.
      const isBusy = (this.#queues.get(socket)?.open ?? 0) > 0;
      if (isBusy || !socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
      const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request';
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      // It may go on sending, a byte now and then, and keep the connection.
      setTimeout(() => socket.destroy(), PARTING).unref();
    });
  }

  /** The URL. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const inUse = error.code === 'EADDRINUSE' ? 'Address already in use' : reasonOf(error);
        reject(new JigdoError(`Cannot listen on ${host} port ${port}: ${inUse}`, { cause: error }));
      });
      this.#server.listen(port, host, resolve);
    });
    const { address, family, port: actual } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}/`;
  }

  /** Ends downloads after the grace period, and everything else at once. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const ended = new AbortController();
    void sleep(this.#options.grace * 1000, ended.signal).then(
      () => this.#server.closeAllConnections(),
      () => undefined,
    );
    await closed;
    ended.abort();
  }

  /**
   * Answers the requests of a connection one after the other: one whose turn has not come would never learn that the client is gone.
   */
  #queue(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const queue = this.#queues.get(socket) ?? { waiting: 0, open: 0, last: Promise.resolve() };
    this.#queues.set(socket, queue);
    queue.open++;
    queue.waiting++;
    this.#waiting++;
    const tooMany = queue.waiting > MAX_PIPELINED || (this.#waiting > MAX_WAITING && queue.waiting > 1);
    if (tooMany) socket.destroy();
    queue.last = queue.last.then(async () => {
      queue.waiting--;
      this.#waiting--;
      if (socket.destroyed) return;
      const closed = new Promise((resolve) => response.once('close', resolve));
      await this.#answer(request, response);
      await closed;
      queue.open--;
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.active++;
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (this.#options.signal.aborted) response.setHeader('Connection', 'close');
    // What is answered after the end has begun leaves an idle connection, for which `close` would wait.
    response.once('close', () => this.#options.signal.aborted && this.#server.closeIdleConnections());
    if (this.#options.log) this.#logEnd(request, response);
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#fail(request, response, error);
    } finally {
      this.active--;
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '', headersDistinct } = request;
    // RFC 9112, 3.2. Node itself looks for one only.
    if ((headersDistinct.host?.length ?? 0) > 1) return refuse(response, 400, 'There is more than one Host.');
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'Only GET and HEAD are understood.');
    }
    const path = requestPath(url);
    if (path === undefined) return refuse(response, 400, 'This is no valid path.');
    const entity = await this.#open(path, request);
    if (!entity) return refuse(response, 404, 'There is no such file here.');
    await respond(request, response, entity, this.#buffers);
  }

  async #open(path: ByteString, request: IncomingMessage): Promise<Entity | undefined> {
    const { catalogue } = this.#options;
    if (path === '') {
      await catalogue.look();
      return indexPage(catalogue.images, this.#options.publicUrl ?? publicUrl(request, this.#proxies));
    }
    if (path === 'index.json') {
      await catalogue.look();
      return listing(catalogue.images);
    }
    return catalogue.open(path);
  }

  /** An error before the first byte is answered, one behind it cuts the connection. */
  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const line = error instanceof JigdoError || gone ? reasonOf(error) : `Unexpected error: ${reasonOf(error)}`;
    this.#options.reporter.warning(`${printable(request.url ?? '')}: ${line}`);
    if (response.headersSent) return void response.destroy();
    for (const name of response.getHeaderNames()) if (!HEADERS_OF_ALL.has(name)) response.removeHeader(name);
    if (gone) return refuse(response, 404, 'There is no such file here any more.');
    if (isOutOfFiles(error) || isOutOfFiles((error as Error).cause)) {
      response.setHeader('Retry-After', '10');
      return refuse(response, 503, 'The server has too many files open: try again later.');
    }
    if (!(error instanceof PartUnavailable)) return refuse(response, 500, 'The server cannot read this file.');
    response.setHeader('Retry-After', '300');
    refuse(response, 503, 'A file that this image is made of is missing or has changed on the server.');
  }

  /** Writes the line of a request when its answer has gone: Node 26 tells only then that it was not cut. */
  #logEnd({ method, url = '', socket, headers }: IncomingMessage, response: ServerResponse): void {
    // A socket that was closed knows nobody.
    const client = socket.remoteAddress ?? '-';
    const range = headers.range === undefined ? '' : ` ${printable(headers.range)}`;
    response.once('close', () => {
      const end = response.writableFinished ? '' : ' aborted';
      this.#options.reporter.info(`${client} ${method} ${printable(url)}${range} ${response.statusCode}${end}`);
    });
  }
}

/** Sends an error in a line of text. */
function refuse(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${status} ${text}\n`);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/**
 * The path of a request target, without the `/` in front, decoded to bytes; undefined if there is none, as in `*`, or a `%` is
 * followed by something else than two hex digits. An absolute URL is allowed (RFC 9112, 3.2.2), whatever its host.
 */
export function requestPath(target: string): ByteString | undefined {
  const match = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)?(?:[?#]|$)/i.exec(target);
  if (!match || target === '') return undefined;
  const path = match[1] ?? '/';
  if (/%(?![0-9a-f]{2})/i.test(path)) return undefined;
  // Node gives the bytes of a request as latin1.
  return path.slice(1).replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** What a client sent, for the terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500);
}
