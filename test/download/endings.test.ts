// `jigdo download` from servers that send everything, and then do not come to an end; and from those that resume badly.
import t from 'tap';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadJigdo } from '../../src/fetch/jigdo-source.js';
import { obtainTemplate } from '../../src/fetch/obtain-template.js';
import { fromText, toPath } from '../../src/format/bytes.js';
import { SILENT } from '../../src/io/reporter.js';
import { openTransport } from '../../src/net/open-transport.js';
import { startFaultyFtp } from '../support/servers/faulty-ftp.js';
import * as faulty from '../support/servers/faulty-http.js';
import { Release } from './release.js';
import { download, isWhole } from './support.js';

t.test('answers that end late, or never', async (t) => {
  const release = Release.of(['a', 'b', 'c', 'd', 'e', 'f'], 5000);
  const folder = t.testdir();
  await Promise.all(
    [4000, 60_000].flatMap((late) =>
      [503, 416].map(async (code) => {
        const server = await faulty.startFaultyServer(t, release.served());
        // Whoever asks for what is there already gets what servers say to that.
        server.otherwise = (exchange) => (exchange.range.asked ? faulty.status(code) : faulty.endsLate(late))(exchange);
        const got = join(folder, `${late}-${code}`);
        mkdirSync(got);
        release.writeJigdo(got, [server.url]);
        const began = performance.now();
        isWhole(t, got, release, await download(got, ['image.jigdo']));
        t.ok(performance.now() - began < 15_000, 'without waiting for the ends');
        t.notOk(
          server.asked.some(({ headers }) => headers.range),
          'nothing is asked for that is there',
        );
      }),
    ),
  );
});

t.test('FTP servers that say late, or never, that all is sent', async (t) => {
  const release = Release.of(['a', 'b', 'c'], 5000);
  const folder = t.testdir();
  await Promise.all(
    [3000, Infinity].map(async (late) => {
      const server = await startFaultyFtp(t, release.served(), { late });
      const got = join(folder, String(late));
      mkdirSync(got);
      release.writeJigdo(got, [server.url]);
      isWhole(t, got, release, await download(got, ['image.jigdo']));
      const asked = server.commands.filter((command) => command.startsWith('RETR'));
      t.equal(asked.length, release.parts.size, 'each part was asked for once');
    }),
  );
});

/** What servers say when they are asked for the rest. */
const RESUMES: Record<string, faulty.Behaviour> = {
  'not-satisfiable': faulty.status(416),
  'not-found': faulty.status(404),
  forbidden: faulty.status(403),
  'bad-request': faulty.status(400),
  'not-implemented': faulty.status(501),
  'to-itself': faulty.redirect('/to-itself'),
  earlier: faulty.otherRange(-5),
  later: faulty.otherRange(5),
  all: faulty.ignoreRange,
  corrupt: faulty.corrupt(),
  compressed: faulty.gzipped,
  'too-short': faulty.wrongLength(-7),
  'too-long': faulty.wrongLength(7),
  'no-unit': faulty.partial(({ first, end }, length) => ({ 'Content-Range': `${first}-${end - 1}/${length}` })),
  'other-unit': faulty.partial(({ first, end }, length) => ({
    'Content-Range': `lines ${first}-${end - 1}/${length}`,
  })),
  'no-range': faulty.partial(() => ({})),
  'any-total': faulty.partial(({ first, end }) => ({ 'Content-Range': `bytes ${first}-${end - 1}/*` })),
  'other-total': faulty.partial(({ first, end }) => ({ 'Content-Range': `bytes ${first}-${end - 1}/${end + 9}` })),
  multipart: faulty.partial(() => ({ 'Content-Type': 'multipart/byteranges; boundary=X' })),
  'compressed-range': faulty.partial(({ first, end }, length) => ({
    'Content-Range': `bytes ${first}-${end - 1}/${length}`,
    'Content-Encoding': 'gzip',
  })),
  cut: faulty.cutAfter(0),
};

/** Cut the first time; the rest as told; all of it well. */
const resuming = (behaviour: faulty.Behaviour): faulty.Behaviour => {
  return (exchange) => {
    const first = exchange.nth === 0 ? faulty.cutAfter(2000) : faulty.good;
    return (exchange.range.asked ? behaviour : first)(exchange);
  };
};

t.test('a part whose rest cannot be had, or does not fit, is had as a whole', async (t) => {
  const release = Release.of(Object.keys(RESUMES), 5000);
  const folder = t.testdir({ got: {} });
  const server = await faulty.startFaultyServer(t, release.served());
  for (const [name, behaviour] of Object.entries(RESUMES)) server.behaviours.set(`/${name}`, resuming(behaviour));
  release.writeJigdo(folder, [server.url]);
  const got = join(folder, 'got');
  const ended = await download(got, ['../image.jigdo']);
  isWhole(t, got, release, ended);
  t.notMatch(ended.stderr, /wrong content$/m, 'nobody is to blame');
});

t.test('templates likewise, within one run', async (t) => {
  const release = Release.of(['a'], 5000);
  const folder = t.testdir();
  const transport = openTransport({ connections: 1 });
  t.teardown(() => transport.close());
  const options = { transport, reporter: SILENT, retries: 2 };
  for (const [name, behaviour] of Object.entries(RESUMES)) {
    const server = await faulty.startFaultyServer(t, new Map([['/image.template', release.template]]));
    server.otherwise = resuming(behaviour);
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'image.jigdo'), release.jigdo([server.url], undefined, server.url));
    const source = await loadJigdo(fromText(join(folder, name, 'image.jigdo')), { transport, reporter: SILENT });
    const path = await obtainTemplate(source.images[0], { ...options, folder: fromText(join(folder, name, '/')) });
    t.ok(readFileSync(toPath(path)).equals(release.template), name);
  }
});

t.test('a template that stays wrong is the fault of its server, after a second time', async (t) => {
  const release = Release.of(['a'], 5000);
  const folder = t.testdir({ got: {} });
  const wrong = Buffer.from(release.template);
  wrong[100] ^= 1;
  const server = await faulty.startFaultyServer(t, new Map([['/image.template', wrong]]));
  server.otherwise = (exchange) => (exchange.range.asked ? faulty.good : faulty.cutAfter(2000))(exchange);
  writeFileSync(join(folder, 'image.jigdo'), release.jigdo([], undefined, server.url));
  const { code, stderr } = await download(join(folder, 'got'), ['../image.jigdo']);
  t.equal(code, 2, stderr);
  t.match(stderr, /image.template: this is not the template of the .jigdo/);
  t.equal(server.asked.length, 4);
});
