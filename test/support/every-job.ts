// A job of each kind, to be ended at any moment: what it makes, and what it may leave.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { jigdo, noise } from '../cli/jigdo.js';
import { startFaultyFtp } from './servers/faulty-ftp.js';
import { header, padded } from './tar-builder.js';
import { serveFolder } from './web-server.js';

/** A command line, and what it leaves. Its folder has the files of `makeWorld`, and what `openWorld` makes of them. */
export interface Job {
  readonly name: string;
  readonly bin?: string;
  readonly args: readonly string[];
  /** Files that it makes or changes: each is whole under its name, or as it was before. */
  readonly outputs?: readonly string[];
  /** What it may leave besides for the next run. */
  readonly kept?: RegExp;
  readonly before?: (cwd: string) => void;
  readonly exitCode?: number;
  /** Whether it goes on until it is aborted, and how that shows: then it ends with 0. */
  readonly until?: string;
}

/** Writes `tree`, an image of its files, and a configuration for both. */
function makeWorld(cwd: string): void {
  mkdirSync(join(cwd, 'tree/sub'), { recursive: true });
  const files = Array.from({ length: 9 }, (_, i) => noise(9000 + 7000 * i, i + 1));
  for (const [i, bytes] of files.entries()) writeFileSync(join(cwd, i < 5 ? 'tree' : 'tree/sub', `f${i}.deb`), bytes);
  // A tar archive with the same files, as an old image that is looked into.
  const entries = files.map((bytes, i) =>
    Buffer.concat([header({ name: `f${i}`, size: bytes.length }), padded(bytes)]),
  );
  writeFileSync(join(cwd, 'cd.iso'), Buffer.concat([...entries, Buffer.alloc(1024)]));
  const trees = [{ path: 'tree', label: 'L', servers: ['http://127.0.0.1:9/'] }];
  const config = { images: ['cd.iso'], trees, output: 'out', sums: ['sha256'], options: { check: true } };
  writeFileSync(join(cwd, 'jigdo.json'), JSON.stringify(config));
}

const without =
  (...names: string[]) =>
  (cwd: string): void =>
    names.forEach((name) => rmSync(join(cwd, name), { recursive: true, force: true }));

/** More files than the calling thread reads itself: threads take their share. */
function addManyFiles(cwd: string): void {
  mkdirSync(join(cwd, 'many'));
  for (let i = 0; i < 600; i++) writeFileSync(join(cwd, 'many', `${i}`), `${i}`);
}

/** The jobs, with servers that have all of these files: `busy` refuses every third request, `ftp` has `tree` alone. */
function jobsOf({ url, busy, ftp }: Record<'url' | 'busy' | 'ftp', string>): Job[] {
  const fetched = /^cd\.(?:iso\.tmp|template)|^\.cd\.template\.\w+\.part$/;
  const tmp = /^(?:cd|copy)\.iso\.tmp(?:\.ranges)?$/;
  const cache = /^cache\.db(?:-\w+)?$/;
  const make = ['make-template', '-i', 'cd.iso', '-j', 'x.jigdo', '-t', 'x.template', 'tree//'];
  const made = ['x.jigdo', 'x.template'];
  const image = { outputs: ['copy.iso'], kept: tmp };
  return [
    { name: 'make-template', args: make, outputs: made },
    {
      name: 'make-template --cache --check',
      args: [...make, '--cache', 'cache.db', '--check', '--bzip2'],
      outputs: made,
      kept: cache,
    },
    {
      name: 'make-template, SHA-256, one thread',
      args: [...make, '--checksum-algorithm', 'sha256', '--jobs', '1'],
      outputs: made,
    },
    { name: 'make-template --match-exec', args: [...make, '--match-exec', 'true'], outputs: made },
    { name: 'make-image', args: ['make-image', '-i', 'copy.iso', '-t', 'cd.template', 'tree'], ...image },
    {
      name: 'make-image --cache',
      args: ['make-image', '-i', 'copy.iso', '-t', 'cd.template', '--cache', 'cache.db', 'tree'],
      outputs: ['copy.iso'],
      kept: /^copy\.iso\.tmp$|^cache\.db/,
    },
    {
      name: 'make-image from an old image',
      args: ['make-image', '-i', 'copy.iso', '-t', 'cd.template', 'cd.iso'],
      ...image,
    },
    {
      name: 'make-image, the rest',
      args: ['make-image', '-i', 'part.iso', '-t', 'cd.template', 'tree'],
      outputs: ['part.iso'],
      kept: /^part\.iso\.tmp$/,
    },
    {
      name: 'make-image, not all',
      args: ['make-image', '-i', 'copy.iso', '-t', 'cd.template', 'tree/sub'],
      outputs: [],
      kept: tmp,
      exitCode: 1,
    },
    { name: 'verify', args: ['verify', '-i', 'cd.iso', '-t', 'cd.template'] },
    { name: 'verify, damaged', args: ['verify', '-i', 'bad.iso', '-t', 'cd.template'], exitCode: 2 },
    { name: 'verify-tree', args: ['verify-tree', '--full', '--label', 'L=tree', '-j', 'cd.jigdo'] },
    {
      name: 'verify-tree --unreferenced',
      args: ['verify-tree', '--unreferenced', '--cache', 'cache.db', '--label', 'L=tree', '-j', 'cd.jigdo'],
      kept: cache,
    },
    { name: 'verify-tree URL', args: ['verify-tree', '--full', '--label', `L=${url}tree/`, '-j', 'cd.jigdo'] },
    {
      name: 'verify-tree --fix-from URL',
      args: ['verify-tree', '--label', 'L=tree', '--fix-from', `${url}tree/`, '-j', 'cd.jigdo'],
      outputs: ['tree/f3.deb', 'tree/sub/f7.deb'],
      before: without('tree/f3.deb', 'tree/sub/f7.deb'),
    },
    {
      name: 'verify-tree --fix-from FOLDER',
      args: ['verify-tree', '--label', 'L=tree', '--fix-from', 'other/', '-j', 'cd.jigdo'],
      outputs: ['tree/f3.deb', 'tree/sub/f7.deb'],
      before: (cwd) => {
        cpSync(join(cwd, 'tree'), join(cwd, 'other'), { recursive: true });
        without('tree/f3.deb', 'tree/sub/f7.deb')(cwd);
      },
    },
    { name: 'scan', args: ['scan', '--cache', 'cache.db', 'tree'], kept: cache },
    { name: 'md5sum', args: ['md5sum', 'tree', 'cd.iso'] },
    { name: 'md5sum of many files', args: ['md5sum', 'many'], before: addManyFiles },
    {
      name: 'snapshot',
      args: ['snapshot', '--label', 'L=tree', '--method', 'copy', '-j', 'cd.jigdo', '-o', 'snap'],
      outputs: ['snap/f3.deb', 'snap/sub/f7.deb'],
      kept: /^snap/,
    },
    {
      name: 'snapshot, searching',
      args: ['snapshot', '--label', 'L=other', '-j', 'cd.jigdo', '-o', 'snap'],
      outputs: ['snap/f3.deb', 'snap/sub/f7.deb'],
      kept: /^snap/,
      before: (cwd) => cpSync(join(cwd, 'tree'), join(cwd, 'other/renamed'), { recursive: true }),
    },
    {
      name: 'mirror',
      args: ['mirror', '--jigdo-dir', '.', 'tree'],
      outputs: ['cd.iso'],
      kept: /^cd\.iso\.tmp$|^\.jigdo-mirror/,
      before: without('cd.iso'),
    },
    {
      name: 'mirror --jobs 2',
      args: ['mirror', '--jobs', '2', '--jigdo-dir', '.', 'tree'],
      outputs: ['cd.iso'],
      kept: /^cd\.iso\.tmp$|^\.jigdo-mirror/,
      before: without('cd.iso'),
    },
    {
      name: 'mirror --fetch-from',
      args: ['mirror', '--jigdo-dir', '.', '--fetch-from', `${url}tree/`, 'tree'],
      outputs: ['cd.iso'],
      kept: /^cd\.iso\.tmp$|^\.jigdo-|^\.cd\.iso\.parts/,
      before: without('cd.iso', 'tree/f3.deb', 'tree/sub/f7.deb'),
    },
    {
      name: 'release',
      args: ['release', 'jigdo.json'],
      outputs: ['out/cd.jigdo', 'out/cd.template', 'out/SHA256SUMS'],
      kept: /^out|^\.jigdo|^state/,
    },
    {
      name: 'download',
      args: ['download', `${url}cd.jigdo`],
      outputs: ['cd.iso'],
      kept: fetched,
      before: without('cd.iso', 'cd.template', 'cd.jigdo'),
    },
    {
      name: 'download, connections 1, scan',
      args: ['download', '--connections', '1', '--scan', 'tree/sub', 'cd.jigdo'],
      outputs: ['cd.iso'],
      kept: /^cd\.iso\.tmp/,
      before: without('cd.iso'),
    },
    {
      name: 'download FILE',
      args: ['download', '--mirror', 'L=tree/', 'cd.jigdo'],
      outputs: ['cd.iso'],
      kept: /^cd\.iso\.tmp/,
      before: without('cd.iso'),
    },
    {
      name: 'download --limit-rate --sums',
      args: ['download', '--limit-rate', '3M', '--sums', `${url}SHA256SUMS`, `${url}cd.jigdo`],
      outputs: ['cd.iso'],
      kept: fetched,
      before: without('cd.iso', 'cd.template', 'cd.jigdo'),
    },
    {
      name: 'download from FTP',
      args: ['download', '--mirror', `L=${ftp}`, 'cd.jigdo'],
      outputs: ['cd.iso'],
      kept: /^cd\.iso\.tmp/,
      before: without('cd.iso'),
    },
    {
      name: 'download from a busy server',
      args: ['download', '--mirror', `L=${busy}tree/`, `${busy}cd.jigdo`],
      outputs: ['cd.iso'],
      kept: fetched,
      before: without('cd.iso', 'cd.template', 'cd.jigdo'),
    },
    { name: 'inspect', args: ['inspect', '--tree', 'tree', 'cd.jigdo'] },
    { name: 'inspect --html', args: ['inspect', '--html', 'report.html', 'cd.jigdo'], outputs: ['report.html'] },
    { name: 'inspect --json', args: ['inspect', '--json', 'cd.jigdo'] },
    { name: 'inspect IMAGE', args: ['inspect', 'cd.iso'] },
    {
      name: 'serve',
      args: ['serve', '--listen', '127.0.0.1:0', '--verify', '--label', 'L=tree', '-j', 'cd.jigdo'],
      until: 'http',
    },
    {
      name: 'jigdo-file make-template',
      bin: 'jigdo-file',
      args: ['mt', '-i', 'cd.iso', '-j', 'x.jigdo', '-t', 'x.template', '--cache', 'cache.db', 'tree//'],
      outputs: made,
      kept: cache,
    },
    {
      name: 'jigdo-file make-image',
      bin: 'jigdo-file',
      args: ['mi', '-i', 'copy.iso', '-t', 'cd.template', 'tree'],
      ...image,
    },
    { name: 'jigdo-file md5sum', bin: 'jigdo-file', args: ['md5', 'tree'] },
    { name: 'jigdo-file verify', bin: 'jigdo-file', args: ['ver', '-i', 'cd.iso', '-t', 'cd.template'] },
    {
      name: 'jigdo-lite',
      bin: 'jigdo-lite',
      args: ['--noask', '--scan', 'tree/sub', `${url}cd.jigdo`],
      outputs: ['cd.iso'],
      kept: /^cd\.(?:iso\.tmp|template|jigdo)|^\.cd\.template\.\w+\.part$/,
      before: without('cd.iso', 'cd.template', 'cd.jigdo'),
    },
  ];
}

/** A folder to work in, and the jobs to do there. */
export interface World {
  readonly cwd: string;
  readonly jobs: readonly Job[];
  /** Puts the folder into the state before a job. */
  readonly reset: (job: Job) => void;
}

export const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

/** Makes the files that all jobs work on, and serves them until the test ends. */
export async function openWorld(t: Test): Promise<World> {
  const base = t.testdir();
  const [seed, cwd] = [join(base, 'seed'), join(base, 'work')];
  makeWorld(seed);
  const server = await serveFolder(t, seed);
  let requests = 0;
  const busy = await serveFolder(t, seed, (_request, response) => {
    if (++requests % 3 > 0) return false;
    response.writeHead(503, { 'retry-after': '0' }).end();
    return true;
  });
  const debs = filesIn(join(seed, 'tree')).filter((name) => name.endsWith('.deb'));
  const ftp = await startFaultyFtp(
    t,
    new Map(debs.map((name) => [`/${name}`, readFileSync(join(seed, 'tree', name))])),
  );
  const uri = ['--label', 'L=tree', '--uri', `L=${server.url}tree/`];
  t.equal(jigdo(seed, ['make-template', '-i', 'cd.iso', ...uri, 'tree//']).code, 0);
  t.equal(jigdo(seed, ['make-image', '-i', 'part.iso', '-t', 'cd.template', 'tree/sub']).code, 1);
  const image = readFileSync(join(seed, 'cd.iso'));
  const sum = createHash('sha256').update(image).digest('hex');
  writeFileSync(join(seed, 'SHA256SUMS'), `${sum}  cd.iso\n`);
  writeFileSync(join(seed, 'bad.iso'), image.fill(1, 5000, 9000));
  const reset = ({ before }: Job): void => {
    rmSync(cwd, { recursive: true, force: true });
    cpSync(seed, cwd, { recursive: true, preserveTimestamps: true });
    before?.(cwd);
  };
  return { cwd, jobs: jobsOf({ url: server.url, busy: busy.url, ftp: ftp.url }), reset };
}
