// FTP: one client for each lane and host, which does one thing at a time.
import { PassThrough, type Readable } from 'node:stream';
import { Client, FTPError } from 'basic-ftp';
import type { ByteString } from '../format/bytes.js';
import { passiveMode } from './ftp-passive.js';
import { bareHost, credentialsOf, hasControls, splitUrl, unescape, urlOf } from './url.js';
import { NetError, networkReason, NO_ANSWER, NONSENSE } from './net-error.js';
import type { NetSettings } from './settings.js';
import type { GetOptions, Resource, Transport, UrlOptions } from './transport.js';

/** Bytes on their way from the connection to the reader. */
const BUFFER = 1024 * 1024;

/**
 * How many timeouts it may take from a free connection to the first byte of a file: some servers look up who comes before they greet. What
 * they say meanwhile does not count: lines may go on for ever.
 */
const ANSWER = 4;

/** A connection, and the end of the work that was last given to it. */
interface Line {
  /** With the user, for whom it is. */
  readonly server: URL;
  client: Client | undefined;
  last: Promise<void>;
}

/** FTP servers, anonymous unless the URL says otherwise. */
export class FtpTransport implements Transport {
  readonly #settings: NetSettings;
  readonly #lines = new Map<string, Line>();
  #turn = 0;

  constructor(settings: NetSettings) {
    this.#settings = settings;
  }

  async get(url: ByteString, options: GetOptions = {}): Promise<Resource> {
    return await firstThere(url, options, (path) => this.#get(url, path, options));
  }

  async stat(url: ByteString, options: UrlOptions = {}): Promise<{ length: number | undefined }> {
    return await firstThere(url, options, (path) => this.#stat(url, path, options));
  }

  async #get(url: ByteString, path: ByteString, options: GetOptions): Promise<Resource> {
    const { offset = 0, end = Infinity, signal } = options;
    const { line, release } = await this.#reserve(url, options);
    const abort = (): void => line.client?.close();
    signal?.addEventListener('abort', abort);
    const finish = (): void => {
      signal?.removeEventListener('abort', abort);
      release();
    };
    const stream = new PassThrough({ highWaterMark: BUFFER });
    try {
      return await this.#soon(line, url, signal, async (client) => {
        // Some servers do not know the question.
        const modified = options.wantModified ? await client.lastMod(path).catch(withoutAnswer) : undefined;
        let free = false;
        const done = client.downloadTo(stream, path, offset).finally(() => (free = true));
        await begun(stream, done);
        const cancel = (): void => {
          // When the server has said that it is done, the connection is somebody else's.
          if (!free) client.close();
          stream.destroy();
          finish();
        };
        const body = bytesOf({ stream, done, url, most: end - offset, signal, cancel, finish });
        return { url, length: undefined, offset, validator: undefined, modified: modified?.getTime(), body, cancel };
      });
    } catch (error) {
      finish();
      throw error;
    }
  }

  async #stat(url: ByteString, path: ByteString, options: UrlOptions): Promise<{ length: number | undefined }> {
    const { line, release } = await this.#reserve(url, options);
    try {
      return await this.#soon(line, url, options.signal, async (client) => ({ length: await client.size(path) }));
    } finally {
      release();
    }
  }

  /** Does what has to come to an answer in time, over a connection. */
  async #soon<T>(
    line: Line,
    url: ByteString,
    signal: AbortSignal | undefined,
    work: (client: Client) => Promise<T>,
  ): Promise<T> {
    const close = (): void => line.client?.close();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      close();
    }, ANSWER * this.#settings.timeout);
    signal?.addEventListener('abort', close);
    try {
      signal?.throwIfAborted();
      return await work(await this.#connected(line, url));
    } catch (error) {
      signal?.throwIfAborted();
      throw late ? new NetError('temporary', url, NO_ANSWER) : ftpError(url, error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', close);
    }
  }

  async close(): Promise<void> {
    for (const { client } of this.#lines.values()) client?.close();
    this.#lines.clear();
    return Promise.resolve();
  }

  /** Waits until a line is free. */
  async #reserve(url: ByteString, options: UrlOptions): Promise<{ line: Line; release: () => void }> {
    const lane = (options.lane ?? this.#turn++) % this.#settings.connections;
    const server = urlOf(`ftp://${splitUrl(url).authority}/`);
    if (!server) throw new NetError('refused', url, 'Not a URL');
    const key = `${lane} ${server.href}`;
    let line = this.#lines.get(key);
    if (!line) this.#lines.set(key, (line = { server, client: undefined, last: Promise.resolve() }));
    const before = line.last;
    let release = (): void => {};
    line.last = new Promise((resolve) => (release = resolve));
    await before;
    return { line, release };
  }

  async #connected(line: Line, url: ByteString): Promise<Client> {
    if (line.client && !line.client.closed) return line.client;
    const client = new Client(this.#settings.timeout);
    // Names are bytes: latin1 passes them on unchanged.
    client.ftp.encoding = 'latin1';
    client.prepareTransfer = passiveMode();
    const { server } = line;
    line.client = client;
    try {
      await client.access({
        host: bareHost(server.hostname),
        port: server.port === '' ? 21 : Number(server.port),
        ...(credentialsOf(server, url) ?? { user: 'anonymous', password: 'jigdo@' }),
      });
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }
}

/**
 * Asks for a path, from the folder where the login leads to; with a second slash, or %2F, from the root (RFC 1738, 3.2.2). File names
 * are taken as they are, and if there is no such file, as escaped: behind a server's URL that is.
 */
async function firstThere<T>(
  url: ByteString,
  { rawNames = false }: UrlOptions,
  ask: (path: ByteString) => Promise<T>,
): Promise<T> {
  const { path } = splitUrl(url);
  const unescaped = unescape(path);
  if (hasControls(rawNames ? path : unescaped)) throw new NetError('refused', url, 'Control characters in a file name');
  const strip = (name: ByteString): ByteString => name.replace(/^\//, '');
  if (!rawNames) return await ask(strip(unescaped));
  try {
    return await ask(strip(path));
  } catch (error) {
    const isMissing = error instanceof NetError && error.kind === 'missing';
    if (!isMissing || unescaped === path || hasControls(unescaped)) throw error;
    return await ask(strip(unescaped));
  }
}

/** Waits for the first byte, the end, or a refusal. */
async function begun(stream: Readable, done: Promise<unknown>): Promise<void> {
  // Who reads the body hears of later failures; nobody else does.
  done.catch(() => undefined);
  await Promise.race([done, new Promise((resolve) => stream.once('readable', resolve))]);
  // A refusal ends the stream first and is told a moment later.
  if (stream.readableLength === 0) await done;
}

function withoutAnswer(error: unknown): undefined {
  if (!(error instanceof FTPError)) throw error;
}

interface Transfer {
  readonly stream: Readable;
  readonly done: Promise<unknown>;
  readonly url: ByteString;
  readonly most: number;
  readonly signal: AbortSignal | undefined;
  readonly cancel: () => void;
  readonly finish: () => void;
}

async function* bytesOf({ stream, done, url, most, signal, cancel, finish }: Transfer): AsyncGenerator<Uint8Array> {
  let left = most;
  let complete = false;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      yield chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= chunk.length;
      // The server goes on to the end of the file: only then is the connection of use again.
      if (left < 0) return;
    }
    await done;
    complete = true;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw ftpError(url, error);
  } finally {
    if (complete) finish();
    else cancel();
  }
}

/** What basic-ftp says, in our words. */
const FTP_REASONS: readonly (readonly [RegExp, string])[] = [
  [/^Timeout \(/, NO_ANSWER],
  [/^Server (sent FIN|closed connection)|^Socket closed/, 'Connection closed by the server'],
  [/^FTP control response/, NONSENSE],
];

function ftpError(url: ByteString, error: unknown): NetError {
  if (error instanceof NetError) return error;
  if (!(error instanceof FTPError)) {
    const told = networkReason(error);
    const [, ours = told] = FTP_REASONS.find(([pattern]) => pattern.test(told)) ?? [];
    return new NetError('temporary', url, ours, { cause: error });
  }
  const { code, message } = error;
  // Codes that FTP does not have, or that refuse nothing (RFC 959, 4.2.1): 000, 999, 150 in answer to a login.
  if (code < 300 || code >= 600) return new NetError('temporary', url, NONSENSE, { cause: error });
  // 530 is also what servers say that have too many users at the moment.
  const kind =
    code === 550 ? 'missing' : code >= 500 && !/too many|busy|later/i.test(message) ? 'refused' : 'temporary';
  return new NetError(kind, url, message.split('\n')[0].slice(0, 200), { cause: error });
}
