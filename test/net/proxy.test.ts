import t from 'tap';
import { createServer, type AddressInfo } from 'node:net';
import { openTransport } from '../../src/net/open-transport.js';
import { Proxies } from '../../src/net/proxy.js';

const NONE = { httpProxy: undefined, httpsProxy: undefined, noProxy: undefined };
const of = (env: Record<string, string>, url = 'http://h/'): string | undefined =>
  new Proxies(NONE, env).for(new URL(url))?.href;

t.test('what the environment says', async (t) => {
  t.equal(of({}), undefined);
  t.equal(of({ http_proxy: '' }), undefined);
  for (const text of ['p:3128', 'http://p:3128', 'http://p:3128/', ' P:3128/ '])
    t.equal(of({ http_proxy: text }), 'http://p:3128/', text);
  t.equal(of({ http_proxy: 'u:s@p:80' }), 'http://u:s@p/');
  t.equal(of({ ALL_PROXY: 'p:1' }), 'http://p:1/');
  t.equal(of({ HTTPS_PROXY: 'https://p:1', http_proxy: 'q:1' }, 'https://h/'), 'https://p:1/');
  t.equal(of({ http_proxy: 'q:1' }, 'https://h/'), 'http://q:1/');
});

t.test('exceptions', async (t) => {
  const direct = (no_proxy: string, url: string): boolean => of({ http_proxy: 'p:1', no_proxy }, url) === undefined;
  t.ok(direct('*', 'http://h/'));
  for (const list of ['h.org', '.h.org', '*.h.org', 'x, H.ORG', 'x h.org', 'h.org:80', 'h.org.'])
    t.ok(direct(list, 'http://a.h.org/'), list);
  t.notOk(direct('h.org', 'http://ah.org/'));
  t.notOk(direct('h.org:81', 'http://h.org/'));
  t.ok(direct('10.0.0.0/8', 'http://10.1.2.3/'));
  t.notOk(direct('10.0.0.0/8', 'http://11.1.2.3/'));
  for (const list of ['::1', '0:0:0:0:0:0:0:1', '[::1]', '[0::1]:80', 'fe80::/10,::/120'])
    t.ok(direct(list, 'http://[::1]/'), list);
});

t.test('what is of no use is named, without its password', async (t) => {
  t.throws(() => of({ http_proxy: 'socks5://u:secret@p:1' }), {
    message:
      "http_proxy: `socks5://p:1': socks5: proxies are not supported, http: and https: are - set it to http://HOST:PORT, or unset it",
  });
  t.throws(() => of({ all_proxy: 'u:secret@p:banana' }), /^all_proxy: `p:banana': it is no URL of a proxy/);
});

t.test('a proxy that is down, or refuses, is named', async (t) => {
  const answers = ['HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'];
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', (head) => {
        socket.end(head.toString().startsWith('CONNECT') ? answers[1] : answers[0]);
      });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const proxy = `127.0.0.1:${port}`;
  const get = async (url: string, via: string): Promise<unknown> => {
    const transport = openTransport({ httpProxy: via, httpsProxy: via, noProxy: '' });
    return await transport
      .get(url)
      .catch((error: unknown) => error)
      .finally(() => transport.close());
  };
  t.match(await get('http://h.test/a', `u:p@${proxy}`), {
    kind: 'unfit',
    reason: `The proxy http://${proxy} does not pass it on: 407 Proxy Authentication Required`,
  });
  t.match(await get('https://h.test/a', proxy), {
    kind: 'unfit',
    reason: `The proxy http://${proxy} does not pass it on: 403 Forbidden`,
  });
  for (const url of ['http://h.test/a', 'https://h.test/a'])
    t.match(await get(url, '127.0.0.1:1'), {
      kind: 'temporary',
      reason: 'The proxy http://127.0.0.1:1: Connection refused',
    });
});

t.test('what a proxy answers, or does not, in place of a server names the proxy', async (t) => {
  const words: Record<string, string> = {
    'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n': '502 Bad Gateway (by way of the proxy http://PROXY)',
    'HTTP/1.0 403 Filtered\r\n\r\nno': '403 Forbidden (by way of the proxy http://PROXY)',
    'HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n': '404 Not Found',
    'SSH-2.0-x\r\n': 'The proxy http://PROXY: The server answers with nonsense - is it a server of another kind?',
    '': 'The proxy http://PROXY: Connection closed by the server',
  };
  for (const [answer, reason] of Object.entries(words)) {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const proxy = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = openTransport({ httpProxy: proxy, httpsProxy: proxy, noProxy: '' });
    const failure: unknown = await transport.get('http://h.test/a').catch((error: unknown) => error);
    t.match(failure, { reason: reason.replace('PROXY', proxy) });
    if (answer === '') {
      const tunnel: unknown = await transport.get('https://h.test/a').catch((error: unknown) => error);
      t.match(tunnel, { kind: 'temporary', reason: `The proxy http://${proxy}: Connection closed` });
    }
    await transport.close();
    server.close();
  }
});
