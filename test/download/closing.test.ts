// `jigdo download` from servers and through proxies that close the connection after each answer.
import t from 'tap';
import { join } from 'node:path';
import { oracle } from '../support/oracle.js';
import { startNginx } from '../support/servers/nginx.js';
import { startTinyproxy } from '../support/servers/tinyproxy.js';
import { Release } from './release.js';
import { download, isWhole } from './support.js';

const RELEASE = Release.of(Array.from({ length: 120 }, (_, i) => `pool/package_${i}.deb`));

t.test('a server that closes after each answer', async (t) => {
  const nginx = oracle(t, 'nginx');
  if (!nginx) return;
  const folder = t.testdir({ www: {}, got: {} });
  const [mirror] = await startNginx(t, nginx, [join(folder, 'www')], 'keepalive_requests 1;');
  RELEASE.writeParts(mirror.root);
  RELEASE.writeJigdo(mirror.root, [mirror.url]);
  const got = join(folder, 'got');
  const began = performance.now();
  const ended = await download(got, [`${mirror.url}image.jigdo`]);
  t.comment(`${performance.now() - began} ms`);
  isWhole(t, got, RELEASE, ended);
  t.notMatch(ended.stdout.toString() + ended.stderr, /failed/);
  t.equal((await mirror.requests()).length, RELEASE.parts.size + 2);
});

t.test('a proxy that closes after each answer', async (t) => {
  const [nginx, tinyproxy] = [oracle(t, 'nginx'), oracle(t, 'tinyproxy')];
  if (!nginx || !tinyproxy) return;
  const folder = t.testdir({ www: {}, got: {} });
  const [mirror] = await startNginx(t, nginx, [join(folder, 'www')]);
  RELEASE.writeParts(mirror.root);
  RELEASE.writeJigdo(mirror.root, [mirror.url]);
  const http_proxy = await startTinyproxy(t, tinyproxy);
  const got = join(folder, 'got');
  const began = performance.now();
  const ended = await download(got, [`${mirror.url}image.jigdo`], { http_proxy });
  t.comment(`${performance.now() - began} ms`);
  isWhole(t, got, RELEASE, ended);
  t.notMatch(ended.stdout.toString() + ended.stderr, /failed/);
});
