// HTTP and HTTPS: keep-alive connections in lanes, ranges, redirects, proxies.
import { createRequire, Module } from 'node:module';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import type { ByteString } from '../format/bytes.js';
import { deliveryOf, header, numberOf, statusError, statusText, type Headers } from './http-answer.js';
import { isClosed, NetError, networkKind, networkReason, noConnection } from './net-error.js';
import { Proxies } from './proxy.js';
import { REDIRECTS_MAX, redirectTarget } from './redirect.js';
import { PIPELINE_REQUESTS, type NetSettings } from './settings.js';
import type { GetOptions, Resource, Transport, UrlOptions } from './transport.js';
import { credentialsOf, escapeIllegal, escapeLiteral, escapeNames, splitUrl, urlOf } from './url.js';

// Some of undici's own modules: its entry point loads fetch, WebSocket and all, and `import` looks through the text of each file for
// what it exports. Both together would take 0.1 s of every download.
const require = createRequire(import.meta.url);
putOff('undici/lib/dispatcher/client-h2.js');
const Client = require('undici/lib/dispatcher/client.js') as typeof Undici.Client;
const Agent = require('undici/lib/dispatcher/agent.js') as typeof Undici.Agent;
const ProxyAgent = require('undici/lib/dispatcher/proxy-agent.js') as typeof Undici.ProxyAgent;
/** `dispatcher.request(options)`: only the entry point adds it to dispatchers. */
const request = require('undici/lib/api/api-request.js') as (
  this: Dispatcher,
  options: Dispatcher.RequestOptions,
) => Promise<Dispatcher.ResponseData>;

/** `dispatcher.connect(options)`, by which a tunnel is asked for: likewise. */
const connect = require('undici/lib/api/api-connect.js') as Dispatcher['connect'];

/** The proxy ended a connection over which a tunnel was asked for. */
class TunnelClosed extends Error {}

/** As `connect`. Of a connection that was closed undici makes a new one, again and again, unless the error is another one. */
const openTunnel = async function (this: Dispatcher, options: Dispatcher.ConnectOptions) {
  try {
    return await connect.call(this, options);
  } catch (error) {
    throw isClosed(error) ? new TunnelClosed('Connection closed', { cause: error }) : error;
  }
};

/** Where a client keeps its connection, and that the parser of what comes. */
const { kParser, kSocket } = require('undici/lib/core/symbols.js') as { kParser: symbol; kSocket: symbol };

/** What of undici's parser is used here. */
interface Parser {
  paused: boolean;
  /** 0 between two answers. */
  readonly statusCode: number;
  readonly socket: { readonly destroyed: boolean; readonly readableLength: number; readonly errored: Error | null };
  readonly llhttp: { llhttp_resume(ptr: unknown): void };
  readonly ptr: unknown;
  resume(): void;
  finish(): Error | null;
}

/**
 * Lets connections end whose answer is not read as fast as it comes: undici 7 asserts, in an event handler, that it is, which would end
 * the process. An answer that ends with its connection is not whole if the connection was reset, for which undici takes it.
 */
function letEnd(client: Dispatcher): void {
  const socket = (client as unknown as Record<symbol, Record<symbol, Parser | undefined> | undefined>)[kSocket];
  const parser = socket?.[kParser];
  if (!parser) return;
  const finish = parser.finish.bind(parser);
  parser.finish = () => {
    if (!parser.paused) return parser.socket.errored ?? finish();
    const isGone = (): boolean => parser.socket.destroyed;
    // All has come that will: what is held back is little.
    while (!isGone() && parser.paused) {
      parser.resume();
      if (parser.socket.readableLength === 0) break;
    }
    if (parser.statusCode === 0) return null;
    if (parser.socket.errored || isGone()) return parser.socket.errored;
    // An answer that ends with its connection.
    if (parser.paused) parser.llhttp.llhttp_resume(parser.ptr);
    parser.paused = false;
    return finish();
  };
}

/**
 * Has a module that is a function loaded when it is called. undici's for HTTP/2, which we do not ask for, takes 15 ms, as it needs
 * node:http2; somebody else in this process may want it.
 */
function putOff(name: string): void {
  const path = require.resolve(name);
  const later = (...args: unknown[]): unknown => {
    if (require.cache[path] === stub) delete require.cache[path];
    return (require(path) as (...args: unknown[]) => unknown)(...args);
  };
  const stub = Object.assign(new Module(path), { exports: later, loaded: true });
  require.cache[path] ??= stub;
}

/** Most bytes of headers. */
const HEADERS_MAX = 32 * 1024;
/** Bytes of a body that nobody wants which are read all the same, so that the connection can be used again. */
const UNWANTED_MAX = 64 * 1024;
/** Milliseconds that may take. */
const UNWANTED_MS = 2000;
/** Most interim answers (102, 103) to one request. Each of them begins undici's wait for the real one anew. */
const INTERIM_MAX = 20;

/** How often a request is sent again at once because its connection was closed before an answer began. */
const CLOSED_MAX = 3;

const ENDLESS = 'The server will not do: it sends interim answers without end - use another server';

type Answer = Dispatcher.ResponseData & { readonly url: URL };

/** Web servers. One connection for each lane and host. */
export class HttpTransport implements Transport {
  readonly #settings: NetSettings;
  readonly #proxies: Proxies;
  /** By lane, and by proxy. */
  readonly #dispatchers = new Map<string, Dispatcher>();
  /** Servers and proxies that have answered, and those that close connections after an answer: what is sent there earlier gets lost. */
  readonly #alive = new Set<string>();
  readonly #closing = new Set<string>();
  /** Servers that want names as they stand, escaped by hand: host -> whether. */
  readonly #literal = new Map<ByteString, boolean>();
  #turn = 0;

  constructor(settings: NetSettings) {
    this.#settings = settings;
    this.#proxies = new Proxies(settings);
  }

  async get(url: ByteString, options: GetOptions = {}): Promise<Resource> {
    const { offset = 0, end, validator } = options;
    const headers: Record<string, string> = {};
    if (offset > 0 || end !== undefined) headers.range = `bytes=${offset}-${end === undefined ? '' : end - 1}`;
    if (validator !== undefined && headers.range !== undefined) headers['if-range'] = validator;
    const answer = await this.#ask('GET', url, headers, options);
    try {
      const delivery = deliveryOf(url, answer.statusCode, answer.headers, offset);
      const most = end === undefined ? Infinity : end - delivery.offset;
      return {
        ...delivery,
        url: answer.url.href,
        body: bytesOf(answer, url, most, options.signal),
        // A body that is given up says so with an error, which nobody waits for.
        cancel: () => void answer.body.on('error', () => {}).destroy(),
      };
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
  }

  async stat(url: ByteString, options: UrlOptions = {}): Promise<{ length: number | undefined }> {
    const answer = await this.#ask('HEAD', url, {}, options);
    await answer.body.dump();
    return { length: numberOf(header(answer.headers, 'content-length')) };
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#dispatchers.values(), (dispatcher) => dispatcher.destroy()));
    this.#dispatchers.clear();
  }

  /** Asks with file names escaped, and if there is no such file, as they stand; or the other way round, once that was right. */
  async #ask(
    method: 'GET' | 'HEAD',
    url: ByteString,
    headers: Record<string, string>,
    options: UrlOptions,
  ): Promise<Answer> {
    const { scheme, authority, path } = splitUrl(url);
    const base = `${scheme}://${authority}`;
    const follow = (sent: string): Promise<Answer> => this.#follow(method, base + sent, url, headers, options);
    if (options.rawNames !== true) return await follow(escapeIllegal(path));
    const [escaped, literal] = [escapeNames(path), escapeLiteral(path)];
    if (escaped === literal) return await follow(escaped);
    const literalFirst = this.#literal.get(base) ?? false;
    try {
      return await follow(literalFirst ? literal : escaped);
    } catch (error) {
      // Object stores refuse what is not there.
      if (!(error instanceof NetError) || !['missing', 'refused'].includes(error.kind)) throw error;
      const answer = await follow(literalFirst ? escaped : literal).catch((second: unknown): Error => {
        if (second instanceof NetError && second.kind === 'missing') return error;
        throw second;
      });
      if (answer instanceof Error) throw answer;
      this.#literal.set(base, !literalFirst);
      return answer;
    }
  }

  async #follow(
    method: 'GET' | 'HEAD',
    sent: ByteString,
    name: ByteString,
    headers: Record<string, string>,
    options: UrlOptions,
  ): Promise<Answer> {
    const start = urlOf(sent);
    if (!start) throw new NetError('refused', name, 'Not a URL');
    const lane = (options.lane ?? this.#turn++) % this.#settings.connections;
    let url = start;
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      // Passwords are for the server they were given for.
      const secret = url.origin === start.origin ? authorization(start, name) : {};
      const proxy = this.#proxies.for(url);
      const sending = { lane, proxy, method, url, headers: { ...headers, ...secret }, name, signal: options.signal };
      const answer = await this.#request(sending);
      const { statusCode } = answer;
      // Who reads the body gets its errors; while nobody does, an event that nobody hears would end the process.
      answer.body.on('error', () => undefined);
      if (statusCode === 200 || statusCode === 206) return { ...answer, url };
      const unwanted = {
        limit: UNWANTED_MAX,
        signal: AbortSignal.timeout(Math.min(UNWANTED_MS, this.#settings.timeout)),
      };
      await answer.body.dump(unwanted).catch(() => undefined);
      if (![301, 302, 303, 307, 308].includes(statusCode)) {
        throw statusError(name, statusCode, answer.headers, url.protocol === 'http:' ? proxy?.origin : undefined);
      }
      url = redirectTarget(url, header(answer.headers, 'location'), this.#settings.insecureHttp, name);
    }
    throw new NetError('refused', name, `More than ${REDIRECTS_MAX} redirects`);
  }

  /** Sends a request; again, if its connection was closed meanwhile, as servers do that have waited for one, or after each answer. */
  async #request(sending: Sending): Promise<Dispatcher.ResponseData> {
    const { url, proxy } = sending;
    const forwarded = proxy !== undefined && url.protocol === 'http:';
    const peer = forwarded ? proxy.origin : url.origin;
    for (let closed = 0; ; closed++) {
      try {
        const answer = await this.#send(sending, forwarded, this.#closing.has(peer));
        this.#alive.add(peer);
        if (/\bclose\b/i.test(header(answer.headers, 'connection') ?? '')) this.#closing.add(peer);
        return answer;
      } catch (error) {
        if (!(error instanceof NetError) || !isClosed(error.cause) || !this.#alive.has(peer)) throw error;
        if (closed === CLOSED_MAX) throw error;
        this.#closing.add(peer);
      }
    }
  }

  async #send(
    { lane, proxy, method, url, headers, name, signal }: Sending,
    forwarded: boolean,
    closing: boolean,
  ): Promise<Dispatcher.ResponseData> {
    signal?.throwIfAborted();
    let interim = 0;
    let first = 0;
    try {
      return await request.call(this.#dispatcher(lane, proxy, name), {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { 'user-agent': this.#settings.userAgent, 'accept-encoding': 'identity', ...headers },
        signal,
        // Whether undici waits for the answer before it sends the next request on the connection: many proxies lose that one.
        blocking: forwarded || closing,
        // What is sent on a connection that the other side is about to close gets lost: a new one for each request.
        reset: closing,
        onInfo: ({ statusCode }) => {
          if (statusCode < 100) throw statusError(name, statusCode, {});
          const now = performance.now();
          if (interim++ === 0) first = now;
          if (interim > INTERIM_MAX || now - first > this.#settings.timeout) throw new NetError('unfit', name, ENDLESS);
        },
      });
    } catch (error) {
      if (signal?.aborted || error instanceof NetError) throw error;
      const [, status] = /^Proxy .*\((\d+)\)/.exec(error instanceof Error ? error.message : '') ?? [];
      if (proxy && status !== undefined) throw refusedBy(proxy, name, Number(status));
      const reason = networkReason(error);
      // Of a tunnel that is open, the other end is the server.
      const who =
        proxy && (forwarded || noConnection(error) || error instanceof TunnelClosed)
          ? `The proxy ${proxy.origin}: `
          : '';
      throw new NetError(networkKind(error), name, who + reason, { cause: error });
    }
  }

  /** The connections of a lane, by way of a proxy or not. */
  #dispatcher(lane: number, proxy: URL | undefined, name: ByteString): Dispatcher {
    const key = `${lane} ${proxy?.href ?? ''}`;
    let dispatcher = this.#dispatchers.get(key);
    if (!dispatcher) this.#dispatchers.set(key, (dispatcher = this.#open(proxy, name)));
    return dispatcher;
  }

  #open(proxy: URL | undefined, name: ByteString): Dispatcher {
    const { timeout, connectTimeout } = this.#settings;
    const client = {
      pipelining: PIPELINE_REQUESTS,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      maxHeaderSize: HEADERS_MAX,
      connect: { timeout: connectTimeout },
    };
    const factory = (origin: string | URL, options: object): Dispatcher => {
      const made = new Client(origin, { ...client, ...options });
      return made.on('connect', () => letEnd(made));
    };
    if (!proxy) return new Agent({ ...client, factory });
    const { authorization: token } = authorization(proxy, name);
    return new ProxyAgent({
      ...client,
      uri: proxy.origin,
      ...(token === undefined ? {} : { token }),
      // Proxies forward http requests; a tunnel to port 80 is what many of them refuse.
      proxyTunnel: false,
      proxyTls: { timeout: connectTimeout },
      factory,
      clientFactory: (origin, options) => Object.assign(factory(origin, options), { connect: openTunnel }),
    });
  }
}

/** What is sent, and how. */
interface Sending {
  readonly lane: number;
  readonly proxy: URL | undefined;
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly headers: Headers;
  /** The URL that was asked for, for errors. */
  readonly name: ByteString;
  readonly signal: AbortSignal | undefined;
}

/** The proxy will not pass a request on. */
function refusedBy({ origin }: URL, name: ByteString, status: number): NetError {
  const kind = status >= 500 || status === 429 ? 'temporary' : 'unfit';
  return new NetError(kind, name, `The proxy ${origin} does not pass it on: ${statusText(status)}`);
}

function authorization(url: URL, name: ByteString): { authorization?: string } {
  const credentials = credentialsOf(url, name);
  if (!credentials) return {};
  const pair = Buffer.from(`${credentials.user}:${credentials.password}`, 'latin1');
  return { authorization: `Basic ${pair.toString('base64')}` };
}

/** The body, no more than `most` bytes of it. */
async function* bytesOf(
  { body }: Answer,
  name: ByteString,
  most: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let left = most;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      yield chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= chunk.length;
      // Leaving the loop early closes the connection: only if there is more than was asked for.
      if (left < 0) return;
    }
  } catch (error) {
    if (signal?.aborted || error instanceof NetError) throw error;
    throw new NetError('temporary', name, networkReason(error), { cause: error });
  }
}
