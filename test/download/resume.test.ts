// `jigdo download`, ended in the middle of a part: what came of it is kept, checked, and not fetched again.
import t, { type Test } from 'tap';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Running } from '../cli/jigdo.js';
import { oracle } from '../support/oracle.js';
import * as faulty from '../support/servers/faulty-http.js';
import { Release } from './release.js';
import { atHome, download, isWhole } from './support.js';

const LENGTH = 2 << 20;
const RELEASE = Release.of(['big.deb'], LENGTH);
const RECORD = 'image.iso.tmp.ranges';

interface Site {
  readonly folder: string;
  readonly server: faulty.FaultyServer;
  /** Bytes of the part that were sent. */
  sent: number;
  /** Told of each piece that is sent. */
  onSent: () => void;
}

/** A folder with a .jigdo, and a server that sends 64 KiB each 10 ms. */
async function site(t: Test): Promise<Site> {
  const server = await faulty.startFaultyServer(t, RELEASE.served());
  const made: Site = { folder: t.testdir(), server, sent: 0, onSent: () => undefined };
  server.behaviours.set(
    '/big.deb',
    faulty.drip(1 << 16, 10, (bytes) => {
      made.sent += bytes;
      made.onSent();
    }),
  );
  RELEASE.writeJigdo(made.folder, [server.url]);
  return made;
}

const begin = ({ folder }: Site): Running =>
  new Running(folder, ['download', '--quiet', 'image.jigdo'], { env: atHome(folder) });

/** Ends a download by a signal in the middle of the part. */
async function interrupted(site: Site, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  const running = begin(site);
  site.onSent = () => void (site.sent > LENGTH / 2 && running.child.kill(signal));
  await running.ended();
  site.onSent = () => undefined;
}

/** The first byte that was asked for of the part, each time. */
const asked = ({ server }: Site): number[] =>
  server.asked
    .filter(({ path }) => path === '/big.deb')
    .map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers.range ?? 'bytes=0-')?.[1]));

/** Completes the download; returns how many bytes were sent for it. */
async function completed(t: Test, site: Site): Promise<number> {
  site.sent = 0;
  isWhole(t, site.folder, RELEASE, await download(site.folder, ['image.jigdo']));
  t.strictSame(readdirSync(site.folder), ['image.iso', 'image.jigdo', 'image.template']);
  return site.sent;
}

t.test('Ctrl-C keeps what came of a part', async (t) => {
  const made = await site(t);
  await interrupted(made);
  t.ok(existsSync(join(made.folder, RECORD)));
  const jigdoFile = oracle(t, 'jigdo-file');
  if (jigdoFile) {
    const args = ['print-missing', '-i', 'image.iso', '-j', 'image.jigdo', '-t', 'image.template'];
    const { status, stdout, stderr } = spawnSync(jigdoFile, args, { cwd: made.folder });
    t.equal(status, 0, stderr.toString());
    t.match(stdout.toString(), /big\.deb/, 'the .tmp is as the original wants it');
  }
  const sent = await completed(t, made);
  const [, from] = asked(made);
  t.ok(from > LENGTH / 4, `asked from byte ${from}`);
  t.equal(sent, LENGTH - from, 'the rest and no more');
});

t.test('a run that is killed loses what was not marked', async (t) => {
  const made = await site(t);
  const running = begin(made);
  const watcher = watch(made.folder, () => {
    if (existsSync(join(made.folder, RECORD))) running.child.kill('SIGKILL');
  });
  t.equal(await running.ended(), 'SIGKILL');
  watcher.close();
  const sent = await completed(t, made);
  const [, from] = asked(made);
  t.ok(from > 0, `asked from byte ${from}`);
  t.equal(sent, LENGTH - from);
});

t.test('a server that fails for good, and another day', async (t) => {
  const made = await site(t);
  const slow = made.server.behaviours.get('/big.deb') ?? faulty.good;
  const [half, nothing] = [faulty.cutAfter(LENGTH / 2), faulty.cutAfter(0)];
  made.server.behaviours.set('/big.deb', (exchange) => (exchange.nth === 0 ? half : nothing)(exchange));
  t.equal((await download(made.folder, ['--retries', '1', 'image.jigdo'])).code, 1);
  made.server.asked.length = 0;
  made.server.behaviours.set('/big.deb', slow);
  const sent = await completed(t, made);
  t.strictSame(asked(made), [LENGTH / 2]);
  t.equal(sent, LENGTH / 2);
});

t.test('a record that is wrong costs time, and nothing else', async (t) => {
  const made = await site(t);
  await interrupted(made);
  const [tmp, record] = [join(made.folder, 'image.iso.tmp'), join(made.folder, RECORD)];
  const [bytes, text] = [readFileSync(tmp), readFileSync(record, 'latin1')];
  const damaged = Buffer.from(bytes);
  const begins = RELEASE.image.indexOf(RELEASE.parts.get('big.deb') ?? '');
  damaged.fill(0, begins + 1000, begins + 2000);
  /** In place of the stretch that is recorded. */
  const stretch = (other: string): string => text.replace(/: \d+-\d+\n/, `: ${other}\n`);
  const kinds: Record<string, [tmp: Buffer, record: string]> = {
    'bytes that are damaged': [damaged, text],
    'all of it, which is not there': [bytes, stretch(`0-${LENGTH}`)],
    'too much': [bytes, stretch(`0-${LENGTH + 1}`)],
    'two stretches': [bytes, stretch(`0-5000 70000-${LENGTH / 4}`)],
    'of another .tmp': [bytes, text.replace(/\n\d+ /, '\n1 ')],
    'cut short': [bytes, text.slice(0, -20)],
    nonsense: [bytes, text.replace(/\n.*/, '\n\0\n: : :\n')],
  };
  made.server.behaviours.clear();
  for (const [name, [tmpBytes, recordText]] of Object.entries(kinds)) {
    // In place: the file stays the same one.
    writeFileSync(tmp, tmpBytes);
    writeFileSync(
      record,
      name === 'of another .tmp' ? recordText : recordText.replace(/\n\d+ /, `\n${statSync(tmp).ino} `),
    );
    const { code, stderr } = await download(made.folder, ['image.jigdo']);
    t.equal(code, 0, `${name}: ${stderr}`);
    t.ok(readFileSync(join(made.folder, 'image.iso')).equals(RELEASE.image), name);
    t.notOk(existsSync(record), name);
    t.notMatch(stderr, /wrong content$/m, 'nobody is to blame');
    rmSync(join(made.folder, 'image.iso'));
  }
});

t.test('a file of somebody else is left alone', async (t) => {
  const made = await site(t);
  writeFileSync(join(made.folder, RECORD), 'mine\n');
  await interrupted(made);
  isWhole(t, made.folder, RELEASE, await download(made.folder, ['image.jigdo']));
  t.equal(readFileSync(join(made.folder, RECORD), 'latin1'), 'mine\n');
});
