// What downloads are measured with: a release on a mirror near and far, and what each program asked of it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDelayingProxy } from '../../test/support/servers/delaying-proxy.js';
import { startNginx } from '../../test/support/servers/nginx.js';
import { startLink } from './link.js';
import { installed } from './measure.js';

/** Of the server at the end of a link, which has an address of its own. */
const LINK_PORT = 8080;

/** The placeholder of the mirror's URL in the .jigdo that is kept. */
const NOWHERE = 'http://mirror.invalid/';

/**
 * Serves a release: `release.iso`, `release.iso.zsync`, `release.jigdo`, `release.template` and the files of the tree, below `tree/`.
 *
 * @param {import('../../test/support/servers/program.js').Owner} owner
 * @param {string} dir where what is made once is kept
 * @param {{ name: string, image: string, tree: string, makeTemplate: (out: string, ...options: string[]) => string[] }} release
 * @param {{ roundTrip?: number, rate?: string }} line milliseconds; or the speed of a link (see `startLink`)
 */
export async function serveRelease(owner, dir, { name, image, tree, makeTemplate }, { roundTrip = 0, rate }) {
  const kept = join(dir, `release-${name}`);
  if (!existsSync(kept)) prepare(`${kept}.new`, kept, image, tree, makeTemplate);
  const root = join(dir, `www-${name}-${rate ?? roundTrip}`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  const link = rate === undefined ? undefined : startLink(owner, rate);
  const [mirror] = await startNginx(owner, 'nginx', [root], link ? `listen ${link.address}:${LINK_PORT};` : '');
  let url = link ? `http://${link.address}:${LINK_PORT}/` : mirror.url;
  if (roundTrip > 0) {
    const proxy = await startDelayingProxy(owner, Number(new URL(url).port), roundTrip / 2);
    url = `http://127.0.0.1:${proxy.port}/`;
  }
  symlinkSync(image, join(root, 'release.iso'));
  symlinkSync(tree, join(root, 'tree'));
  for (const file of ['release.template', 'release.iso.zsync']) symlinkSync(join(kept, file), join(root, file));
  const jigdo = readFileSync(join(kept, 'release.jigdo'), 'latin1');
  const here = jigdo.replaceAll(NOWHERE, url).replace(/^Filename=.*$/m, 'Filename=release.iso');
  writeFileSync(join(root, 'release.jigdo'), here, 'latin1');
  return {
    url,
    from: link?.from ?? [],
    /** What was asked for so far, in requests and bytes of bodies. */
    traffic: async () => {
      const requests = await mirror.requests();
      return { requests: requests.length, bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
  };
}

function prepare(temporary, kept, image, tree, makeTemplate) {
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const run = (/** @type {string[]} */ [program, ...args], cwd = temporary) => {
    const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  };
  run(makeTemplate(join(temporary, 'release'), '--label', `Bench=${tree}`, '--uri', `Bench=${NOWHERE}tree/`));
  if (installed('zsyncmake')) run(['zsyncmake', '-u', 'release.iso', '-o', 'release.iso.zsync', image]);
  else writeFileSync(join(temporary, 'release.iso.zsync'), '');
  renameSync(temporary, kept);
}

/**
 * The programs that get `release.iso` from a mirror.
 *
 * @param {{ url: string, from: string[], traffic: () => Promise<{ requests: number, bytes: number }> }} mirror `from`: the beginning of
 *   commands that have the distance between them and it
 * @param {string} dir a folder of its own for each program is made below it
 * @param {{ jigdo: string[], image: string, old?: { image: string, tree: string } }} job
 * @returns {import('./cases.js').Contender[]}
 */
export function downloaders({ url, from, traffic }, dir, { jigdo, image, old }) {
  const contender = (who, argv, needs, rest = {}) => {
    const cwd = join(dir, `with ${who}`);
    return { who, argv: [...from, ...argv], needs, cwd, traffic, equal: [join(cwd, 'release.iso'), image], ...rest };
  };
  const scan = (path) => (old ? ['--scan', path] : []);
  return [
    contender('jigdo', [...jigdo, 'download', '--report', 'quiet', ...scan(old?.image), `${url}release.jigdo`]),
    contender('curl', ['curl', '-sSf', '-o', 'release.iso', `${url}release.iso`], 'curl'),
    // On the disk when it ends, as ours is.
    contender('curl, sync', ['sh', '-c', `curl -sSf -o release.iso ${url}release.iso && sync release.iso`], 'curl'),
    contender(
      'curl, openssl md5',
      ['sh', '-c', `curl -sSf -o release.iso ${url}release.iso && openssl md5 release.iso`],
      'curl',
    ),
    ...(old
      ? [contender('zsync', ['zsync', '-q', '-i', old.image, '-o', 'release.iso', `${url}release.iso.zsync`], 'zsync')]
      : []),
    contender(
      'jigdo-lite',
      ['env', 'HOME=.', 'jigdo-lite', '--noask', ...scan(old?.tree), `${url}release.jigdo`],
      'jigdo-lite',
      {
        once: true,
      },
    ),
  ];
}
