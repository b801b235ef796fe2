// `jigdo download` from the servers that mirrors run, and through proxies, whatever the names of the files.
import t from 'tap';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { oracle } from '../support/oracle.js';
import { startFaultyServer } from '../support/servers/faulty-http.js';
import { startHttpProxy } from '../support/servers/http-proxy.js';
import { startNginx } from '../support/servers/nginx.js';
import { startVsftpd } from '../support/servers/vsftpd.js';
import { NAMES, Release } from './release.js';
import { download, isWhole } from './support.js';

t.test('two mirrors, one of which lacks files, all kinds of names', async (t) => {
  const nginx = oracle(t, 'nginx');
  if (!nginx) return;
  const release = Release.of(NAMES);
  const folder = t.testdir({ one: {}, two: {}, got: {} });
  const [one, two] = await startNginx(t, nginx, [join(folder, 'one'), join(folder, 'two')]);
  const isRare = (name: string): boolean => name.startsWith('docs/');
  release.writeParts(one.root, (name) => !isRare(name));
  release.writeParts(two.root);
  release.writeJigdo(one.root, [one.url, two.url]);
  const got = join(folder, 'got');
  isWhole(t, got, release, await download(got, [`${one.url}image.jigdo`]));
  const served = [...(await one.requests()), ...(await two.requests())].filter(({ status }) => status < 300);
  t.equal(served.length, NAMES.length + 2, 'each part came once, and the .jigdo and the template');
  t.ok((await two.requests()).length >= NAMES.filter(isRare).length, 'from where it is');
});

t.test('names that somebody has escaped by hand', async (t) => {
  const nginx = oracle(t, 'nginx');
  if (!nginx) return;
  const release = Release.of(NAMES);
  const folder = t.testdir({ www: {}, got: {} });
  const [mirror] = await startNginx(t, nginx, [join(folder, 'www')]);
  release.writeParts(mirror.root);
  const escape = (name: string): string =>
    name.replace(/[^a-zA-Z0-9/._~+-]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  // A compressed .jigdo of this machine, with the template beside it.
  writeFileSync(join(folder, 'image.jigdo'), gzipSync(release.jigdo([mirror.url], escape)));
  writeFileSync(join(folder, 'image.template'), release.template);
  const got = join(folder, 'got');
  isWhole(t, got, release, await download(got, ['../image.jigdo']));
});

t.test('FTP', async (t) => {
  const vsftpd = oracle(t, 'vsftpd');
  if (!vsftpd) return;
  const release = Release.of(NAMES);
  const folder = t.testdir({ ftp: {}, got: {} });
  const mirror = await startVsftpd(t, vsftpd, join(folder, 'ftp'));
  release.writeParts(join(folder, 'ftp'));
  release.writeJigdo(join(folder, 'ftp'), [mirror.url]);
  const got = join(folder, 'got');
  isWhole(t, got, release, await download(got, [`${mirror.url}image.jigdo`]));
});

t.test('a folder as the mirror', async (t) => {
  const release = Release.of(NAMES);
  const folder = t.testdir({ mirror: {}, got: {} });
  release.writeParts(join(folder, 'mirror'));
  release.writeJigdo(folder, ['http://127.0.0.1:1/']);
  const got = join(folder, 'got');
  const mirror = ['--mirror', `Acme=file:${folder}/mirror/`];
  isWhole(t, got, release, await download(got, [...mirror, '../image.jigdo']));
});

t.test('through a proxy, but not where no_proxy forbids it', async (t) => {
  const release = Release.of(['a.deb', 'b.deb', 'c.deb']);
  const folder = t.testdir({ got: {}, again: {} });
  const server = await startFaultyServer(t, release.served());
  const proxy = await startHttpProxy(t);
  release.writeJigdo(folder, [server.url]);
  const http_proxy = proxy.url.replace('//', '//me:secret@');
  isWhole(t, join(folder, 'got'), release, await download(join(folder, 'got'), ['../image.jigdo'], { http_proxy }));
  const urls = new Set(['a.deb', 'b.deb', 'c.deb'].map((name) => server.url + name));
  const tunnel = `CONNECT ${new URL(server.url).host}`;
  t.ok(
    proxy.asked.length > 0 && proxy.asked.every((asked) => urls.has(asked) || asked === tunnel),
    proxy.asked.join(' '),
  );
  t.ok(proxy.credentials.every((text) => text === `Basic ${Buffer.from('me:secret').toString('base64')}`));
  const before = proxy.asked.length;
  const env = { http_proxy, no_proxy: 'example.org,127.0.0.1' };
  isWhole(t, join(folder, 'again'), release, await download(join(folder, 'again'), ['../image.jigdo'], env));
  t.equal(proxy.asked.length, before);
});
