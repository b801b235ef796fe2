// Versions of Node that are too old: one line, from every program.
import t from 'tap';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = (name: string): string => fileURLToPath(new URL(`../../bin/${name}.js`, import.meta.url));

t.test('a Node that is too old is named, and the one that is needed', (t) => {
  const cwd = t.testdir({ 'fake.js': "Object.defineProperty(process, 'version', { value: process.env.FAKE });" });
  const start = (program: string, version: string): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, ['-r', join(cwd, 'fake.js'), bin(program), '--version'], {
      env: { ...process.env, NODE_OPTIONS: '', FAKE: version },
      encoding: 'utf8',
    });
  for (const program of ['jigdo', 'jigdo-file', 'jigdo-lite']) {
    t.match(start(program, 'v18.20.4'), {
      status: 3,
      stderr: `${program}: needs Node.js 20.19 or later, this is 18.20.4\n`,
    });
  }
  for (const [version, status] of [
    ['v0.10.48', 3],
    ['v20.18.3', 3],
    ['v20.19.0', 0],
    ['v22.0.0', 0],
    ['v100.1.0', 0],
  ] as const) {
    t.equal(start('jigdo', version).status, status, version);
  }
  t.end();
});

t.test('what an old Node reads has no syntax that it does not know', (t) => {
  for (const name of ['jigdo', 'jigdo-file', 'jigdo-lite', 'start', 'require-node', 'out-of-files']) {
    t.notMatch(
      readFileSync(bin(name), 'utf8'),
      /=>|\?\.|\?\?|`|\b(?:const|let|async|await|class|import)\b|'node:/,
      name,
    );
  }
  t.end();
});
