import t, { type Test } from 'tap';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { fromText } from '../../src/format/bytes.js';
import { openTransport } from '../../src/net/open-transport.js';
import { Proxies } from '../../src/net/proxy.js';
import { redirectTarget } from '../../src/net/redirect.js';
import { looksLikeServer } from '../../src/net/server-url.js';
import { urlOf, serverOf } from '../../src/net/url.js';

/** Which hosts a proxy is asked for, when a URL is. */
async function askedOf(t: Test, url: string): Promise<string[]> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', (head) => {
      asked.push(head.toString('latin1').split('\r\n', 1)[0]);
      socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const via = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const transport = openTransport({ httpProxy: via, httpsProxy: via, noProxy: '' });
  await t.rejects(transport.get(url));
  await transport.close();
  return asked;
}

t.test('names of hosts are text', async (t) => {
  const host = 'xn--bcher-kva.example';
  t.strictSame(await askedOf(t, fromText('http://bücher.example/a')), [`GET http://${host}/a HTTP/1.1`]);
  t.strictSame(await askedOf(t, fromText('http://u:pä@BÜCHER.example:8080/ü')), [
    `GET http://${host}:8080/%C3%BC HTTP/1.1`,
  ]);
  t.strictSame(await askedOf(t, fromText('https://bücher.example/a')), [`CONNECT ${host}:443 HTTP/1.1`]);
  t.strictSame(await askedOf(t, 'http://b%C3%BCcher.example/a'), [`GET http://${host}/a HTTP/1.1`]);
});

t.test('a host that is not UTF-8 is refused', async (t) => {
  const transport = openTransport();
  for (const url of ['http://b\xfccher.example/', 'https://\xff/', 'ftp://b\xfccher.example/x']) {
    await t.rejects(transport.get(url), { kind: 'refused', message: /Not a URL/ });
  }
  await transport.close();
});

t.test('all spellings of a host are one server', async (t) => {
  const spellings = [
    'http://bücher.example/',
    'http://BÜCHER.Example:80/x',
    'HTTP://b%c3%bccher.example./x',
    'http://user:pä@xn--bcher-kva.example/x',
    'http://bu\u0308cher.example',
  ];
  for (const url of spellings) t.equal(serverOf(fromText(url)), 'http://xn--bcher-kva.example', url);
  t.equal(serverOf('http://[::0001]:8080/x'), 'http://[::1]:8080');
  t.equal(serverOf('http://h.example.:81/x'), 'http://h.example:81');
  t.equal(serverOf('https://h/'), 'https://h');
  t.equal(serverOf('file:/x'), 'file:');
  t.equal(serverOf(fromText('bücher.example/x')), 'file:');
  t.ok(looksLikeServer(fromText('bücher.example/x')));
  t.ok(looksLikeServer(fromText('//bücher:80/x')));
});

t.test('user names and passwords stay the bytes that they are', async (t) => {
  t.match(urlOf('http://u\xff:p\xe4@h/'), { username: 'u%FF', password: 'p%E4' });
});

t.test('redirects with raw bytes', async (t) => {
  const from = new URL('http://h/a/b');
  const to = (location: string): string => redirectTarget(from, location, false, 'http://h/').href;
  t.equal(to(fromText('//bücher.example/ü?ü#f')), 'http://xn--bcher-kva.example/%C3%BC?%C3%BC');
  t.equal(to(fromText('c/ü')), 'http://h/a/c/%C3%BC');
  t.equal(to('\xfc'), 'http://h/a/%FC');
  t.throws(() => to('http://b\xfccher.example/'), /redirect without a target/);
});

t.test('hosts that need no proxy', async (t) => {
  const none = { httpProxy: undefined, httpsProxy: undefined, noProxy: undefined };
  for (const list of ['bücher.example', '.BÜCHER.example', 'xn--bcher-kva.example', 'bücher.example:80']) {
    const proxies = new Proxies(none, { http_proxy: 'p:1', no_proxy: list });
    t.equal(proxies.for(new URL('http://a.bücher.example/')), undefined, list);
  }
});
