// The servers that other tests download from do what they promise, and end.
import t, { type Test } from 'tap';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { noise } from '../../cli/jigdo.js';
import { oracle } from '../oracle.js';
import { startDelayingProxy } from './delaying-proxy.js';
import * as faulty from './faulty-http.js';
import { startHttpProxy } from './http-proxy.js';
import { startNginx } from './nginx.js';
import { startVsftpd } from './vsftpd.js';

/** What curl gets, or the name of its error. */
async function curl(program: string, ...args: string[]): Promise<Buffer | number> {
  const options = { encoding: 'buffer', maxBuffer: 1 << 26 } as const;
  const all = ['--silent', '--fail', '--max-time', '10', ...args];
  return promisify(execFile)(program, all, options).then(
    ({ stdout }) => stdout,
    (error: { code: number }) => error.code,
  );
}

t.test('nginx, twice, and delayed', async (t) => {
  const [nginx, program] = [oracle(t, 'nginx'), oracle(t, 'curl')];
  if (!nginx || !program) return;
  const folder = t.testdir({ one: {}, two: {} });
  const content = noise(300_000, 1);
  writeFileSync(join(folder, 'two/a b%3a#?.deb'), content);
  const [one, two] = await startNginx(t, nginx, [join(folder, 'one'), join(folder, 'two')]);
  t.equal(await curl(program, `${one.url}a%20b%253a%23%3f.deb`), 22);
  t.strictSame(await curl(program, `${two.url}a%20b%253a%23%3f.deb`), content);
  t.match(await one.requests(), [{ path: '/a%20b%253a%23%3f.deb', status: 404 }]);
  t.match(await two.requests(), [{ method: 'GET', status: 200, bytes: 300_000, range: '' }]);

  const proxy = await startDelayingProxy(t, Number(new URL(two.url).port), 20);
  const began = performance.now();
  t.strictSame(await curl(program, `http://127.0.0.1:${proxy.port}/a%20b%253a%23%3f.deb`), content);
  t.ok(performance.now() - began >= 80, 'one round trip to connect, one to ask');
  t.equal(proxy.connections, 1);
});

t.test('vsftpd', async (t) => {
  const [vsftpd, program] = [oracle(t, 'vsftpd'), oracle(t, 'curl')];
  if (!vsftpd || !program) return;
  const content = noise(100_000, 2);
  const folder = t.testdir();
  writeFileSync(join(folder, 'a b#?.deb'), content);
  const mirror = await startVsftpd(t, vsftpd, folder);
  t.strictSame(await curl(program, `${mirror.url}a%20b%23%3f.deb`), content);
  t.ok(mirror.commands().includes('RETR a b#?.deb'), mirror.commands().join(', '));
});

/** A faulty server with one file, and a way to ask for it. */
async function withFile(
  t: Test,
  program: string,
): Promise<[faulty.FaultyServer, (...args: string[]) => ReturnType<typeof curl>]> {
  const server = await faulty.startFaultyServer(t, new Map([['/file', CONTENT]]));
  return [server, (...args) => curl(program, `${server.url}file`, ...args)];
}
const CONTENT = noise(50_000, 3);

t.test('a faulty server', async (t) => {
  const program = oracle(t, 'curl');
  if (!program) return;
  const [server, get] = await withFile(t, program);
  const as = async (behaviour: faulty.Behaviour, ...args: string[]): ReturnType<typeof curl> => {
    server.otherwise = behaviour;
    return get(...args);
  };
  const tail = ['--range', '1000-1999'];
  t.strictSame(await as(faulty.good), CONTENT);
  t.strictSame(await as(faulty.good, ...tail), CONTENT.subarray(1000, 2000));
  t.strictSame(await as(faulty.chunked), CONTENT);
  t.strictSame(await as(faulty.drip(20_000, 1)), CONTENT);
  t.strictSame(await as(faulty.gzipped, '--compressed'), CONTENT);
  t.strictSame(await as(faulty.ignoreRange, ...tail), CONTENT);
  t.strictSame(await as(faulty.otherRange(5), ...tail), CONTENT.subarray(1005, 2005));
  t.notSame(await as(faulty.corrupt(7)), CONTENT);
  t.equal(await as(faulty.cutAfter(100)), 18, 'partial');
  t.equal(await as(faulty.wrongLength(5)), 18, 'partial');
  t.strictSame(await as(faulty.wrongLength(-5)), CONTENT.subarray(0, -5));
  t.equal(await as(faulty.stallAfter(100), '--max-time', '0.3'), 28, 'timeout');
  t.equal(await as(faulty.silent, '--max-time', '0.3'), 28, 'timeout');
  t.type(await as(faulty.hugeHeader(500_000)), 'number', 'too large a header');
  t.equal(await as(faulty.endless, '--max-time', '0.3', '--output', '/dev/null'), 28, 'timeout');
  t.equal(await as(faulty.redirect('/file'), '--location'), 47, 'too many redirects');
  const before = server.asked.length;
  server.behaviours.set('/once', faulty.atFirst(1, faulty.status(503, { 'Retry-After': '0' })));
  t.equal(await curl(program, `${server.url}once`), 22);
  t.equal((await curl(program, `${server.url}once`)).toString(), '');
  t.strictSame(
    server.asked.slice(before).map(({ path }) => path),
    ['/once', '/once'],
  );
});

t.test('a proxy', async (t) => {
  const program = oracle(t, 'curl');
  if (!program) return;
  const [server, get] = await withFile(t, program);
  const proxy = await startHttpProxy(t);
  t.strictSame(await get('--proxy', proxy.url.replace('//', '//user:secret@')), CONTENT);
  t.strictSame(await get('--proxy', proxy.url, '--proxytunnel'), CONTENT);
  t.strictSame(proxy.asked, [`${server.url}file`, `CONNECT ${new URL(server.url).host}`]);
  t.strictSame(proxy.credentials, [`Basic ${Buffer.from('user:secret').toString('base64')}`]);
});
