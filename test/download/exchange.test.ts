// A download that one program began is finished by another: jigdo download, the original's jigdo-file, and the jigdo-lite script.
import t, { type Test } from 'tap';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../differential/support.js';
import { oracle } from '../support/oracle.js';
import { startNginx, type Mirror } from '../support/servers/nginx.js';
import { Release } from './release.js';
import { atHome, download, isIncomplete, isWhole } from './support.js';

const RELEASE = Release.of(Array.from({ length: 12 }, (_, i) => `pool/package_${i}.deb`));
const isMissing = (name: string): boolean => /[37]\.deb$/.test(name);

/** A mirror that lacks files, a folder to download into, and what completes the mirror. */
async function world(t: Test, nginx: string): Promise<{ mirror: Mirror; got: string; complete: () => void }> {
  const folder = t.testdir({ www: {}, got: {} });
  const [mirror] = await startNginx(t, nginx, [join(folder, 'www')]);
  RELEASE.writeParts(mirror.root, (name) => !isMissing(name));
  RELEASE.writeJigdo(mirror.root, [mirror.url]);
  return { mirror, got: join(folder, 'got'), complete: () => RELEASE.writeParts(mirror.root, isMissing) };
}

/** The parts that were had from a mirror, from the nth request on. */
async function partsOf(mirror: Mirror, from = 0): Promise<string[]> {
  const requests = (await mirror.requests()).slice(from);
  return requests.flatMap(({ path, status }) => (status < 300 && path.endsWith('.deb') ? [path.slice(1)] : [])).sort();
}
const MISSING = [...RELEASE.parts.keys()].filter(isMissing);

/** Runs the script to its end, or until it says that files are missing; then it would only try again and again. */
async function jigdoLite(
  lite: string,
  folder: string,
  url: string,
): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
  // In a group of its own, to be killed with wget and jigdo-file.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', lite, '--noask', url], {
    cwd: folder,
    env: { ...process.env, ...atHome(folder), LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    timeout: 60_000,
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('latin1')));
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('latin1');
    if (stdout.includes('could not be downloaded')) process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.from(stdout, 'latin1'), stderr };
}

t.test('ours, then jigdo-lite', async (t) => {
  const [lite, nginx] = [oracle(t, 'jigdo-lite'), oracle(t, 'nginx')];
  if (!lite || !nginx || !oracle(t, 'wget')) return;
  const { mirror, got, complete } = await world(t, nginx);
  const said = isIncomplete(t, got, await download(got, [`${mirror.url}image.jigdo`]));
  for (const name of MISSING) t.ok(said.includes(name), `${name} is listed`);
  complete();
  const before = (await mirror.requests()).length;
  isWhole(t, got, RELEASE, await jigdoLite(lite, got, `${mirror.url}image.jigdo`));
  t.strictSame(await partsOf(mirror, before), MISSING, 'it fetched only what was missing');
});

t.test('jigdo-lite, then ours', async (t) => {
  const [lite, nginx] = [oracle(t, 'jigdo-lite'), oracle(t, 'nginx')];
  if (!lite || !nginx || !oracle(t, 'wget')) return;
  const { mirror, got, complete } = await world(t, nginx);
  t.match(await jigdoLite(lite, got, `${mirror.url}image.jigdo`), { code: null }, 'it gave up');
  complete();
  const before = (await mirror.requests()).length;
  isWhole(t, got, RELEASE, await download(got, [`${mirror.url}image.jigdo`]));
  t.strictSame(await partsOf(mirror, before), MISSING, 'we fetched only what was missing');
});

t.test('ours, then jigdo-file; jigdo-file, then ours', async (t) => {
  const [file, nginx] = [oracle(t, 'jigdo-file'), oracle(t, 'nginx')];
  if (!file || !nginx) return;
  const { mirror, got } = await world(t, nginx);
  isIncomplete(t, got, await download(got, [`${mirror.url}image.jigdo`]));
  const names = ['--image=image.iso', '--template=image.template', '--jigdo=image.jigdo'];
  RELEASE.writeJigdo(got, [mirror.url]);
  const listed = await run(file, ['print-missing', ...names], got);
  t.strictSame(
    listed.stdout.match(/\S+\.deb$/gm)?.sort(),
    MISSING.map((name) => mirror.url + name),
  );
  const rest = join(got, 'rest');
  RELEASE.writeParts(rest, isMissing);
  const { code, stdout, stderr } = await run(file, ['make-image', '--report=quiet', ...names, rest], got);
  isWhole(t, got, RELEASE, { code: Number(code), stdout: Buffer.from(stdout), stderr });

  const other = join(got, 'other');
  mkdirSync(other);
  RELEASE.writeJigdo(other, [mirror.url]);
  t.match(await run(file, ['make-image', '--report=quiet', ...names, rest], other), { code: 1 });
  const before = (await mirror.requests()).length;
  isWhole(t, other, RELEASE, await download(other, ['image.jigdo']));
  t.strictSame(
    await partsOf(mirror, before),
    [...RELEASE.parts.keys()].filter((name) => !isMissing(name)).sort(),
    'we fetched only what was missing',
  );
});
