// Loading .jigdo files: from everywhere, with what they include, and none that is hostile.
import t, { type Test } from 'tap';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { fromText } from '../../src/format/bytes.js';
import { PartLookup } from '../../src/format/jigdo-lookup.js';
import { loadJigdo, type JigdoSource } from '../../src/fetch/jigdo-source.js';
import { safeName } from '../../src/fetch/image-name.js';
import { openTransport } from '../../src/net/open-transport.js';
import { Log } from '../support/log.js';
import { oracle } from '../support/oracle.js';
import { endless, redirect, startFaultyServer, status, atFirst } from '../support/servers/faulty-http.js';
import { startVsftpd } from '../support/servers/vsftpd.js';

const transport = openTransport();
t.teardown(() => transport.close());
const load = (location: string, limit?: number): Promise<JigdoSource> =>
  loadJigdo(fromText(location), { transport, reporter: new Log(), ...(limit === undefined ? {} : { limit }) });

const IMAGE = '[Image]\nFilename=a.iso\nTemplate=a.template\n';
const MD5 = ['a', 'b', 'c', 'd'].map((c) => `${c.repeat(21)}A`);
const places = (source: JigdoSource, i: number): readonly string[] => new PartLookup(source).locate(MD5[i], 'md5').uris;

const BAD = fileURLToPath(new URL('../bad/jigdo/', import.meta.url));
/** Each includes the next one twice. */
const doubling = Array.from({ length: 12 }, (_, i): [string, Buffer] => [
  `/d${i}.jigdo`,
  Buffer.from(i < 11 ? `[Include d${i + 1}.jigdo]\n[Include d${i + 1}.jigdo]\n[Parts]\n` : '[Parts]\n'),
]);

void t.test('a hostile file is refused with the error that is its name', async (t) => {
  const names = readdirSync(BAD);
  const paths = names.map((name): [string, Buffer] => [`/${encodeURIComponent(name)}`, readFileSync(join(BAD, name))]);
  const server = await startFaultyServer(t, new Map([...paths, ...doubling]));
  t.ok(names.length > 20);
  for (const name of names) {
    const expected = name.replace(/( \(\d\))?\.jigdo$/, '');
    const error = await load(server.url + encodeURIComponent(name), 1024 * 1024).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    t.equal(error?.name, 'JigdoError', name);
    t.ok(error?.message.includes(expected), `${name}: ${error?.message}`);
    // eslint-disable-next-line no-control-regex -- terminals obey them
    t.notMatch(error?.message, /[\x00-\x1f]/, 'one line');
  }
});

void t.test('bodies without end, redirects that lead astray, servers that are busy at first', async (t) => {
  const server = await startFaultyServer(t, new Map([['/a.jigdo', Buffer.from(IMAGE)]]));
  server.behaviours.set('/endless', endless);
  await t.rejects(load(`${server.url}endless`, 1024 * 1024), { message: /Longer than 1048576 bytes/ });
  server.behaviours.set('/astray', redirect('file:///etc/passwd'));
  await t.rejects(load(`${server.url}astray`), { message: /A redirect to file: is not followed/ });
  server.behaviours.set('/a.jigdo', atFirst(2, status(503)));
  t.equal((await load(`${server.url}a.jigdo`)).images[0].name, 'a.iso');
});

async function everywhere(t: Test, content: Buffer): Promise<string[]> {
  const folder = t.testdir({ 'ü x.jigdo': content });
  const server = await startFaultyServer(t, new Map([['/%C3%BC%20x.jigdo', content]]));
  const places = [
    join(folder, 'ü x.jigdo'),
    `file:${folder}/ü x.jigdo`,
    `file://${folder}/%C3%BC%20x.jigdo`,
    `${server.url}ü x.jigdo`,
  ];
  const vsftpd = oracle(t, 'vsftpd');
  if (vsftpd) places.push(`${(await startVsftpd(t, vsftpd, '/')).url}${folder.slice(1)}/%C3%BC%20x.jigdo`);
  return places;
}

void t.test('from a path, file:, http and ftp, compressed or not', async (t) => {
  for (const content of [Buffer.from(IMAGE), gzipSync(IMAGE)]) {
    for (const place of await everywhere(t, content)) {
      const { images, bytes } = await load(place);
      t.equal(images[0].name, 'a.iso', place);
      t.ok(bytes.equals(content));
    }
  }
});

void t.test('inclusions', async (t) => {
  const main = `[Parts]\n${MD5[0]}=L:one\n[Include sub/inner.jigdo]\n${MD5[1]}=ignored\n[Parts]\n${MD5[1]}=L:two\n[Servers]\nL=http://l2/\n`;
  const inner = `${IMAGE}[Parts]\n${MD5[0]}=near\n${MD5[2]}=L:three\n[Include ../shared.jigdo]\n[Servers]\nL=http://l1/\n`;
  const shared = `[Image]\nFilename=b.iso\nTemplate=http://t/b.template\n[Parts]\n${MD5[3]}=http://d/\n`;
  const files: [string, string][] = [
    ['main.jigdo', main],
    ['sub/inner.jigdo', inner],
    ['shared.jigdo', shared],
  ];
  const server = await startFaultyServer(t, new Map(files.map(([name, text]) => [`/${name}`, Buffer.from(text)])));
  const folder = t.testdir({ sub: {} });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  for (const base of [server.url, `${folder}/`]) {
    const source = await load(`${base}main.jigdo`);
    t.strictSame(
      source.images.map(({ name, templates }) => [name, templates]),
      [
        ['a.iso', [`${base}sub/a.template`]],
        ['b.iso', ['http://t/b.template']],
      ],
      'in the order of inclusion, relative to the file that they stand in',
    );
    t.strictSame(places(source, 0), ['http://l1/one', 'http://l2/one', `${base}sub/near`]);
    t.strictSame(places(source, 1), ['http://l1/two', 'http://l2/two']);
    t.strictSame(places(source, 2), ['http://l1/three', 'http://l2/three']);
    t.strictSame(places(source, 3), ['http://d/']);
  }
  writeFileSync(join(folder, 'sub/loop.jigdo'), '[Include ../loop.jigdo]\n[Parts]\n');
  writeFileSync(join(folder, 'loop.jigdo'), `${IMAGE}[Include sub/loop.jigdo]\n[Parts]\n`);
  await t.rejects(load(join(folder, 'loop.jigdo')), {
    message: /sub\/loop\.jigdo: line 1: `.*loop\.jigdo' includes itself/,
  });
  mkdirSync(join(folder, 'with ]'));
  writeFileSync(join(folder, 'with ]/x.jigdo'), IMAGE);
  writeFileSync(join(folder, 'escaped.jigdo'), '[Include with%20%5D/x.jigdo]\n[Parts]\n');
  t.equal((await load(join(folder, 'escaped.jigdo'))).images[0].name, 'a.iso');
});

void t.test('what is included and cannot be had is left out, with a warning', async (t) => {
  const server = await startFaultyServer(
    t,
    new Map([
      [
        '/a.jigdo',
        Buffer.from(
          `[Include gone.jigdo]\n[Include gone.jigdo]\n${IMAGE}[Include page.jigdo]\n[Parts]\n${MD5[0]}=http://d/x\n`,
        ),
      ],
      ['/none.jigdo', Buffer.from('[Include gone.jigdo]\n[Parts]\n')],
      [
        '/many.jigdo',
        Buffer.from(`${Array.from({ length: 11 }, (_, i) => `[Include gone${i}.jigdo]\n`).join('')}${IMAGE}`),
      ],
      ['/page.jigdo', Buffer.from('<!DOCTYPE html><html><body>Not here</body></html>')],
      ['/busy.jigdo', Buffer.from(`[Include never.jigdo]\n${IMAGE}`)],
    ]),
  );
  const reporter = new Log();
  const source = await loadJigdo(fromText(`${server.url}a.jigdo`), { transport, reporter });
  t.equal(source.images[0].name, 'a.iso');
  t.strictSame(places(source, 0), ['http://d/x'], 'what follows counts');
  t.match(source.absent, [/gone\.jigdo: 404 Not Found$/, /page\.jigdo: ./]);
  t.equal(source.absent.length, 2);
  t.match(reporter.warnings, [/a\.jigdo: line 1: what is included here cannot be had/, /a\.jigdo: line 6: /]);
  t.equal(server.asked.filter(({ path }) => path === '/gone.jigdo').length, 1, 'not asked for again');
  await t.rejects(load(`${server.url}none.jigdo`), { message: /it offers no image.*gone\.jigdo: 404/ });
  await t.rejects(load(`${server.url}many.jigdo`), { message: /more than 10 inclusions cannot be had/ });
  server.behaviours.set('/never.jigdo', status(503));
  t.match((await load(`${server.url}busy.jigdo`)).absent, [/never\.jigdo: 503/]);
  const folder = t.testdir({ 'a.jigdo': `${IMAGE}[Include file:///nowhere/b.jigdo]\n` });
  t.match((await load(join(folder, 'a.jigdo'))).absent, [/nowhere\/b\.jigdo: No such file/]);
});

void t.test('what libjte writes', async (t) => {
  const text = [
    ...['[Jigdo]', 'Version=1.1', 'Generator=libjte-2.0.0', '', '[Image]', 'Filename=stdio:/srv/build/m.iso '],
    ...['Template=http://localhost/out/m.template ', 'Template-MD5Sum=epb03kQ_AjrVi9UXkYxl1g '],
    ...[`# Template Hex SHA256Sum ${'05'.repeat(32)}`, '# Template size 2667 bytes'],
    ...[
      `# Image Hex SHA512Sum ${'12'.repeat(64)}`,
      '# Image size 391168 bytes',
      '',
      '[Parts]',
      `${MD5[0]}=Debian:b file.bin`,
    ],
    ...[`${MD5[0]}=Debian:b file.bin`, '', '[Servers]', ''],
  ].join('\n');
  const folder = t.testdir({ 'm.jigdo': text });
  const source = await load(join(folder, 'm.jigdo'));
  const [image] = source.images;
  t.match(image, {
    name: 'm.iso',
    templates: [join(folder, 'm.template')],
    templateName: 'm.template',
    templateSize: 2667,
  });
  t.strictSame([...image.templateDigests.keys()].sort(), ['md5', 'sha256']);
  t.match(image, { imageSize: 391168, imageDigests: new Map([['SHA512', '12'.repeat(64)]]) });
  t.strictSame(new PartLookup(source, ['Debian=http://d/']).locate(MD5[0], 'md5').uris, [
    'http://d/b file.bin',
    'http://d/b file.bin',
  ]);
});

void t.test('after a redirect, both places are looked at', async (t) => {
  const server = await startFaultyServer(t, new Map([['/store/x', Buffer.from(IMAGE)]]));
  server.behaviours.set('/cd/a.jigdo', redirect('/store/x'));
  const { images } = await load(`${server.url}cd/a.jigdo`);
  t.strictSame(images[0].templates, [`${server.url}cd/a.template`, `${server.url}store/a.template`]);
});

void t.test('names as jigdo-lite makes them', async (t) => {
  const name = (text: string): string => safeName(text, 'Filename', 'line 1');
  t.equal(name(`R&D's  "new" image|[1]\`.iso`), 'RDs new image1].iso');
  t.equal(name('sub/image.iso'), 'subimage.iso');
  t.equal(name('stdio:image.iso'), 'image.iso');
  t.equal(name('-rf'), '-rf');
  t.equal(safeName('/srv/image.iso', 'Filename', 'line 1', true), 'image.iso');
});

void t.test('while it waits to ask again, it ends with the reason of the signal', async (t) => {
  const server = await startFaultyServer(t, new Map());
  server.behaviours.set('/a.jigdo', status(503));
  const controller = new AbortController();
  const reason = new Error('enough');
  const ended = loadJigdo(`${server.url}a.jigdo`, { transport, reporter: new Log(), signal: controller.signal });
  setTimeout(() => controller.abort(reason), 100);
  await t.rejects(ended, reason);
  t.equal(await ended.catch((error: unknown) => error), reason);
});
