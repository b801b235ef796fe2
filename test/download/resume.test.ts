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
  /** Bytes of the part that were sent, by a server that does well. */
  sent: number;
}

/** A folder with a .jigdo, and a server that does well when it has behaved badly for some requests of the part. */
async function site(t: Test, ...bad: faulty.Behaviour[]): Promise<Site> {
  const server = await faulty.startFaultyServer(t, RELEASE.served());
  const made: Site = { folder: t.testdir(), server, sent: 0 };
  const slow = faulty.drip(1 << 16, 5, (bytes) => void (made.sent += bytes));
  server.behaviours.set('/big.deb', (exchange) => (bad[exchange.nth] ?? slow)(exchange));
  RELEASE.writeJigdo(made.folder, [server.url]);
  return made;
}

/** A download that ends by a signal in the middle of the part, as soon as what came of it is noted. */
async function interrupted(t: Test, signal: NodeJS.Signals): Promise<Site> {
  const made = await site(t, faulty.stallAfter(LENGTH / 2));
  const running = new Running(made.folder, ['download', '--quiet', 'image.jigdo'], { env: atHome(made.folder) });
  const watcher = watch(made.folder, () => {
    if (existsSync(join(made.folder, RECORD))) running.child.kill(signal);
  });
  t.equal(await running.ended(), signal === 'SIGINT' ? 130 : signal, running.stderr);
  watcher.close();
  return made;
}

/** The first byte that was asked for of the part, each time. */
const asked = ({ server }: Site): number[] =>
  server.asked
    .filter(({ path }) => path === '/big.deb')
    .map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers.range ?? 'bytes=0-')?.[1]));

/** Completes the download, and asserts that nothing was sent again. */
async function completes(t: Test, made: Site): Promise<void> {
  isWhole(t, made.folder, RELEASE, await download(made.folder, ['image.jigdo']));
  t.strictSame(readdirSync(made.folder), ['image.iso', 'image.jigdo', 'image.template']);
  const from = asked(made).at(-1) ?? 0;
  t.ok(from > 0, `asked from byte ${from}`);
  t.equal(made.sent, LENGTH - from, 'the rest and no more');
}

t.test('Ctrl-C keeps what came of a part', async (t) => {
  const made = await interrupted(t, 'SIGINT');
  const jigdoFile = oracle(t, 'jigdo-file');
  if (jigdoFile) {
    const args = ['print-missing', '-i', 'image.iso', '-j', 'image.jigdo', '-t', 'image.template'];
    const { status, stdout, stderr } = spawnSync(jigdoFile, args, { cwd: made.folder });
    t.equal(status, 0, stderr.toString());
    t.match(stdout.toString(), /big\.deb/, 'the .tmp is as the original wants it');
  }
  await completes(t, made);
});

t.test('a run that is killed loses what was not marked', async (t) => {
  await completes(t, await interrupted(t, 'SIGKILL'));
});

t.test('a server that fails, and another day', async (t) => {
  const made = await site(t, faulty.cutAfter(LENGTH / 2), faulty.cutAfter(0));
  t.equal((await download(made.folder, ['--retries', '0', 'image.jigdo'])).code, 1);
  await completes(t, made);
  t.equal(made.sent, LENGTH / 2);
});

t.test('a server that sends half of it, and then has it no more, or refuses it', async (t) => {
  for (const code of [403, 404, 410]) {
    const gone = Array.from({ length: 3 }, () => faulty.status(code));
    const made = await site(t, faulty.cutAfter(LENGTH / 2), ...gone);
    // The first is asked for the rest, and then for all.
    t.equal((await download(made.folder, ['image.jigdo'])).code, 1);
    made.server.behaviours.set(
      '/big.deb',
      faulty.drip(1 << 16, 5, (bytes) => void (made.sent += bytes)),
    );
    await completes(t, made);
    t.equal(made.sent, LENGTH / 2, `after ${code} another day has to bring the rest`);

    const other = await site(t, faulty.cutAfter(LENGTH / 2), ...gone);
    const good = await faulty.startFaultyServer(t, RELEASE.served());
    RELEASE.writeJigdo(other.folder, [other.server.url, good.url]);
    isWhole(
      t,
      other.folder,
      RELEASE,
      await download(other.folder, ['--mirror', `Acme=${other.server.url}`, 'image.jigdo']),
    );
    t.strictSame(
      good.asked.map(({ headers }) => headers.range),
      [`bytes=${LENGTH / 2}-`],
      'another server brings the rest only',
    );
  }
});

t.test('a record that is wrong costs time, and nothing else', async (t) => {
  const made = await interrupted(t, 'SIGINT');
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
  const made = await site(t, faulty.cutAfter(LENGTH / 2), faulty.cutAfter(0));
  writeFileSync(join(made.folder, RECORD), 'mine\n');
  t.equal((await download(made.folder, ['--retries', '0', 'image.jigdo'])).code, 1);
  isWhole(t, made.folder, RELEASE, await download(made.folder, ['image.jigdo']));
  t.equal(readFileSync(join(made.folder, RECORD), 'latin1'), 'mine\n');
});
