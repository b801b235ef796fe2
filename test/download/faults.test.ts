// `jigdo download` from a server that does all wrong that servers do: with a good one beside it, and without.
import t, { type Test } from 'tap';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as faulty from '../support/servers/faulty-http.js';
import { Release } from './release.js';
import { download, isIncomplete, isWhole } from './support.js';

/** Files that can never be had from a server that does this with them. */
const FATAL: Record<string, faulty.Behaviour> = {
  'not-found': faulty.status(404),
  forbidden: faulty.status(403),
  corrupt: faulty.corrupt(500),
  'corrupt-at-the-end': faulty.corrupt(),
  'too-short': faulty.wrongLength(-7),
  'too-long': faulty.wrongLength(7),
  'to-a-file': faulty.redirect('file:///etc/passwd'),
  'to-another-scheme': faulty.redirect('gopher://127.0.0.1/x'),
  'to-itself': faulty.redirect('/to-itself'),
  compressed: faulty.gzipped,
};

/** A server that does this with all files is as good as none. */
const DEAD: Record<string, faulty.Behaviour> = {
  silent: faulty.silent,
  stalls: faulty.stallAfter(1000),
  unavailable: faulty.status(503),
  'cut off': faulty.cutAfter(0),
  'full of promises': faulty.interim,
  'full of headers': faulty.hugeHeader(300_000),
};

/** Files that can be had nevertheless. */
const PASSING: Record<string, faulty.Behaviour> = {
  good: faulty.good,
  'available-later': faulty.atFirst(1, faulty.status(503, { 'Retry-After': '0' })),
  'cut-at-first': faulty.atFirst(1, faulty.cutAfter(2000)),
  'cut-then-all': (exchange) => (exchange.nth === 0 ? faulty.cutAfter(2000) : faulty.ignoreRange)(exchange),
  'stalls-at-first': faulty.atFirst(1, faulty.stallAfter(1000)),
  chunked: faulty.chunked,
  endless: faulty.endless,
  'cut-then-elsewhere': (exchange) => (exchange.nth === 0 ? faulty.cutAfter(2000) : faulty.otherRange(9))(exchange),
  drips: faulty.drip(1500, 20),
  moved: faulty.redirect('/elsewhere/moved'),
};

const QUICK = ['--timeout', '1', '--retries', '2'];

/** A server that does all that. */
async function startBadServer(t: Test, release: Release): Promise<faulty.FaultyServer> {
  const served = release.served();
  const server = await faulty.startFaultyServer(
    t,
    served.set('/elsewhere/moved', served.get('/moved') ?? Buffer.alloc(0)),
  );
  for (const [name, behaviour] of Object.entries({ ...FATAL, ...PASSING }))
    server.behaviours.set(`/${name}`, behaviour);
  return server;
}

t.test('with a good server beside it, which is asked second', async (t) => {
  const release = Release.of([...Object.keys(FATAL), ...Object.keys(PASSING)], 5000);
  const folder = t.testdir({ got: {} });
  const bad = await startBadServer(t, release);
  const good = await faulty.startFaultyServer(t, release.served());
  release.writeJigdo(folder, [good.url]);
  const got = join(folder, 'got');
  const ended = await download(got, [...QUICK, '--mirror', `Acme=${bad.url}`, '../image.jigdo']);
  isWhole(t, got, release, ended);
  t.ok(good.asked.length > 0, 'the good one was needed');
  t.ok(ended.stderr.includes(`${bad.url}corrupt: wrong content`), ended.stderr);
});

t.test('all that there is', async (t) => {
  const release = Release.of([...Object.keys(FATAL), ...Object.keys(PASSING)], 5000);
  const folder = t.testdir({ got: {} });
  const server = await startBadServer(t, release);
  release.writeJigdo(folder, [server.url]);
  const got = join(folder, 'got');
  const said = isIncomplete(t, got, await download(got, [...QUICK, '../image.jigdo']));
  for (const name of Object.keys(FATAL)) t.ok(said.includes(`${server.url}${name}`), `${name} is listed`);
  t.match(said, new RegExp(`^Missing: ${Object.keys(FATAL).length}$`, 'm'));
  server.behaviours.clear();
  server.asked.length = 0;
  isWhole(t, got, release, await download(got, ['../image.jigdo']));
  t.strictSame(
    new Set(server.asked.map(({ path }) => path.slice(1))),
    new Set(Object.keys(FATAL)),
    'only what was missing was fetched',
  );
});

t.test('servers as good as none', async (t) => {
  const release = Release.of(['a', 'b', 'c', 'd', 'e', 'f'], 5000);
  const folder = t.testdir();
  await Promise.all(
    Object.entries(DEAD).map(async ([name, behaviour]) => {
      const [bad, good] = await Promise.all([1, 2].map(() => faulty.startFaultyServer(t, release.served())));
      bad.otherwise = behaviour;
      const got = join(folder, name);
      mkdirSync(got);
      release.writeJigdo(got, [bad.url]);
      const said = isIncomplete(t, got, await download(got, ['--timeout', '1', '--retries', '1', 'image.jigdo']));
      t.ok(said.includes(bad.url), said);
      release.writeJigdo(got, [bad.url, good.url]);
      isWhole(t, got, release, await download(got, ['--timeout', '1', '--retries', '1', 'image.jigdo']));
    }),
  );
});

t.test('a list of checksums, which has others than the template', async (t) => {
  const release = Release.of(['a.deb'], 5000);
  const files = release.served();
  const server = await faulty.startFaultyServer(t, files);
  const listed = (hash: string, text: string | Buffer): Buffer =>
    Buffer.from(`${createHash(hash).update(text).digest('hex')}  image.iso\n`);
  files.set('/image.jigdo', release.jigdo([server.url])).set('/image.template', release.template);
  files.set('/SHA512SUMS', listed('sha512', release.image)).set('/SHA256SUMS', listed('sha256', 'another image'));
  const folder = t.testdir({ right: {}, wrong: {} });
  const args = (list: string): string[] => ['--sums', server.url + list, `${server.url}image.jigdo`];

  const right = join(folder, 'right');
  const outcome = await download(right, args('SHA512SUMS'));
  isWhole(t, right, release, outcome);
  t.match(outcome.stderr, /OK: the SHA512 of `image.iso' is that of line 1 of/);
  const again = await download(right, args('SHA512SUMS'));
  t.match(again, { code: 0, stderr: /is there already, and is right\nOK: the SHA512 of/ });

  const elsewhere = await download(right, ['--image', 'nowhere/x.iso', `${server.url}image.jigdo`]);
  t.match(elsewhere, { code: 3, stderr: "`nowhere/x.iso' for output: No such file or directory\n" });

  const { code, stderr } = await download(join(folder, 'wrong'), args('SHA256SUMS'));
  t.equal(code, 2, stderr);
  t.match(stderr, /its SHA256 is .* the image is kept as `image.iso.bad'\n$/);
});
