import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { Agent, get, request, type IncomingMessage, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { toHex } from '../../src/format/bytes.js';
import { requestPath } from '../../src/serve/server.js';
import { openSite, publish, Raw, writeOld, type Site } from '../support/site.js';
import { data, imageOf, noise, part, type Piece } from '../support/template-builder.js';

const PIECES = [data(noise(40_000, 1)), part(noise(70_000, 2)), data('some text'), part(noise(5000, 3)), data('end')];
const IMAGE = imageOf(PIECES);

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Whether the connection broke. */
  readonly cut: boolean;
}

function fetched(site: Site, path: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(new URL(path, site.url), options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () => {
        const { statusCode: status, headers, complete } = response;
        resolve({ status, headers, body: Buffer.concat(chunks), cut: !complete });
      });
    })
      .on('error', reject)
      .end();
  });
}

async function site(t: Test, pieces: readonly Piece[] = PIECES): Promise<Site & { dir: string }> {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', pieces);
  return { ...(await openSite(t, dir)), dir };
}

t.test('an image, its files, and what HTTP says about them', async (t) => {
  const here = await site(t);
  const whole = await fetched(here, '/cd.iso');
  t.ok(whole.body.equals(IMAGE));
  const md5 = digestOf('md5', IMAGE);
  t.match(whole, {
    status: 200,
    headers: {
      'content-length': `${IMAGE.length}`,
      'accept-ranges': 'bytes',
      etag: `"md5-${toHex(md5)}"`,
      'last-modified': 'Sun, 09 Sep 2001 01:46:40 GMT',
      'content-disposition': 'attachment; filename="cd.iso"',
      'repr-digest': `md5=:${Buffer.from(md5).toString('base64')}:`,
    },
  });
  const head = await fetched(here, '/cd.iso', { method: 'HEAD', headers: { range: 'bytes=0-4' } });
  t.match(head, { status: 200, headers: { 'content-length': `${IMAGE.length}`, etag: whole.headers.etag } });
  t.equal(head.body.length, 0);
  for (const name of ['cd.jigdo', 'cd.template']) {
    const { status, body } = await fetched(here, `/${name}`, { headers: { range: 'bytes=0-14' } });
    t.equal(status, 206);
    t.match(body.toString(), name === 'cd.jigdo' ? '[Jigdo]\nVersion' : 'JigsawDownload ');
  }
  const post = await fetched(here, '/cd.iso', { method: 'POST' });
  t.match(post, { status: 405, headers: { allow: 'GET, HEAD' } });
});

t.test('ranges and conditions', async (t) => {
  const here = await site(t);
  const ask = (headers: Record<string, string>): Promise<Answer> => fetched(here, '/cd.iso', { headers });
  const etag = (await ask({})).headers.etag ?? '';

  const one = await ask({ range: 'bytes=39990-110009' });
  t.match(one, { status: 206, headers: { 'content-range': `bytes 39990-110009/${IMAGE.length}` } });
  t.ok(one.body.equals(IMAGE.subarray(39_990, 110_010)));
  t.ok((await ask({ range: 'bytes=-7' })).body.equals(IMAGE.subarray(-7)));

  const several = await ask({ range: 'bytes=109999-110020, 0-0, -3' });
  const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(several.headers['content-type'] ?? '')?.[1] ?? '?';
  const text = several.body.toString('latin1');
  const section = (start: number, end: number): string =>
    `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
    `Content-Range: bytes ${start}-${end - 1}/${IMAGE.length}\r\n\r\n${IMAGE.toString('latin1', start, end)}`;
  const end = IMAGE.length;
  t.equal(text, `${section(109_999, 110_021)}${section(0, 1)}${section(end - 3, end)}\r\n--${boundary}--\r\n`);
  t.equal(several.headers['content-length'], `${several.body.length}`);

  t.match(await ask({ range: `bytes=${end}-` }), { status: 416, headers: { 'content-range': `bytes */${end}` } });
  t.match(await ask({ range: 'bytes=5-1' }), { status: 200 });
  t.match(await ask({ range: 'bytes=0-1', 'if-range': etag }), { status: 206 });
  t.match(await ask({ range: 'bytes=0-1', 'if-range': '"md5-of another image"' }), { status: 200 });
  t.match(await ask({ 'if-none-match': etag }), { status: 304, headers: { etag } });
  t.match(await ask({ 'if-match': '"x"' }), { status: 412 });
});

t.test('nothing but what was found is reachable', async (t) => {
  const dir = t.testdir({ jigdo: { sub: {} }, tree: {} });
  publish(dir, 'cd', PIECES);
  const secret = 'root:x:0:0: this is secret\n'.repeat(50);
  writeOld(join(dir, 'secret'), secret);
  writeOld(join(dir, 'tree', 'private'), secret);
  writeOld(join(dir, 'outside', 'evil.jigdo'), `[Image]\nFilename=x\nTemplate=cd.template\n# ${secret}`);
  symlinkSync('../outside/evil.jigdo', join(dir, 'jigdo', 'link.jigdo'));
  symlinkSync('../secret', join(dir, 'jigdo', 'stolen.template'));
  // .jigdo files whose writers want more than they should have.
  publish(dir, 'stolen', PIECES);
  rmSync(join(dir, 'jigdo', 'stolen.template'));
  symlinkSync('../secret', join(dir, 'jigdo', 'stolen.template'));
  const image = (template: string): string => `[Image]\nFilename=../../up.iso\nTemplate=${template}\n[Parts]\n`;
  writeOld(join(dir, 'jigdo', 'up.jigdo'), image('../secret'));
  writeOld(join(dir, 'jigdo', 'absolute.jigdo'), image(join(dir, 'secret')));
  const part = PIECES[1].bytes;
  const hash = Buffer.from(digestOf('md5', part)).toString('base64url');
  publish(dir, 'parts', [PIECES[1]]);
  rmSync(join(dir, 'tree', 'parts.0'));
  writeOld(join(dir, 'elsewhere'), part);
  writeOld(
    join(dir, 'jigdo', 'parts.jigdo'),
    `[Image]\nFilename=parts.iso\n[Parts]\n${[
      'L:../elsewhere',
      `L:${dir}/elsewhere`,
      'L:/../elsewhere',
      'E:elsewhere',
      `file:${dir}/elsewhere`,
    ]
      .map((target) => `${hash}=${target}\n`)
      .join('')}[Servers]\nE=file:${dir}/\nL=file:${dir}/\n`,
  );
  const here = await openSite(t, dir);
  t.match(here.log.warnings.join('\n'), /stolen.*not served[^]*up\.jigdo: its template is not there/);
  t.match(await fetched(here, '/parts.iso'), { status: 503 }, 'a part outside of the tree is no part');

  const targets = [
    '/../secret', '/..%2fsecret', '/%2e%2e/secret', '/%2e%2e%2fsecret', '/..%5csecret', '/%252e%252e%252fsecret',
    '/..%c0%afsecret', '/cd.iso/../../secret', '/cd.jigdo/..', '//secret', '///etc/passwd', '/%2fetc%2fpasswd',
    '/jigdo/cd.jigdo', '/tree/private', '/private', '/cd.iso.0', '/cd.0', '/sub', '/sub/', '/.', '/..', '/%00', '/cd.iso%00',
    '/cd.iso%00.jigdo', '/cd.iso/', '/CD.ISO', '/link.jigdo', '/stolen.template', '/stolen.iso', '/up.iso', '/../up.iso',
    'http://example.org/../secret', 'http://example.org/secret', 'http:///secret', 'ftp://x/cd.iso', 'file:///etc/passwd',
    '*', 'cd.iso', '/%', '/%zz', '/%1', '?', '/?../secret', '/index.html', '/constructor', '/__proto__', '/\xe4', 'x:80',
  ]; // prettier-ignore
  for (const target of targets) {
    const raw = new Raw(here).send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const answer = (await raw.closed()).toString('latin1');
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
    t.ok(target === '/?../secret' ? status === '200' : ['400', '404'].includes(status), `${target}: ${status}`);
    t.notMatch(answer, 'this is secret', target);
    t.notMatch(answer, '    at ', 'no stack');
  }
  for (const target of [
    `http://example.org/cd.iso`,
    '/cd.iso?x=../y',
    '/%63d.iso',
    '/cd.iso#x',
    'HTTP://a:1/cd.iso?',
  ]) {
    const raw = new Raw(here).send(
      `GET ${target} HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\nConnection: close\r\n\r\n`,
    );
    t.ok((await raw.closed()).subarray(-10).equals(IMAGE.subarray(0, 10)), target);
  }
});

t.test('requests that are none', async (t) => {
  const here = await site(t);
  const requests: [string, RegExp][] = [
    ['\x16\x03\x01\x02\x00\x01\x00\x01', /^HTTP\/1\.1 400 /],
    [`GET /cd.iso HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['GET /cd.iso HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['GET /cd.iso HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['GET /cd.iso HTTP/1.1\r\nHost: a\r\nConnection: close\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['GET / HTTP/1.1\r\nHost: "><script>alert(1)</script>\r\nConnection: close\r\n\r\n', /127\.0\.0\.1:\d+\/cd\.jigdo/],
    [
      'GET / HTTP/1.1\r\nHost: mirror.example.org\r\nConnection: close\r\n\r\n',
      /http:\/\/mirror\.example\.org\/cd\.jigdo/,
    ],
  ];
  for (const [text, expected] of requests) {
    const answer = (await new Raw(here).send(text).closed()).toString('latin1');
    t.ok(expected.test(answer), `${text.slice(0, 60)}: ${answer.slice(0, 30)}`);
    t.notMatch(answer, '<script');
  }
  t.match(await fetched(here, '/cd.iso'), { status: 200 }, 'and the server lives');
});

t.test('a client that has said all it has to say is answered', async (t) => {
  const here = await site(t);
  for (const target of ['/cd.iso', '/', '/nothing']) {
    const raw = new Raw(here);
    raw.socket.end(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(2));
    const answers = await raw.closed();
    t.equal(answers.toString('latin1').split(/HTTP\/1\.1 (?:200|404) /).length, 3, target);
    if (target === '/cd.iso') t.ok(answers.subarray(-IMAGE.length).equals(IMAGE));
  }
});

t.test('a part that is missing: a clean error, and what does not need it works', async (t) => {
  const { dir, ...here } = await site(t);
  t.match(await fetched(here, '/cd.iso'), { status: 200 });
  rmSync(join(dir, 'tree', 'cd.1'));
  const range = { headers: { range: 'bytes=110000-' } };
  const first = await fetched(here, '/cd.iso', range);
  t.match(first, { status: 503, headers: { 'retry-after': '300', etag: undefined } });
  t.match(await fetched(here, '/cd.iso'), { status: 503 }, 'it is known now: not a byte is sent');
  t.match(await fetched(here, '/cd.iso', { method: 'HEAD' }), { status: 503 });
  t.match(await fetched(here, '/cd.iso', { headers: { range: 'bytes=0-50000' } }), { status: 206 });
  t.match((await fetched(here, '/')).body.toString(), /1 file of 2 that this image is made of cannot be found/);
  t.match(JSON.parse((await fetched(here, '/index.json')).body.toString()), { images: [{ missing: 1 }] });
  spawnSync('mkfifo', [join(dir, 'tree', 'cd.1')]);
  t.match(await fetched(here, '/cd.iso', range), { status: 503 }, 'a pipe, from which nothing will ever come');
  rmSync(join(dir, 'tree', 'cd.1'));
  writeOld(join(dir, 'tree', 'cd.1'), noise(5000, 3).fill(0, 4999));
  t.match(await fetched(here, '/cd.iso', range), { status: 503 }, 'another content is no part');
  writeOld(join(dir, 'tree', 'cd.1'), noise(5000, 3), 1.1e9);
  t.ok((await fetched(here, '/cd.iso')).body.equals(IMAGE), 'it is back');
});

t.test('a part that changes while it is sent: the connection breaks, and no wrong byte was sent', async (t) => {
  const big = noise(16_000_000, 9);
  for (const change of ['cut off', 'changed', 'gone']) {
    const { dir, ...here } = await site(t, [
      data('head'),
      part(big.subarray(0, 15_000_000)),
      part(big.subarray(15_000_000)),
    ]);
    const image = Buffer.concat([Buffer.from('head'), big]);
    const response = await new Promise<IncomingMessage>((resolve) => get(`${here.url}cd.iso`, resolve));
    const chunks: Buffer[] = [];
    response.on('error', () => undefined);
    response.once('readable', () => {
      if (change === 'cut off') truncateSync(join(dir, 'tree', 'cd.0'), 14_000_000);
      else if (change === 'changed') writeOld(join(dir, 'tree', 'cd.0'), Buffer.alloc(15_000_000), 1.1e9);
      else rmSync(join(dir, 'tree', 'cd.1'));
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
    });
    await new Promise((resolve) => response.once('close', resolve));
    const body = Buffer.concat(chunks);
    t.notOk(response.complete, change);
    t.ok(body.length < image.length && body.equals(image.subarray(0, body.length)), `${body.length} right bytes`);
    t.match(here.log.warnings, [/^\/cd\.iso: /]);
  }
});

t.test('a new version of an image replaces the old one at once, also under those who read it', async (t) => {
  const { dir, ...here } = await site(t);
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const old = await fetched(here, '/cd.iso', { agent });
  publish(dir, 'cd', [data('new'), part(noise(3000, 5))], '', 1.2e9);
  const { body, headers } = await fetched(here, '/cd.iso', {
    agent,
    headers: { range: 'bytes=0-', 'if-range': old.headers.etag },
  });
  t.ok(body.equals(Buffer.concat([Buffer.from('new'), noise(3000, 5)])));
  t.not(headers.etag, old.headers.etag);
  truncateSync(join(dir, 'jigdo', 'cd.template'), 100);
  t.match(await fetched(here, '/cd.iso'), { status: 404 }, 'a damaged template: there is no image');
  t.match(here.log.warnings.at(-1), /cd\.template.*not served/);
});

t.test('many connections, most of them idle, and requests on top of each other', async (t) => {
  const here = await site(t);
  const idle = Array.from({ length: 500 }, () => new Raw(here));
  await Promise.all(idle.map(({ socket }) => once(socket, 'connect')));
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetched(here, '/cd.iso')));
  t.ok(answers.every(({ body }) => body.equals(IMAGE)));
  const one = 'GET /cd.iso HTTP/1.1\r\nHost: a\r\n\r\n';
  const last = 'GET /cd.iso HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const received = await idle[0].send(one + one + last).closed();
  const bodies = received.toString('latin1').split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/);
  t.strictSame(
    bodies.map((body) => body === IMAGE.toString('latin1')),
    [false, true, true, true],
  );
  for (const { socket } of idle) socket.destroy();
});

t.test('a graceful end: downloads end, nothing new begins', async (t) => {
  const big = noise(12_000_000, 4);
  const here = await site(t, [part(big)]);
  const response = await new Promise<IncomingMessage>((resolve) => get(`${here.url}cd.iso`, resolve));
  await once(response, 'readable');
  here.stop();
  await t.rejects(fetched(here, '/cd.iso', { agent: new Agent() }), { code: 'ECONNREFUSED' });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  t.ok(Buffer.concat(chunks).equals(big));
  await here.stopped;
  t.match(here.log.infos, ['Waiting up to 60 s for 1 downloads to end']);
});

t.test('a client that leaves takes its waiting requests along; one that asks for too much is cut off', async (t) => {
  const here = await site(t, [part(noise(12_000_000, 4))]);
  const one = 'GET /cd.iso HTTP/1.1\r\nHost: a\r\n\r\n';
  const many = new Raw(here).send(one.repeat(1000));
  const leaving = new Raw(here).send(one.repeat(50));
  await once(leaving.socket, 'data');
  leaving.socket.destroy();
  await many.closed();
  here.stop();
  await here.stopped;
});

t.test('the index: names are shown as they are and are never markup', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  const name = `a <b> & "c" 'd' %41 ü`;
  publish(dir, name, PIECES, `ShortInfo='<img src=x onerror=alert(1)> & more'\n`);
  mkdirSync(join(dir, 'jigdo', 'sub'));
  const here = await openSite(t, dir);
  const { body, headers } = await fetched(here, '/');
  const html = body.toString();
  t.match(headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-/);
  t.match(html, '<h3>a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; %41 ü.iso</h3>');
  t.notMatch(html, /<(b|img|script)\b/);
  const href = /class="get" href="([^"]+)"/.exec(html)?.[1] ?? '';
  const image = await fetched(here, `/${href}`);
  t.ok(image.body.equals(IMAGE), href);
  t.match(image.headers['content-disposition'], /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''a%20%3Cb%3E/);
  const { images } = JSON.parse((await fetched(here, '/index.json')).body.toString()) as { images: object[] };
  t.match(images, [
    { name: `${name}.iso`, url: href, size: IMAGE.length, md5: toHex(digestOf('md5', IMAGE)), parts: 2, missing: 0 },
  ]);
  t.equal((await fetched(here, '/', { headers: { 'if-none-match': headers.etag } })).status, 304);
});

t.test('two images of one name, two images in one .jigdo, parts under other names', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {}, pool: {} });
  publish(dir, 'cd', PIECES);
  publish(dir, 'other', PIECES, 'Filename=cd.iso\n');
  for (const name of ['cd.1', 'other.1']) rmSync(join(dir, 'tree', name));
  writeOld(join(dir, 'pool', 'renamed'), PIECES[3].bytes);
  const here = await openSite(t, dir, { trees: [join(dir, 'pool')] });
  t.match(here.log.warnings, [/There are two of `cd\.iso', of `.*\.jigdo' and `.*\.jigdo' - the second is not served/]);
  t.equal(here.catalogue.images.length, 1);
  t.ok((await fetched(here, '/cd.iso')).body.equals(IMAGE), 'found by content');
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  await here.catalogue.scan();
  t.equal(open(), before, 'the second is not opened again');
  const [first] = here.catalogue.images;
  rmSync(first.offer.path);
  await here.catalogue.scan();
  t.equal(open(), before - 1);
  t.not(here.catalogue.images[0].offer.path, first.offer.path, 'the second is served now');
});

t.test('the path of a request target', async (t) => {
  t.equal(requestPath('/a%2fb%C3%a4?c%zz'), 'a/b\xc3\xa4');
  t.equal(requestPath('http://host'), '');
  for (const target of ['', '*', 'host:80', '/%', '/%4', '/%g0', '\\x'])
    t.equal(requestPath(target), undefined, target);
});
