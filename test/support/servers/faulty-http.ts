// An HTTP server that serves files, and misbehaves as it is told: for all paths, or for some.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as setTimer } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Owner } from './program.js';

/** One request and what belongs to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The whole file; empty if there is none. */
  readonly content: Buffer;
  /** What of it is asked for; `asked` tells whether by a Range. */
  readonly range: { readonly first: number; readonly end: number; readonly asked: boolean };
  /** 0 for the first request of this path, 1 for the second… */
  readonly nth: number;
}

/** Answers a request, well or badly. */
export type Behaviour = (exchange: Exchange) => void | Promise<void>;

/** What is to be served: raw path, as in the request line -> content. */
export type Files = ReadonlyMap<string, Buffer>;

export interface Asked {
  readonly method: string;
  /** As in the request line. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FaultyServer {
  /** Ends with a slash. */
  readonly url: string;
  /** All requests so far. */
  readonly asked: Asked[];
  /** Path -> its behaviour; the others behave as `otherwise`. May be changed at any time. */
  readonly behaviours: Map<string, Behaviour>;
  otherwise: Behaviour;
}

/** Serves files until `owner` ends; well, until told otherwise. `tls`: over https, with this key and certificate (PEM). */
export async function startFaultyServer(
  owner: Owner,
  files: Files,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<FaultyServer> {
  const counts = new Map<string, number>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    const nth = counts.get(path) ?? 0;
    counts.set(path, nth + 1);
    faulty.asked.push({ method: request.method ?? '', path, headers: request.headers });
    const content = files.get(path);
    const behaviour = faulty.behaviours.get(path) ?? (content ? faulty.otherwise : status(404));
    const range = rangeOf(request, content?.length ?? 0);
    // Clients that go away are what some behaviours are for.
    void Promise.resolve(behaviour({ request, response, content: content ?? Buffer.alloc(0), range, nth })).catch(() =>
      response.destroy(),
    );
  };
  const server = tls ? createSecureServer(tls, answer) : createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const faulty: FaultyServer = {
    url: `http${tls ? 's' : ''}://127.0.0.1:${port}/`,
    asked: [],
    behaviours: new Map(),
    otherwise: good,
  };
  return faulty;
}

/** The one range of `bytes=FIRST-LAST`, `bytes=FIRST-`; all if none is asked for, or in another form. */
function rangeOf(request: IncomingMessage, length: number): Exchange['range'] {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) return { first: 0, end: length, asked: false };
  return { first: Number(first), end: Math.min(length, last ? Number(last) + 1 : length), asked: true };
}

/** The head of a good answer; returns the body that belongs to it, or undefined where the answer was that there is none. */
function begin(
  { response, content, range }: Exchange,
  headers: Record<string, string | number> = {},
): Buffer | undefined {
  const { first, end, asked } = range;
  if (asked && first >= end) {
    response.writeHead(416, { 'Content-Range': `bytes */${content.length}` }).end();
    return undefined;
  }
  const body = content.subarray(first, end);
  const contentRange = asked && { 'Content-Range': `bytes ${first}-${end - 1}/${content.length}` };
  response.writeHead(asked ? 206 : 200, {
    'Accept-Ranges': 'bytes',
    'Content-Length': body.length,
    ...contentRange,
    ...headers,
  });
  return body;
}

/** All is well. */
export const good: Behaviour = (exchange) => {
  exchange.response.end(begin(exchange));
};

/** All is well, and the connection is closed. */
export const closing: Behaviour = (exchange) => {
  exchange.response.end(begin(exchange, { Connection: 'close' }));
};

/** Another behaviour for the first `times` requests of a path, then all is well. */
export function atFirst(times: number, behaviour: Behaviour): Behaviour {
  return (exchange) => (exchange.nth < times ? behaviour : good)(exchange);
}

/** Says that the answer is being made, again and again. */
export const interim: Behaviour = ({ response }) => {
  const timer = setInterval(() => response.writeProcessing(), 5);
  response.once('close', () => clearInterval(timer));
};

/** Reads the request, and never answers. */
export const silent: Behaviour = () => {};

/** Promises the whole, sends the first `bytes` of it, then nothing, and keeps the connection open. */
export function stallAfter(bytes: number): Behaviour {
  return (exchange) => {
    exchange.response.write(begin(exchange)?.subarray(0, bytes) ?? '');
  };
}

/** Promises the whole, sends the first `bytes` of it, and closes the connection. */
export function cutAfter(bytes: number): Behaviour {
  return ({ ...exchange }) => {
    const body = begin(exchange);
    exchange.response.write(body?.subarray(0, bytes) ?? '', () => exchange.response.destroy());
  };
}

/** One byte of the file is another: the one at `offset`, or the last. */
export function corrupt(offset = Infinity): Behaviour {
  return (exchange) => {
    const content = Buffer.from(exchange.content);
    content[Math.min(offset, content.length - 1)] ^= 0x40;
    good({ ...exchange, content });
  };
}

/** A Content-Length that is wrong by some bytes; what is missing is cut off, what is too much does not come. */
export function wrongLength(by: number): Behaviour {
  return (exchange) => {
    const { first, end } = exchange.range;
    const body = begin(exchange, { 'Content-Length': end - first + by });
    exchange.response.write(body?.subarray(0, end - first + by) ?? '', () => exchange.response.destroy());
  };
}

/** Always the whole file with 200, as if there were no Range. */
export const ignoreRange: Behaviour = (exchange) => {
  good({ ...exchange, range: { first: 0, end: exchange.content.length, asked: false } });
};

/** Answers a Range with another, `by` bytes further on, and says so. */
export function otherRange(by: number): Behaviour {
  return (exchange) => {
    const { first, end, asked } = exchange.range;
    good({ ...exchange, range: asked ? { first: first + by, end: end + by, asked } : exchange.range });
  };
}

/** The right bytes of a range with 206, and with these headers in place of the right ones. */
export function partial(headers: (range: Exchange['range'], length: number) => Record<string, string>): Behaviour {
  return ({ response, content, range }) => {
    response.writeHead(206, headers(range, content.length)).end(content.subarray(range.first, range.end));
  };
}

/** An error, with a short text. */
export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return ({ response }) => {
    response.writeHead(code, headers).end(`${code}\n`);
  };
}

/** Sends elsewhere: `Location: TO`. */
export function redirect(to: string): Behaviour {
  return status(302, { Location: to });
}

/** A header line of so many bytes before the content. */
export function hugeHeader(bytes: number): Behaviour {
  return (exchange) => {
    exchange.response.end(begin(exchange, { 'X-Padding': 'x'.repeat(bytes) }));
  };
}

/** The file, and then bytes without end, without any Content-Length. */
export const endless: Behaviour = async ({ response, content, range }) => {
  response.writeHead(range.asked ? 206 : 200, {
    ...(range.asked && { 'Content-Range': `bytes ${range.first}-${range.end - 1}/${content.length}` }),
  });
  const more = Buffer.alloc(1 << 16, 'endless ');
  const pieces = function* (): Generator<Buffer> {
    yield content.subarray(range.first);
    for (;;) yield more;
  };
  await pipeline(pieces, response);
};

/** In chunks, and no Content-Length. */
export const chunked: Behaviour = async ({ response, content, range: { first, end, asked } }) => {
  response.writeHead(asked ? 206 : 200, {
    ...(asked && { 'Content-Range': `bytes ${first}-${end - 1}/${content.length}` }),
  });
  for (let at = first; at < end; at += 1000) {
    response.write(content.subarray(at, Math.min(end, at + 1000)));
    await setTimeout(0);
  }
  response.end();
};

/** In chunks; the file is whole, but the answer ends so many milliseconds later. */
export function endsLate(milliseconds: number): Behaviour {
  return ({ response, content, range: { first, end, asked } }) => {
    response.writeHead(asked ? 206 : 200, {
      ...(asked && { 'Content-Range': `bytes ${first}-${end - 1}/${content.length}` }),
    });
    response.write(content.subarray(first, end));
    setTimer(() => response.end(), milliseconds).unref();
  };
}

/** Compressed on its way, whether asked for or not. */
export const gzipped: Behaviour = ({ response, content }) => {
  const body = gzipSync(content);
  response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': body.length }).end(body);
};

/** The whole, `bytes` at a time, with `pause` milliseconds in between; `sent` is told of each piece before it goes. */
export function drip(bytes: number, pause: number, sent: (bytes: number) => void = () => {}): Behaviour {
  return async (exchange) => {
    const body = begin(exchange) ?? Buffer.alloc(0);
    for (let at = 0; at < body.length && !exchange.response.destroyed; at += bytes) {
      const piece = body.subarray(at, at + bytes);
      sent(piece.length);
      exchange.response.write(piece);
      await setTimeout(pause);
    }
    exchange.response.end();
  };
}
