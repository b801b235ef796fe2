// `jigdo serve` as it is used: the command itself, and the programs that people download with.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { Browser } from '../support/chromium.js';
import { oracle } from '../support/oracle.js';
import { openSite, publish, type Site } from '../support/site.js';
import { data, imageOf, noise, part } from '../support/template-builder.js';
import { jigdo, Running } from './jigdo.js';

const run = promisify(execFile);

const PIECES = [data(noise(300_000, 1)), part(noise(2_000_000, 2)), data('text'), part(noise(700_000, 3)), data('end')];
const IMAGE = imageOf(PIECES);

async function site(t: Test): Promise<Site & { dir: string }> {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  return { ...(await openSite(t, dir)), dir };
}

t.test('programs that download go on where they stopped', async (t) => {
  const here = await site(t);
  const url = `${here.url}cd.iso`;
  const programs: Record<string, string[]> = {
    curl: ['-sS', '-f', '-C', '-', '-o', 'cd.iso', url],
    wget: ['-q', '-c', url],
    aria2c: ['-q', '-c', '-x8', '-s8', '-k1M', '--file-allocation=none', '--auto-file-renaming=false', url],
  };
  for (const [program, args] of Object.entries(programs)) {
    if (oracle(t, program) === undefined) continue;
    for (const there of [0, 1_234_567]) {
      const cwd = join(here.dir, `${program}-${there}`);
      mkdirSync(cwd);
      if (there > 0) writeFileSync(join(cwd, 'cd.iso'), IMAGE.subarray(0, there));
      await run(program, args, { cwd });
      t.ok(readFileSync(join(cwd, 'cd.iso')).equals(IMAGE), `${program}, ${there} bytes were there`);
    }
  }
});

t.test('a browser whose download breaks goes on, too', async (t) => {
  const browser = Browser.start(t);
  if (!browser) return;
  const here = await site(t);
  const ranges: string[] = [];
  // Stands between the two, and cuts the first download in the middle.
  const proxy = createServer((client) => {
    const server = connect(here.port, '127.0.0.1');
    client.on('error', () => undefined).on('close', () => server.destroy());
    server.on('error', () => undefined).on('close', () => client.end());
    let left = Infinity;
    client.on('data', (chunk: Buffer) => {
      const request = chunk.toString('latin1');
      const range = /^Range: (.*?)\r$/im.exec(request)?.[1];
      if (request.startsWith('GET /cd.iso ')) {
        if (ranges.length === 0) left = 1_500_000;
        ranges.push(range ?? 'all');
      }
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) client.destroySoon();
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.teardown(() => proxy.close());
  const downloads = join(here.dir, 'downloads');
  await browser.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads });
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/cd.iso`;
  await browser.send('Target.createTarget', { url });
  const path = join(downloads, 'cd.iso');
  // A minute at most: on a busy machine the browser takes its time.
  for (let i = 0; i < 600 && !existsSync(path); i++) await setTimeout(100);
  t.ok(existsSync(path) && readFileSync(path).equals(IMAGE), 'the download is complete and right');
  t.match(ranges, ['all', /^bytes=\d+-$/], 'it was resumed');
});

t.test('the command: its URL on stdout, signals, mistakes', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  const args = ['serve', '--jigdo-dir', 'jigdo', '--label', 'L=tree', '--listen', '127.0.0.1:0'];
  const running = new Running(dir, [...args, '--verify', '--log', '--cache', 'cache.db'], { stdout: 'pipe' });
  const [line] = (await once(running.child.stdout ?? t, 'data')) as [Buffer];
  t.match(line.toString().trim(), /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const url = line.toString().trim();
  const image = Buffer.from(await (await fetch(`${url}cd.iso`)).arrayBuffer());
  t.ok(image.equals(IMAGE));
  const taken = jigdo(dir, [...args.slice(0, -1), new URL(url).host]);
  t.match(taken, { code: 3, stderr: /Cannot listen on 127\.0\.0\.1 port \d+: Address already in use/ });

  publish(dir, 'new', PIECES);
  t.equal((await fetch(`${url}new.iso`, { method: 'HEAD' })).status, 404, 'not known yet');
  running.child.kill('SIGHUP');
  let status = 404;
  for (let i = 0; i < 100 && status === 404; i++) ({ status } = await fetch(`${url}new.iso`, { method: 'HEAD' }));
  t.equal(status, 200, 'SIGHUP: it looks again');
  running.child.kill('SIGTERM');
  t.equal(await running.ended(), 0);
  t.match(running.stderr, /^1 image, 3\.00 MB\n127\.0\.0\.1 GET \/cd\.iso 200\n/);

  writeFileSync(join(dir, 'jigdo', 'bad.jigdo'), 'nonsense');
  const mistakes: [string[], RegExp][] = [
    [['serve', 'tree'], /Which images\?/],
    [[...args, '--listen', 'here'], /must be HOST:PORT/],
    [[...args, '--url', 'javascript:alert(1)'], /must begin with http/],
    [[...args, '--url', 'http://a b.example/'], /must begin with http/],
    [['serve', '--jigdo-dir', 'none'], /Could not open `none' for input: No such file/],
  ];
  for (const [words, message] of mistakes) t.match(jigdo(dir, words), { code: 3, stderr: message }, words.join(' '));
});
