// The recipes for CI: what they tell the shell to do is done, on a small release. Services and installation are stubs.
import t, { type Test } from 'tap';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readConfig } from '../../src/release/config.js';
import { jigdo, JIGDO, noise } from '../cli/jigdo.js';

const RECIPES = fileURLToPath(new URL('../../docs/recipes/', import.meta.url));

interface GitHub {
  jobs: Record<string, { steps: { run?: string }[] }>;
}
type GitLab = Record<string, { script: string[] }>;

const [github, gitlab] = [...readFileSync(join(RECIPES, 'ci.md'), 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, text]) => parse(text) as unknown,
) as [GitHub, GitLab];

/** Three checkouts, `1` to `3`, with three images, a tree and a configuration each; `bin` has the programs that the recipes start. */
function checkouts(t: Test): string {
  const files = [1, 2, 3].map((seed) => noise(5000 * seed, seed));
  const checkout = () => ({
    'jigdo.yaml': 'images: "*.iso"\ntrees: [{path: tree, label: L, servers: "http://a/"}]\noutput: publish\n',
    'a.iso': Buffer.concat([noise(2000, 9), ...files]),
    'b.iso': Buffer.concat([noise(3000, 8), files[2]]),
    'c.iso': Buffer.concat([files[1], noise(4000, 7)]),
    tree: Object.fromEntries(files.map((bytes, i) => [`f${i}`, bytes])),
  });
  const root = t.testdir({
    1: checkout(),
    2: checkout(),
    3: checkout(),
    bin: {
      npm: '#!/bin/sh\n[ "$*" = "install --global jigdo" ]\n',
      jigdo: `#!/bin/sh\nexec env NODE_OPTIONS= '${process.execPath}' '${JIGDO}' "$@"\n`,
    },
  });
  for (const program of ['npm', 'jigdo']) chmodSync(join(root, 'bin', program), 0o755);
  return root;
}

function shell(t: Test, cwd: string, script: string, env: Record<string, string> = {}): void {
  const PATH = `${cwd}/../bin:${process.env.PATH ?? ''}`;
  const { status, stderr } = spawnSync('bash', ['-e', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', JIGDO_CACHE: '', ...env, PATH },
  });
  t.equal(status, 0, `${script}\n${stderr}`);
}

/** In `folder` are the outputs of all images, and nothing else; the lists are complete and true, and what each share told is JSON. */
function isPublished(t: Test, root: string, folder: string): void {
  const images = readdirSync(join(root, '1')).filter((name) => name.endsWith('.iso'));
  for (const name of images) cpSync(join(root, '1', name), join(folder, name));
  const { status, stdout } = spawnSync('sha256sum', ['-c', '--strict', 'SHA256SUMS'], {
    cwd: folder,
    encoding: 'utf8',
  });
  t.equal(status, 0, stdout);
  t.equal(stdout.match(/: OK\n/g)?.length, 3 * images.length);
  const outputs = images.flatMap((name) => ['iso', 'jigdo', 'template'].map((suffix) => name.replace('iso', suffix)));
  t.strictSame(readdirSync(folder).sort(), ['MD5SUMS', 'SHA256SUMS', ...outputs]);
  const told = ['1', '2', '3'].flatMap((i) => {
    const text = readFileSync(join(root, i, `release-${i}.json`), 'utf8');
    return (JSON.parse(text) as { images: { name: string }[] }).images;
  });
  t.strictSame(told.map(({ name }) => name).sort(), images);
}

/**
 * A release; then one in which another image is the largest, one has changed, and one is gone: each job keeps `publish` and its
 * records from run to run, uploads `share`, and the last job finds all uploads in `download`.
 */
function twoReleases(t: Test, share: (i: string, cwd: string) => void, lists: string, download: string): void {
  const root = checkouts(t);
  const run = (): void => {
    const cwd = join(root, 'lists');
    rmSync(cwd, { recursive: true, force: true });
    for (const i of ['1', '2', '3']) {
      rmSync(join(root, i, 'share'), { recursive: true, force: true });
      share(i, join(root, i));
      cpSync(join(root, i, 'share'), join(cwd, download), { recursive: true });
    }
    shell(t, cwd, lists);
    isPublished(t, root, join(cwd, download));
  };
  run();
  for (const i of ['1', '2', '3']) {
    writeFileSync(join(root, i, 'd.iso'), noise(90_000, 6));
    writeFileSync(join(root, i, 'a.iso'), noise(20_000, 5));
    rmSync(join(root, i, 'c.iso'));
  }
  run();
}

t.test('GitHub Actions', async (t) => {
  const commands = (job: string): string => github.jobs[job].steps.flatMap(({ run }) => run ?? []).join('\n');
  const share = (i: string, cwd: string): void => {
    shell(t, cwd, commands('templates').replaceAll('${{ matrix.share }}', i));
  };
  twoReleases(t, share, commands('lists'), 'publish');
});

t.test('GitLab CI', async (t) => {
  const commands = (job: string): string => gitlab[job].script.join('\n');
  const share = (i: string, cwd: string): void => {
    shell(t, cwd, commands('templates'), { CI_NODE_INDEX: i, CI_NODE_TOTAL: '3' });
  };
  twoReleases(t, share, commands('lists'), 'share');
});

t.test('the sample for SME Server, and what --init writes, are valid', async (t) => {
  const { trees } = readConfig(join(RECIPES, 'sme-server.yaml'));
  t.strictSame(
    trees.map(({ label }) => label),
    ['SMEOS', 'SMEExtras'],
  );
  const cwd = t.testdir({ iso: { 'x.iso': noise(5000, 1) }, 'my tree': { Packages: { a: noise(3000, 2) } } });
  const init = (): number | null => jigdo(cwd, ['release', '--init']).code;
  t.equal(init(), 0);
  t.match(readConfig(join(cwd, 'jigdo.yaml')), {
    images: ['iso/*.iso'],
    trees: [{ path: join(cwd, 'my tree') }],
  });
  t.equal(init(), 3, 'a configuration that exists is kept');
  const { code, stderr } = jigdo(cwd, ['release']);
  t.equal(code, 0, stderr);
  const place = /^jigdo\.yaml:\d+:\d+: trees\[0\]\.servers: `http:\/\/mirror\.example\.org\/' is a placeholder/m;
  t.match(stderr, place, 'nobody can download from the server in what --init writes');
  const config = join(cwd, 'jigdo.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('mirror.example.org', 'mirror.acme.test'));
  t.notMatch(jigdo(cwd, ['release']).stderr, 'placeholder');
});
