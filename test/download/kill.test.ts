// `jigdo download`, stopped by all means at all times: what IMAGE.tmp says is true, and a later run goes on from there.
import t, { type Test } from 'tap';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fromText } from '../../src/format/bytes.js';
import { FileReader } from '../../src/io/reader.js';
import { examineTmp } from '../../src/rebuild/tmp-state.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { Running } from '../cli/jigdo.js';
import { Random } from '../support/random-trees.js';
import * as faulty from '../support/servers/faulty-http.js';
import { Release } from './release.js';
import { atHome, download, isWhole } from './support.js';

/** The signal comes when so many parts are there. */
const ENOUGH = 8;

/** How often the download is killed. */
const KILLS = process.env.JIGDO_LONG ? 100 : 10;

/** Asserts that every part which the .tmp says to be written is. Returns how many these are. `beside`: the folder of the template. */
function checkTmp(t: Test, folder: string, release: Release, beside = folder): number {
  const tmp = join(folder, 'image.iso.tmp');
  if (!existsSync(tmp)) return 0;
  using template = new FileReader(fromText(join(beside, 'image.template')));
  using reader = new FileReader(fromText(tmp));
  const state = examineTmp(reader, openTemplate(template));
  if (state.kind === 'foreign') t.fail(`the .tmp is spoilt: ${state.reason}`);
  if (state.kind !== 'reusable') return 0;
  let [offset, written] = [0, 0];
  for (const entry of state.entries) {
    if (entry.kind === 'part' && entry.written) {
      const bytes = release.image.subarray(offset, offset + entry.length);
      const there = new Uint8Array(entry.length);
      reader.read(there, offset);
      if (!bytes.equals(there)) t.fail(`the part at ${offset} is not written`);
      written++;
    }
    offset += entry.length;
  }
  return written;
}

/** A slow server (`pause`: milliseconds between 4 KiB and the next), and what it is told to do when so many more bytes have been sent. */
async function slowServer(
  t: Test,
  release: Release,
  pause = 1,
): Promise<{
  url: string;
  asked: faulty.Asked[];
  behaviours: Map<string, faulty.Behaviour>;
  after(bytes: number, then: () => void): void;
}> {
  const server = await faulty.startFaultyServer(t, release.served());
  let left = Infinity;
  let act = (): void => {};
  server.otherwise = faulty.drip(4096, pause, (bytes) => {
    left -= bytes;
    if (left > 0) return;
    left = Infinity;
    act();
  });
  const { url, asked, behaviours } = server;
  return {
    url,
    asked,
    behaviours,
    after: (bytes, then) => {
      left = bytes;
      act = then;
    },
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `pool/package-${i}.deb`);

t.test(`killed ${KILLS} times at random`, async (t) => {
  const random = new Random(5);
  const release = Release.of(names(40), 20_000);
  const total = release.image.length;
  const folder = t.testdir();
  const server = await slowServer(t, release);
  release.writeJigdo(folder, [server.url]);
  let [kills, most, whole] = [0, 0, 0];
  while (kills < KILLS) {
    const running = new Running(folder, ['download', 'image.jigdo'], { env: atHome(folder) });
    const delay = random.below(60);
    server.after(random.below(total), () => void setTimeout(delay).then(() => running.child.kill('SIGKILL')));
    const end = await running.ended();
    if (end === 'SIGKILL') {
      kills++;
      most = Math.max(most, checkTmp(t, folder, release));
    } else {
      isWhole(t, folder, release, { code: Number(end), stdout: Buffer.alloc(0), stderr: running.stderr });
      if (end !== 0) return;
      rmSync(join(folder, 'image.iso'));
      whole++;
    }
  }
  server.after(Infinity, () => {});
  isWhole(t, folder, release, await download(folder, ['image.jigdo']));
  t.comment(`${whole} times done before the signal came`);
  // Parts are marked now and then, so that a few kills may all come before: Ctrl-C, below, shows that they are.
  const marked = `up to ${most} parts were marked as written`;
  if (KILLS >= 100) t.ok(most > 0, marked);
  else t.comment(marked);
});

t.test('Ctrl-C, and the rest later', async (t) => {
  const release = Release.of(names(30), 20_000);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const folder = t.testdir();
    const server = await slowServer(t, release, 10);
    // However late the signal comes, these are not there yet.
    for (const name of [...release.parts.keys()].slice(-10)) server.behaviours.set(`/${name}`, faulty.silent);
    release.writeJigdo(folder, [server.url]);
    const running = new Running(folder, ['download', '--json', 'image.jigdo'], { env: atHome(folder), stdout: 'pipe' });
    let told = 0;
    running.child.stdout?.on('data', (chunk: Buffer) => {
      const before = told;
      told += chunk.toString().match(/"event":"part"/g)?.length ?? 0;
      if (before < ENOUGH && told >= ENOUGH) running.child.kill(signal);
    });
    t.equal(await running.ended(), code, running.stderr);
    t.match(running.stderr, /Interrupted/);
    const written = checkTmp(t, folder, release);
    t.equal(written, told, 'all that was said to be there is');
    t.ok(written >= ENOUGH && written < release.parts.size, `${written} parts are written`);
    server.behaviours.clear();
    server.asked.length = 0;
    isWhole(t, folder, release, await download(folder, ['image.jigdo']));
    const again = new Set(server.asked.map(({ path }) => path));
    t.equal(again.size, release.parts.size - written, 'only the others were fetched');
  }
});

t.test('a disk that is full', async (t) => {
  const release = Release.of(names(30), 20_000);
  const folder = t.testdir();
  // Not in the folder of the test, which could not be removed if this process were killed.
  const disk = mkdtempSync(join(tmpdir(), 'jigdo-disk-'));
  t.teardown(() => rmSync(disk, { recursive: true }));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', disk]).status !== 0) {
    t.comment('skipped: only root can mount a small disk');
    return;
  }
  t.teardown(() => void spawnSync('umount', [disk]));
  const server = await slowServer(t, release);
  release.writeJigdo(folder, [server.url]);
  const filler = join(disk, 'filler');
  server.after(500_000, () => spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']));
  const { code, stderr } = await download(disk, [`${folder}/image.jigdo`]);
  t.equal(code, 3, stderr);
  t.match(stderr, /No space left on device/);
  t.notMatch(stderr, /^ +at /m, 'no stack trace');
  rmSync(filler);
  checkTmp(t, disk, release, folder);
  isWhole(t, disk, release, await download(disk, [`${folder}/image.jigdo`]));
});
