import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as setTimer } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { retryAfter } from '../../src/net/http-answer.js';
import type { NetError } from '../../src/net/net-error.js';
import { openTransport } from '../../src/net/open-transport.js';
import { readWhole } from '../../src/net/read-whole.js';
import { redirectTarget } from '../../src/net/redirect.js';
import type { NetSettings } from '../../src/net/settings.js';
import type { Resource, Transport } from '../../src/net/transport.js';

interface Site {
  readonly base: string;
  readonly transport: Transport;
  /** Method, path and Range of each request. */
  readonly requests: string[];
}

/** A server on loopback and a transport to it, both gone when the test is. */
async function site(t: Test, answer: RequestListener, settings: Partial<NetSettings> = {}): Promise<Site> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.range].filter(Boolean).join(' '));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = openTransport({ connections: 1, timeout: 5000, ...settings });
  t.teardown(async () => {
    await transport.close();
    server.closeAllConnections();
    server.close();
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, transport, requests };
}

async function text({ body }: Resource): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

const error = async (work: Promise<unknown>): Promise<NetError> =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (reason: unknown) => reason as NetError,
  );

t.test('whole resources and ranges', async (t) => {
  const { base, transport, requests } = await site(t, (request, response) => {
    const content = 'abcdefghij';
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (!range || request.url === '/norange') return void response.setHeader('content-length', 10).end(content);
    const end = range[2] === '' ? 10 : Number(range[2]) + 1;
    response.writeHead(206, { 'content-range': `bytes ${range[1]}-${end - 1}/10`, etag: '"v1"' });
    response.end(content.slice(Number(range[1]), end));
  });
  t.equal(await text(await transport.get(`${base}/a`)), 'abcdefghij');
  const tail = await transport.get(`${base}/a`, { offset: 7 });
  t.match(tail, { offset: 7, length: 10, validator: '"v1"' });
  t.equal(await text(tail), 'hij');
  t.equal(await text(await transport.get(`${base}/a`, { offset: 2, end: 4 })), 'cd');
  const ignored = await transport.get(`${base}/norange`, { offset: 2, end: 4 });
  t.match(ignored, { offset: 0, length: 10 });
  t.equal(await text(ignored), 'abcd', 'nothing after what was wanted');
  t.same(await transport.stat(`${base}/a`), { length: 10 });
  t.same(requests, ['GET /a', 'GET /a bytes=7-', 'GET /a bytes=2-3', 'GET /norange bytes=2-3', 'HEAD /a']);
});

t.test('names are escaped, or as they stand if the server knows them like that', async (t) => {
  const { base, transport, requests } = await site(t, (request, response) => {
    response.statusCode = request.url?.startsWith('/by-hand/') === request.url?.includes('%25') ? 404 : 200;
    response.end('x');
  });
  const raw = { rawNames: true };
  await transport.get(`${base}/right/a_4%3a1`, raw).then(text);
  await transport.get(`${base}/by-hand/a_4%3a1`, raw).then(text);
  await transport.get(`${base}/by-hand/b_4%3a1`, raw).then(text);
  await transport.get(`${base}/by-hand/plain`, raw).then(text);
  t.same(requests, [
    'GET /right/a_4%253a1',
    'GET /by-hand/a_4%253a1',
    'GET /by-hand/a_4%3a1',
    'GET /by-hand/b_4%3a1',
    'GET /by-hand/plain',
  ]);
});

t.test('an object store takes + for a blank, and refuses what is not there', async (t) => {
  const { base, transport, requests } = await site(t, (request, response) => {
    const name = decodeURIComponent((request.url ?? '').replaceAll('+', ' '));
    response.statusCode = ['/a b/c++.deb', '/c++.deb', '/get?f=c++.deb'].includes(name) ? 200 : 403;
    response.end('x');
  });
  for (const url of ['/c++.deb', '/a%20b/c++.deb', '/a%20b/c++.deb', '/get?f=c++.deb']) {
    await transport.get(base + url, { rawNames: true }).then(text);
  }
  t.same(requests.slice(0, 4), [
    'GET /c%2B%2B.deb',
    'GET /a%2520b/c%2B%2B.deb',
    'GET /a%20b/c%2B%2B.deb',
    'GET /a%20b/c%2B%2B.deb',
  ]);
  t.match(await error(transport.stat(`${base}/a%3ab`, { rawNames: true })), {
    kind: 'refused',
    reason: '403 Forbidden',
  });
});

t.test('failures are told apart', async (t) => {
  const { base, transport } = await site(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    if (status === 0) return void request.socket.destroy();
    response.writeHead(status, { 'retry-after': '7' }).end('sorry');
  });
  t.match(await error(transport.get(`${base}/404`)), { kind: 'missing', reason: '404 Not Found' });
  t.match(await error(transport.get(`${base}/403`)), { kind: 'refused' });
  t.match(await error(transport.get(`${base}/503`)), { kind: 'temporary', retryAfter: 7000 });
  t.match(await error(transport.get(`${base}/0`)), { kind: 'temporary', reason: 'Connection closed by the server' });
  t.match(await error(transport.get('http://127.0.0.1:1/')), { kind: 'temporary', reason: 'Connection refused' });
  t.match(await error(transport.get('gopher://h/')), { kind: 'refused' });
  t.match(await error(transport.get('http://h/a\nb')), { kind: 'refused' });
  t.equal(retryAfter('Thu, 01 Jan 1970 00:00:05 GMT', 2000), 3000);
  t.equal(retryAfter('soon'), undefined);
});

t.test('redirects are followed within limits', async (t) => {
  const targets: Record<string, string> = {
    '/a': '/b',
    '/b': 'c',
    '/loop': '/loop',
    '/file': 'file:///etc/passwd',
    '/raw': '/\xc3\xbc \xfc',
  };
  const { base, transport, requests } = await site(t, (request, response) => {
    const target = targets[request.url ?? ''];
    if (target) response.writeHead(302, { location: target }).end();
    else response.end('here');
  });
  const found = await transport.get(`${base}/a`);
  t.equal(found.url, `${base}/c`);
  t.equal(await text(found), 'here');
  t.match(await error(transport.get(`${base}/file`)), { kind: 'refused', reason: /redirect to file:/ });
  t.equal((await transport.get(`${base}/raw`)).url, `${base}/%C3%BC%20%FC`);
  requests.length = 0;
  t.match(await error(transport.get(`${base}/loop`)), { kind: 'refused', reason: /More than 10 redirects/ });
  t.equal(requests.length, 11);
  const secure = new URL('https://h/a');
  t.throws(() => redirectTarget(secure, 'http://h/a', false, 'x'), /not followed/);
  t.equal(redirectTarget(secure, 'http://i/b#c', true, 'x').href, 'http://i/b');
  t.throws(() => redirectTarget(secure, undefined, true, 'x'), /without a target/);
  t.throws(() => redirectTarget(secure, ' ', true, 'x'), /without a target/);
  t.throws(() => redirectTarget(secure, '#x', true, 'x'), /without a target/);
  t.throws(() => redirectTarget(secure, 'ftp://h/a', true, 'x'), /redirect to ftp: is not followed/);
  const to = (location: string): string => redirectTarget(new URL('https://h/d/a?q'), location, false, 'x').href;
  t.equal(to('/\xc3\xbc%C3%BC\xfc a%zz#\xc3'), 'https://h/%C3%BC%C3%BC%FC%20a%25zz', 'bytes, each escaped once');
  t.equal(to('\xc3\xbc?q=\xfc b+c&d'), 'https://h/d/%C3%BC?q=%FC%20b+c&d', 'relative');
  t.equal(to('?\xfc'), 'https://h/d/a?%FC');
  t.equal(to('//i:8/\xfc'), 'https://i:8/%FC', 'of the same scheme');
  t.equal(to('https://b\xc3\xbccher.example/\xc3\xbc'), 'https://xn--bcher-kva.example/%C3%BC', 'a host is text');
});

t.test('a cut and a stalled body', async (t) => {
  const { base, transport } = await site(
    t,
    (request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      if (request.url === '/cut') setTimeout(() => request.socket.destroy(), 20);
    },
    { timeout: 1000 },
  );
  t.match(await error(transport.get(`${base}/cut`).then(text)), { kind: 'temporary' });
  t.match(await error(transport.get(`${base}/stall`).then(text)), { reason: 'The transfer stalled' });
});

t.test('a connection that ends before its answer is read', async (t) => {
  const body = Buffer.alloc(65_536, 'x');
  const framed: Record<string, [header: string, sent: Buffer]> = {
    'with its length': [`Content-Length: ${body.length}\r\n`, body],
    'until the end': ['', body],
    'in chunks': [
      'Transfer-Encoding: chunked\r\n',
      Buffer.from(`${body.length.toString(16)}\r\n${body.toString()}\r\n0\r\n\r\n`),
    ],
  };
  for (const [name, [header, sent]] of Object.entries(framed)) {
    for (const isReset of [false, true]) {
      let over = (): void => undefined;
      const ended = new Promise<void>((resolve) => (over = resolve));
      const { base, transport } = await site(t, ({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\n${header}Connection: close\r\n\r\n`);
        socket.write(sent, () => (isReset ? socket.resetAndDestroy() : socket.end(over)));
        socket.once('close', over);
      });
      const resource = await transport.get(`${base}/x`);
      await ended;
      // Until the end has come here, too.
      await setTimer(100);
      const read = text(resource).then(
        ({ length }) => length,
        ({ kind }: NetError) => kind,
      );
      t.match(await read, isReset ? /^(65536|temporary)$/ : body.length, name);
    }
  }
});

t.test('an answer without a length that ends in a reset is not whole', async (t) => {
  let tries = 0;
  const { base, transport } = await site(t, ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf');
    // Once what was sent has been read.
    if (tries++ === 0) setTimeout(() => socket.resetAndDestroy(), 100);
    else socket.end(' and half');
  });
  const { bytes } = await readWhole(transport, `${base}/list`, { limit: 100 });
  t.equal(bytes.toString(), 'half and half');
  t.equal(tries, 2);
});

t.test('a proxy is asked for http URLs without a tunnel', async (t) => {
  const { base, requests } = await site(t, (_, response) => response.end('by proxy'));
  const transport = openTransport({ httpProxy: base, noProxy: '127.0.0.1' });
  t.teardown(() => transport.close());
  t.equal(await text(await transport.get('http://somewhere.test/a?b')), 'by proxy');
  t.same(requests, ['GET http://somewhere.test/a?b']);
});

t.test('an interrupted request throws what the signal says', async (t) => {
  const { base, transport } = await site(t, () => undefined);
  const controller = new AbortController();
  const pending = error(transport.get(`${base}/`, { signal: controller.signal }));
  controller.abort(new Error('stop'));
  t.match(await pending, { message: 'stop' });
});

t.test('requests on one connection do not wait for each other', async (t) => {
  const waiting: (() => void)[] = [];
  const { base, transport } = await site(t, (request, response) => {
    if (request.url === '/first') return void response.end('x');
    waiting.push(() => response.end('x'));
    if (waiting.length === 3) for (const answer of waiting) answer();
  });
  await transport.get(`${base}/first`).then(text);
  const answers = await Promise.all([1, 2, 3].map(async (n) => text(await transport.get(`${base}/${n}`, { lane: 0 }))));
  t.same(answers, ['x', 'x', 'x'], 'the first is answered only when the third has come');
});
