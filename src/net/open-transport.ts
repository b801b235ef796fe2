// The transport for all schemes: what a command uses.
import { setMaxListeners } from 'node:events';
import type { ByteString } from '../format/bytes.js';
import { FileTransport } from './file.js';
import { NetError, STALLED } from './net-error.js';
import { RateLimit } from './rate-limit.js';
import { NET_DEFAULTS, type NetSettings } from './settings.js';
import type { GetOptions, Resource, Transport, UrlOptions } from './transport.js';
import { hasControls, splitUrl } from './url.js';

/** Bytes that a transfer must bring in each `timeout`; with fewer it stalls, whatever it pretends. */
const DRIP_BYTES = 1024;

type Loader = (settings: NetSettings) => Promise<Transport>;

const loadHttp: Loader = async (settings) => new (await import('./http.js')).HttpTransport(settings);
const loadFtp: Loader = async (settings) => new (await import('./ftp.js')).FtpTransport(settings);
const loadFile: Loader = async () => Promise.resolve(new FileTransport());

/** By scheme; a path has none. */
const LOADERS: ReadonlyMap<string, Loader> = new Map([
  ['http', loadHttp],
  ['https', loadHttp],
  ['ftp', loadFtp],
  ['file', loadFile],
  ['', loadFile],
]);

/**
 * Opens a transport for http, https, ftp, `file:` and paths. Nothing is connected yet; libraries are loaded when they are needed.
 *
 * Transfers that stall end with an error, and the rate limit holds over all of them together.
 */
export function openTransport(settings: Partial<NetSettings> = {}): Transport {
  return new AnyTransport({ ...NET_DEFAULTS, ...settings });
}

class AnyTransport implements Transport {
  readonly #settings: NetSettings;
  readonly #limit: RateLimit | undefined;
  readonly #byLoader = new Map<Loader, Promise<Transport>>();

  constructor(settings: NetSettings) {
    this.#settings = settings;
    this.#limit = settings.limitRate === undefined ? undefined : new RateLimit(settings.limitRate);
  }

  async get(url: ByteString, options: GetOptions = {}): Promise<Resource> {
    const resource = await (await this.#for(url, options)).get(url, options);
    const body = steady(resource, url, this.#settings.timeout);
    return { ...resource, body: this.#limit ? limited(body, this.#limit, options) : body };
  }

  async stat(url: ByteString, options: UrlOptions = {}): Promise<{ readonly length: number | undefined }> {
    return await (await this.#for(url, options)).stat(url, options);
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#byLoader.values(), async (transport) => (await transport).close()));
  }

  async #for(url: ByteString, { rawNames = false, signal }: UrlOptions): Promise<Transport> {
    // Each question that is under way listens to the signal: that is no leak, of which Node would warn.
    if (signal) setMaxListeners(0, signal);
    const { scheme, authority } = splitUrl(url);
    // File names may have them, those of Mac files a CR at their end. FTP alone, which sends names as they stand, refuses them itself.
    if (hasControls(rawNames ? authority : url)) {
      throw new NetError('refused', url, 'Control characters in a URL');
    }
    const load = LOADERS.get(scheme);
    if (!load) throw new NetError('refused', url, `URLs of the kind \`${scheme}:' are not supported`);
    let transport = this.#byLoader.get(load);
    if (!transport) this.#byLoader.set(load, (transport = load(this.#settings)));
    return await transport;
  }
}

async function* limited(
  body: AsyncIterable<Uint8Array>,
  limit: RateLimit,
  { signal, onHold }: GetOptions,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    onHold?.(true);
    try {
      await limit.take(chunk.length, signal);
    } finally {
      onHold?.(false);
    }
    yield chunk;
  }
}

/**
 * Ends a transfer that only drips: the timeouts of the libraries look for complete silence. What counts is the time that is waited
 * for the server, not what passes until the next bytes are wanted.
 */
async function* steady(resource: Resource, url: ByteString, timeout: number): AsyncGenerator<Uint8Array> {
  let asked: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waited = 0;
  let bytes = 0;
  let stalled = false;
  const look = (): void => {
    if (asked === undefined) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const now = performance.now();
    waited += now - asked;
    asked = now;
    if (waited < timeout) return;
    stalled = bytes < DRIP_BYTES;
    waited = bytes = 0;
    if (stalled) resource.cancel();
  };
  // Looks also while nothing comes: an answer that is all there may not end. Readers that never come back leave no timer behind, and
  // what keeps the process running is the connection.
  const ask = (): void => {
    asked = performance.now();
    timer ??= setInterval(look, timeout / 2).unref();
  };
  const stall = (): NetError => new NetError('temporary', url, STALLED);
  try {
    ask();
    for await (const chunk of resource.body) {
      bytes += chunk.length;
      look();
      if (stalled) throw stall();
      asked = undefined;
      yield chunk;
      ask();
    }
  } catch (error) {
    throw stalled ? stall() : error;
  } finally {
    clearInterval(timer);
  }
  if (stalled) throw stall();
}
