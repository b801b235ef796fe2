// `jigdo download` over https: from a server whose certificate is good, and from those whose is not.
import t, { type Test } from 'tap';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oracle } from '../support/oracle.js';
import { closing, startFaultyServer, type FaultyServer } from '../support/servers/faulty-http.js';
import { startHttpProxy } from '../support/servers/http-proxy.js';
import { startTinyproxy } from '../support/servers/tinyproxy.js';
import { Release } from './release.js';
import { download, isWhole } from './support.js';

const RELEASE = Release.of(['a.deb', 'b.deb', 'c.deb', 'd.deb'], 5000);

/** Makes a key and a certificate by OpenSSL, signed by the authority `by`, or by itself; returns them. */
function certificate(
  t: Test,
  openssl: string,
  folder: string,
  name: string,
  address: string,
  by?: string,
): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const authority = by === undefined ? [] : ['-CA', join(folder, `${by}.pem`), '-CAkey', join(folder, `${by}.key`)];
  const { status, stderr } = spawnSync(openssl, [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=${address}`, '-keyout', key, '-out', cert, ...authority],
  ]);
  if (status !== 0) t.fail(stderr.toString());
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Signs the key of a certificate anew, for a time that is over; returns both. */
function expired(
  t: Test,
  openssl: string,
  folder: string,
  name: string,
  address: string,
  by: string,
): { key: Buffer; cert: Buffer } {
  const file = (leaf: string): string => join(folder, leaf);
  writeFileSync(file('names'), `subjectAltName=${address}\n`);
  const request = ['-x509toreq', '-in', file(`${name}.pem`), '-signkey', file(`${name}.key`), '-out', file('request')];
  const sign = ['-req', '-in', file('request'), '-days', '-1', '-extfile', file('names'), '-CAcreateserial'];
  const authority = ['-CA', file(`${by}.pem`), '-CAkey', file(`${by}.key`), '-out', file('expired.pem')];
  for (const args of [request, [...sign, ...authority]]) {
    const { status, stderr } = spawnSync(openssl, ['x509', ...args]);
    if (status !== 0) t.fail(stderr.toString());
  }
  return { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file('expired.pem')) };
}

/** A server with everything, .jigdo and template included. */
async function serve(t: Test, tls: { key: Buffer; cert: Buffer }): Promise<FaultyServer> {
  const files = RELEASE.served();
  const server = await startFaultyServer(t, files, tls);
  files.set('/image.jigdo', RELEASE.jigdo([server.url])).set('/image.template', RELEASE.template);
  return server;
}

t.test('https', async (t) => {
  const openssl = oracle(t, 'openssl');
  if (!openssl) return;
  const names = ['good', 'unknown', 'self', 'other', 'expired', 'both', 'no-tls', 'nobody', 'closing0', 'closing1'];
  const tunnels = ['plain', 'old', 'empty', 'chunked'];
  const folder = t.testdir(Object.fromEntries([...names, ...tunnels].map((name) => [name, {}])));
  certificate(t, openssl, folder, 'authority', 'DNS:authority.example');
  const known = certificate(t, openssl, folder, 'known', 'IP:127.0.0.1', 'authority');
  const self = certificate(t, openssl, folder, 'self-signed', 'IP:127.0.0.1');
  const other = certificate(t, openssl, folder, 'other-name', 'DNS:other.example', 'authority');
  const old = expired(t, openssl, folder, 'known', 'IP:127.0.0.1', 'authority');
  const trusting = { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') };
  const good = await serve(t, known);

  t.test('a good certificate', async (t) => {
    const got = join(folder, 'good');
    isWhole(t, got, RELEASE, await download(got, [`${good.url}image.jigdo`], trusting));
  });

  t.test('by way of proxies', async (t) => {
    const port = new URL(good.url).port;
    const openings = {
      plain: undefined,
      old: 'HTTP/1.0 200 OK\r\nProxy-agent: old\r\nConnection: close\r\n\r\n',
      empty: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    };
    for (const [name, opened] of Object.entries(openings)) {
      const [proxy, got] = [await startHttpProxy(t, 'me:s e:cret', opened), join(folder, name)];
      const https_proxy = proxy.url.replace('//', '//me:s%20e%3Acret@');
      const ended = await download(got, [`${good.url}image.jigdo`], { ...trusting, https_proxy });
      isWhole(t, got, RELEASE, ended);
      t.notMatch(ended.stderr, /Warning|warning|failed|cret/, name);
      t.ok(proxy.asked.length > 0 && proxy.asked.every((what) => what === `CONNECT 127.0.0.1:${port}`), name);
    }
  });

  t.test('servers and proxies that close after each answer', async (t) => {
    const server = await serve(t, known);
    server.otherwise = closing;
    for (const path of ['/image.jigdo', '/image.template']) server.behaviours.set(path, closing);
    const tinyproxy = oracle(t, 'tinyproxy');
    const proxies = [(await startHttpProxy(t)).url, ...(tinyproxy ? [await startTinyproxy(t, tinyproxy)] : [])];
    for (const [i, https_proxy] of proxies.entries()) {
      const got = join(folder, `closing${i}`);
      const ended = await download(got, [`${server.url}image.jigdo`], { ...trusting, https_proxy });
      isWhole(t, got, RELEASE, ended);
      t.notMatch(ended.stderr, /Warning|warning|failed/);
    }
  });

  t.test('a proxy that wants to know who asks', async (t) => {
    const proxy = await startHttpProxy(t, 'me:secret');
    const ended = await download(join(folder, 'nobody'), [`${good.url}image.jigdo`], {
      ...trusting,
      https_proxy: proxy.url.replace('//', '//me:wrong@'),
    });
    t.equal(ended.code, 3);
    t.match(ended.stderr, /The proxy http:\/\/127\.0\.0\.1:\d+ does not pass it on: 407 /);
    t.notMatch(ended.stderr, /wrong|\n./);
  });

  /** Asserts that a download ends with one line, which names the server, what is wrong, and what to do. */
  async function refuses(t: Test, name: string, url: string, reason: RegExp, env = {}): Promise<void> {
    const { code, stderr } = await download(join(folder, name), [`${url}image.jigdo`], env);
    t.equal(code, 3, stderr);
    t.match(stderr, reason);
    t.ok(stderr.includes(url), stderr);
    t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  }

  t.test('an authority that nobody knows', async (t) => {
    const before = good.asked.length;
    await refuses(t, 'unknown', good.url, /authority that is not known here.*NODE_EXTRA_CA_CERTS/);
    t.equal(good.asked.length, before, 'nothing was asked');
  });

  t.test('signed by itself', async (t) => {
    const server = await serve(t, self);
    await refuses(t, 'self', server.url, /signed by itself only.*NODE_EXTRA_CA_CERTS/, trusting);
    t.equal(server.asked.length, 0, 'nothing was asked');
  });

  t.test('another name', async (t) => {
    const server = await serve(t, other);
    await refuses(t, 'other', server.url, /certificate is for other names - /, trusting);
  });

  t.test('one that has expired', async (t) => {
    const server = await serve(t, old);
    await refuses(t, 'expired', server.url, /its certificate has expired - use another server/, trusting);
    t.equal(server.asked.length, 0, 'nothing was asked');
  });

  t.test('a server that speaks no TLS', async (t) => {
    const server = await startFaultyServer(t, RELEASE.served());
    await refuses(t, 'no-tls', server.url.replace('http:', 'https:'), /it speaks no TLS that we do/, trusting);
  });

  t.test('a mirror with a bad certificate beside a good one', async (t) => {
    const [server, got] = [await serve(t, self), join(folder, 'both')];
    const outcome = await download(got, ['--mirror', `Acme=${server.url}`, `${good.url}image.jigdo`], trusting);
    isWhole(t, got, RELEASE, outcome);
    t.match(outcome.stderr, /given up: The server will not do: its certificate is signed by itself only/);
  });
});
