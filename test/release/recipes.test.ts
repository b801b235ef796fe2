// The recipes for CI: what they tell the shell to do is done, on a small release. Services and installation are stubs.
import t, { type Test } from 'tap';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Three images, a tree, a configuration; and a folder with the programs that the recipes start. */
function checkout(t: Test): string {
  const files = [1, 2, 3].map((seed) => noise(5000 * seed, seed));
  const cwd = t.testdir({
    'jigdo.yaml': 'images: "*.iso"\ntrees: [{path: tree, label: L, servers: "http://a/"}]\noutput: publish\n',
    'a.iso': Buffer.concat([noise(2000, 9), ...files]),
    'b.iso': Buffer.concat([noise(3000, 8), files[2]]),
    'c.iso': Buffer.concat([files[1], noise(4000, 7)]),
    tree: Object.fromEntries(files.map((bytes, i) => [`f${i}`, bytes])),
    bin: {
      npm: '#!/bin/sh\n[ "$*" = "install --global jigdo" ]\n',
      jigdo: `#!/bin/sh\nexec env NODE_OPTIONS= '${process.execPath}' '${JIGDO}' "$@"\n`,
    },
  });
  for (const program of ['npm', 'jigdo']) chmodSync(join(cwd, 'bin', program), 0o755);
  return cwd;
}

function shell(t: Test, cwd: string, script: string, env: Record<string, string> = {}): void {
  const PATH = `${cwd}/bin:${process.env.PATH ?? ''}`;
  const { status, stderr } = spawnSync('bash', ['-e', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', JIGDO_CACHE: '', ...env, PATH },
  });
  t.equal(status, 0, `${script}\n${stderr}`);
}

/** The lists are complete and true, and what each share told is JSON. */
function isPublished(t: Test, cwd: string): void {
  for (const name of ['a', 'b', 'c'])
    writeFileSync(join(cwd, 'publish', `${name}.iso`), readFileSync(join(cwd, `${name}.iso`)));
  const { status, stdout } = spawnSync('sha256sum', ['-c', '--strict', 'SHA256SUMS'], {
    cwd: join(cwd, 'publish'),
    encoding: 'utf8',
  });
  t.equal(status, 0);
  t.equal(stdout.match(/: OK\n/g)?.length, 9);
  const told = [1, 2, 3].flatMap((i) => {
    return (
      JSON.parse(readFileSync(join(cwd, `release-${i}.json`), 'utf8')) as { images: { name: string; status: string }[] }
    ).images;
  });
  t.strictSame(told.map(({ name, status }) => `${name} ${status}`).sort(), ['a.iso made', 'b.iso made', 'c.iso made']);
}

t.test('GitHub Actions', async (t) => {
  const cwd = checkout(t);
  const commands = (job: string): string => github.jobs[job].steps.flatMap(({ run }) => run ?? []).join('\n');
  for (const share of ['1', '2', '3']) shell(t, cwd, commands('templates').replaceAll('${{ matrix.share }}', share));
  shell(t, cwd, commands('lists'));
  isPublished(t, cwd);
});

t.test('GitLab CI', async (t) => {
  const cwd = checkout(t);
  const commands = (job: string): string => gitlab[job].script.join('\n');
  for (const i of ['1', '2', '3']) shell(t, cwd, commands('templates'), { CI_NODE_INDEX: i, CI_NODE_TOTAL: '3' });
  shell(t, cwd, commands('lists'));
  isPublished(t, cwd);
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
});
