// Debian's scripts, unmodified, with our jigdo-file in the place of theirs: downloads and mirrors give the same images.
import t from 'tap';
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { jigdo as runJigdo } from '../cli/jigdo.js';
import { oracle } from '../support/oracle.js';
import { Random } from '../support/random-trees.js';
import { startNginx, type Mirror } from '../support/servers/nginx.js';
import { OURS } from './jigdo-file/run.js';

/** A folder with our jigdo-file under its name, and copies of scripts that look for it beside themselves. */
function installation(folder: string, ...scripts: string[]): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'jigdo-file'), `#!/bin/sh\nNODE_OPTIONS= exec '${process.execPath}' '${OURS}' "$@"\n`);
  chmodSync(join(bin, 'jigdo-file'), 0o755);
  for (const script of scripts) copyFileSync(script, join(bin, script.replace(/.*\//, '')));
  return bin;
}

/** A pool of files, the image of them, and the .jigdo and .template that we make of both, below `folder/www`. */
function release(folder: string, bin: string, url: string, ...options: string[]): void {
  const random = new Random(7);
  const www = join(folder, 'www');
  const names = Array.from({ length: 12 }, (_, i) => `pool/${'abc'[i % 3]}/package ${i}.deb`);
  const pieces: Buffer[] = [];
  for (const name of names) {
    const content = random.bytes(1200 + random.below(9000));
    mkdirSync(dirname(join(www, name)), { recursive: true });
    writeFileSync(join(www, name.replaceAll(' ', '_')), content);
    pieces.push(random.bytes(500), content);
  }
  writeFileSync(join(folder, 'image.iso'), Buffer.concat(pieces));
  execFileSync(
    join(bin, 'jigdo-file'),
    [
      ...['mt', '-r', 'quiet', '-i', '../image.iso', '-j', 'image.jigdo', '-t', 'image.template'],
      ...['--label', 'Acme=.', '--uri', `Acme=${url}`, ...options, './/pool'],
    ],
    { cwd: www },
  );
}

/** Runs a script with a home of its own and our folder first on PATH. */
function script(folder: string, bin: string, words: string[]): SpawnSyncReturns<string> {
  const cwd = join(folder, 'work');
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: join(folder, 'home'), LC_ALL: 'C' };
  return spawnSync('env', ['-u', 'NODE_OPTIONS', ...words], { cwd, env, encoding: 'latin1', timeout: 120_000 });
}

/** How many parts were asked for. */
const parts = async (mirror: Mirror): Promise<number> =>
  (await mirror.requests()).filter(({ method, path }) => method === 'GET' && path.startsWith('/pool/')).length;

for (const algorithm of ['md5', 'sha256']) {
  void t.test(`jigdo-lite, ${algorithm}`, async (t) => {
    const [lite, nginx] = [oracle(t, 'jigdo-lite'), oracle(t, 'nginx')];
    if (!lite || !nginx || !oracle(t, 'wget')) return;
    const folder = t.testdir({ work: {}, home: {} });
    const bin = installation(folder, lite);
    const [mirror] = await startNginx(t, nginx, [join(folder, 'www')]);
    mkdirSync(join(folder, 'www'));
    release(folder, bin, mirror.url, '-C', algorithm);
    const image = readFileSync(join(folder, 'image.iso'));
    const get = (...words: string[]): SpawnSyncReturns<string> =>
      script(folder, bin, [join(bin, 'jigdo-lite'), '--noask', ...words, `${mirror.url}image.jigdo`]);

    const all = get();
    t.equal(all.status, 0, all.stdout + all.stderr);
    t.ok(readFileSync(join(folder, 'work/image.iso')).equals(image), 'the image is bit for bit the same');
    t.equal(await parts(mirror), 12, 'each part was asked for once');
    t.match(all.stdout + all.stderr, /OK: \w+ Checksums match, image is good!/);
    t.strictSame(
      readdirSync(join(folder, 'work')).filter((name) => /tmp/.test(name)),
      [],
      'nothing is left over',
    );

    // With most of the parts on the disk, and one of them bad.
    rmSync(join(folder, 'work'), { recursive: true });
    mkdirSync(join(folder, 'work'));
    cpSync(join(folder, 'www/pool'), join(folder, 'old'), { recursive: true });
    rmSync(join(folder, 'old/a'), { recursive: true });
    const bad = join(folder, 'old/b/package_1.deb');
    writeFileSync(bad, readFileSync(bad).reverse());
    const some = get('--scan', join(folder, 'old'));
    t.equal(some.status, 0, some.stdout + some.stderr);
    t.ok(readFileSync(join(folder, 'work/image.iso')).equals(image), 'the same image again');
    t.equal(await parts(mirror), 12 + 5, 'only what was missing was asked for');
  });
}

void t.test('jigdo-lite with a compressed .jigdo and two servers, the first of which has nothing', async (t) => {
  const [lite, nginx] = [oracle(t, 'jigdo-lite'), oracle(t, 'nginx')];
  if (!lite || !nginx || !oracle(t, 'wget')) return;
  const folder = t.testdir({ work: {}, home: {} });
  const bin = installation(folder, lite);
  const [mirror] = await startNginx(t, nginx, [join(folder, 'www')]);
  mkdirSync(join(folder, 'www'));
  release(folder, bin, mirror.url);
  const jigdo = join(folder, 'www/image.jigdo');
  const text = readFileSync(jigdo, 'latin1').replace('[Servers]\n', `[Servers]\nAcme=${mirror.url}nothing/\n`);
  writeFileSync(jigdo, gzipSync(Buffer.from(text, 'latin1')));
  const got = script(folder, bin, [join(bin, 'jigdo-lite'), '--noask', `${mirror.url}image.jigdo`]);
  t.equal(got.status, 0, got.stdout + got.stderr);
  t.ok(readFileSync(join(folder, 'work/image.iso')).equals(readFileSync(join(folder, 'image.iso'))), 'the same image');
  t.equal(await parts(mirror), 12, 'all from the second server');
});

void t.test('jigdo-mirror', async (t) => {
  const mirror = oracle(t, 'jigdo-mirror');
  if (!mirror || !oracle(t, 'wget')) return;
  const folder = t.testdir({ work: {}, home: {}, out: {}, www: {}, tmp: {} });
  const bin = installation(folder, mirror);
  release(folder, bin, 'http://127.0.0.1:1/nobody/', '--label', 'Debian=.', '--merge', '/dev/null');
  // The label by which the script knows the local mirror.
  const jigdo = join(folder, 'www/image.jigdo');
  writeFileSync(jigdo, readFileSync(jigdo, 'latin1').replace(/=(['"]?)Acme:/g, '=$1Debian:'), 'latin1');
  mkdirSync(join(folder, 'jigdos'));
  for (const name of ['image.jigdo', 'image.template'])
    copyFileSync(join(folder, 'www', name), join(folder, 'jigdos', name));
  writeFileSync(
    join(folder, 'home/.jigdo-mirror'),
    [
      `jigdoDir='${folder}/jigdos'`,
      `imageDir='${folder}/out'`,
      `tmpDir='${folder}/tmp'`,
      `debianMirror='file:${folder}/www'`,
      `nonusMirror='file:${folder}/www'`,
      'jigdoFile="jigdo-file --cache=$tmpDir/jigdo-cache.db --cache-expiry=1w --report=noprogress --no-check-files"',
    ].join('\n') + '\n',
  );
  const made = script(folder, bin, [join(bin, 'jigdo-mirror')]);
  t.equal(made.status, 0, made.stdout + made.stderr);
  t.ok(readFileSync(join(folder, 'out/image.iso')).equals(readFileSync(join(folder, 'image.iso'))), 'the same image');

  const ours = runJigdo(folder, [
    'mirror',
    '--jigdo-dir',
    'jigdos',
    '--image-dir',
    'ours',
    '--label',
    'Debian=www',
    '-r',
    'quiet',
  ]);
  t.equal(ours.code, 0, ours.stderr);
  t.match(ours.stdout.toString(), /^created {6}image.iso/);
  t.ok(
    readFileSync(join(folder, 'ours/image.iso')).equals(readFileSync(join(folder, 'image.iso'))),
    'jigdo mirror, too',
  );
});

void t.test("Steve McIntyre's tools read what we write", async (t) => {
  const [mkimage, dump, snap] = ['jigit-mkimage', 'jigdump', 'mkjigsnap'].map((name) => oracle(t, name));
  if (!mkimage || !dump || !snap) return;
  const folder = t.testdir({ work: {}, home: {}, www: {} });
  const bin = installation(folder);
  release(folder, bin, 'http://mirror.example/');
  const www = join(folder, 'www');
  const made = spawnSync(mkimage, ['-j', 'image.jigdo', '-t', 'image.template', '-m', 'Acme=.', '-o', '../made.iso'], {
    cwd: www,
  });
  t.equal(made.status, 0, made.stderr.toString());
  t.ok(
    readFileSync(join(folder, 'made.iso')).equals(readFileSync(join(folder, 'image.iso'))),
    'jigit-mkimage: the same image',
  );
  const dumped = spawnSync(dump, ['image.template'], { cwd: www, encoding: 'latin1' });
  t.equal(dumped.status, 0);
  t.match(dumped.stdout, /DESC/, 'jigdump understands the template');
  const snapped = spawnSync(snap, ['-m', www, '-k', 'Acme', '-d', join(folder, 'snap'), '-j', 'image.jigdo'], {
    cwd: www,
    encoding: 'latin1',
  });
  t.equal(snapped.status, 0, snapped.stdout + snapped.stderr);
  const linked = readdirSync(join(folder, 'snap'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.deb'),
  );
  t.equal(linked.length, 12, 'mkjigsnap finds all parts');
});
