// Which URL clients see: behind proxies, trusted or not, and behind the nginx of the recipe.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { toHex } from '../../src/format/bytes.js';
import { TrustedProxies } from '../../src/serve/proxy.js';
import { oracle } from '../support/oracle.js';
import { startNginx } from '../support/servers/nginx.js';
import { openSite, publish, writeOld } from '../support/site.js';
import { data, imageOf, noise, part } from '../support/template-builder.js';

const PIECES = [data('head'), part(noise(5000, 1)), data('end')];
const IMAGE = imageOf(PIECES);

/** What the page says to be downloaded by curl. */
async function shown(url: string, headers: Record<string, string> = {}): Promise<string> {
  const page = await new Promise<string>((resolve, reject) => {
    request(url, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
  return /curl -C - -o cd\.iso (\S+)/.exec(page)?.[1] ?? page;
}

t.test('what a proxy says', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  const here = await openSite(t, dir);
  const own = `${here.url}cd.iso`;
  const cases: [Record<string, string>, string][] = [
    [{}, own],
    [{ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'm.example' }, 'https://m.example/cd.iso'],
    [{ host: 'm.example:81', 'x-forwarded-proto': 'HTTPS, http' }, 'https://m.example:81/cd.iso'],
    [{ host: 'm', 'x-forwarded-host': 'a.example:8443, b', 'x-forwarded-prefix': '/x/y/' }, 'http://a.example:8443/x/y/cd.iso'],
    [{ host: 'm', 'x-forwarded-prefix': '/' }, 'http://m/cd.iso'],
    [{ forwarded: 'for=1.2.3.4;proto=https;host="f.example:1", for=b;proto=http' }, 'https://f.example:1/cd.iso'],
    ...['javascript', 'ftp', 'https;x'].map((proto): [Record<string, string>, string] => [{ 'x-forwarded-proto': proto }, own]),
    ...['<script>', 'a b', "a';reboot'", 'a/b'].map((host): [Record<string, string>, string] => [{ 'x-forwarded-host': host }, own]),
    ...['x', '/../x', '/"x', '/$(reboot)', '//x y'].map((prefix): [Record<string, string>, string] => [{ 'x-forwarded-prefix': prefix }, own]),
  ]; // prettier-ignore
  for (const [headers, url] of cases) t.equal(await shown(here.url, headers), url, JSON.stringify(headers));

  const doubting = await openSite(t, dir, { trustedProxies: ['10.0.0.0/8'] });
  t.equal(await shown(doubting.url, { 'x-forwarded-host': 'm.example', forwarded: 'host=m' }), `${doubting.url}cd.iso`);
  const fixed = await openSite(t, dir, { publicUrl: 'https://fixed.example/i/' });
  t.equal(await shown(fixed.url, { 'x-forwarded-host': 'm.example' }), 'https://fixed.example/i/cd.iso');
});

t.test('addresses of proxies', (t) => {
  const proxies = new TrustedProxies();
  for (const range of ['10.1.2.3', '192.168.0.0/16', '2001:db8::/32', '::1']) t.ok(proxies.add(range), range);
  for (const range of ['', 'host', '10.1.2', '10.0.0.0/33', '::1/129', '1.2.3.4/', '1.2.3.4/-1']) t.notOk(proxies.add(range), range);
  for (const address of ['10.1.2.3', '192.168.7.8', '2001:db8::9', '::1', '::ffff:192.168.1.1']) t.ok(proxies.has(address));
  for (const address of ['10.1.2.4', '192.169.0.1', '2001:db9::1', '::2', '::ffff:10.1.2.4', undefined, '']) {
    t.notOk(proxies.has(address), String(address));
  }
  t.end();
}); // prettier-ignore

t.test('the nginx of the recipe', async (t) => {
  const nginx = oracle(t, 'nginx');
  if (!nginx) return;
  const dir = t.testdir({ jigdo: {}, tree: {}, www: {} });
  publish(dir, 'cd', PIECES);
  const here = await openSite(t, dir);
  const recipe = readFileSync(new URL('../../docs/recipes/mirror.md', import.meta.url), 'utf8');
  const lines = /```nginx\n([^]*?)```/.exec(recipe)?.[1] ?? '';
  const [mirror] = await startNginx(t, nginx, [join(dir, 'www')], lines.replace('127.0.0.1:8080', new URL(here.url).host));
  const url = `${mirror.url}images/`;
  t.equal(await shown(url), `${url}cd.iso`);
  t.equal(await shown(url, { 'x-forwarded-prefix': '/evil', forwarded: 'host=evil' }), `${url}cd.iso`);
  t.equal(await shown(`${mirror.url}images`.replace(/$/, '/')), `${url}cd.iso`);
  const { images } = (await (await fetch(`${url}index.json`)).json()) as { images: { url: string }[] };
  const answer = await fetch(new URL(images[0].url, url), { headers: { range: 'bytes=3-' } });
  t.equal(answer.status, 206);
  t.ok(Buffer.from(await answer.arrayBuffer()).equals(IMAGE.subarray(3)));
}); // prettier-ignore

t.test('lists of checksums beside the .jigdo', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  const sha256 = digestOf('sha256', IMAGE);
  const base64 = Buffer.from(sha256).toString('base64');
  const lists: [string, string, boolean][] = [
    ['SHA256SUMS', `${toHex(sha256)}  cd.iso\n`, true],
    ['SHA256SUMS.txt', `SHA256 (cd.iso) = ${toHex(sha256)}\n`, true],
    ['cd.iso.sha256', `${toHex(sha256)} *./cd.iso\n`, true],
    ['SHA256SUMS', `${toHex(sha256)}  other.iso\n`, false],
    ['MD5SUMS', `${'0'.repeat(32)}  cd.iso\n`, false],
  ];
  for (const [name, text, known] of lists) {
    writeOld(join(dir, 'jigdo', name), text);
    if (name === 'MD5SUMS') writeOld(join(dir, 'jigdo', 'SHA256SUMS'), lists[0][1]);
    const here = await openSite(t, dir);
    const { images } = (await (await fetch(`${here.url}index.json`)).json()) as { images: { sha256?: string }[] };
    t.equal(images[0].sha256, known ? toHex(sha256) : undefined, `${name}: ${text}`);
    const page = await (await fetch(here.url)).text();
    t.equal(page.includes(`echo &#39;${toHex(sha256)}  cd.iso&#39; | sha256sum -c`), known);
    const { headers } = await fetch(`${here.url}cd.iso`, { method: 'HEAD' });
    t.equal(headers.get('repr-digest')?.includes(`sha-256=:${base64}:`), known);
    t.match(headers.get('repr-digest'), /^md5=:/);
    writeOld(join(dir, 'jigdo', name), '');
  }
});

t.test('lists of checksums, while a mirror is updated', async (t) => {
  const versions = [1, 2].map((seed) => [data('head'), part(noise(5000, seed)), data('end')]);
  const [first, second] = versions.map((pieces) => toHex(digestOf('sha256', imageOf(pieces))));
  const told = async (t: Test, url: string): Promise<(string | undefined)[]> => {
    const head = await fetch(`${url}cd.iso`, { method: 'HEAD' });
    const { images } = (await (await fetch(`${url}index.json`)).json()) as { images: { sha256?: string }[] };
    const inHeader = /sha-256=:(.*?):/.exec(head.headers.get('repr-digest') ?? '')?.[1];
    t.equal(inHeader === undefined ? undefined : Buffer.from(inHeader, 'base64').toString('hex'), images[0].sha256);
    return images.map(({ sha256 }) => sha256);
  };
  for (const listFirst of [false, true]) {
    await t.test(listFirst ? 'the list comes first' : 'the .jigdo comes first', async (t) => {
      const dir = t.testdir({ jigdo: {}, tree: {} });
      const list = (hex: string, time: number): void => writeOld(join(dir, 'jigdo/SHA256SUMS'), `${hex}  cd.iso\n`, time);
      publish(dir, 'cd', versions[0]);
      list(first, 1e9);
      const { url } = await openSite(t, dir);
      // Nobody asks for the first version before the second one comes.
      if (listFirst) list(second, 1e9 + 10);
      else publish(dir, 'cd', versions[1], '', 1e9 + 10);
      t.not((await told(t, url))[0], listFirst ? second : first, 'no version has the digest of the other one');
      if (listFirst) publish(dir, 'cd', versions[1], '', 1e9 + 10);
      else list(second, 1e9 + 10);
      // Lists are looked at once a second.
      t.strictSame(await told(t, (await openSite(t, dir)).url), [second]);
      while ((await told(t, url))[0] === undefined) await sleep(100);
      t.strictSame(await told(t, url), [second]);
    });
  }

  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', versions[1], '', 1e9 + 100_000);
  writeOld(join(dir, 'jigdo/SHA256SUMS'), `${first}  cd.iso\n`);
  t.strictSame(await told(t, (await openSite(t, dir)).url), [undefined], 'a list of yesterday, and a new server');
  writeOld(join(dir, 'jigdo/SHA256SUMS'), `${second}  cd.iso\n`, 1e9 + 90_000);
  t.strictSame(await told(t, (await openSite(t, dir)).url), [second], 'a list that was made before the .jigdo');
}); // prettier-ignore
