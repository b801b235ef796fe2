// No warning of Node's reaches a user: every command does real work here, with more at a time than Node expects.
import t from 'tap';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.js';
import { put } from '../support/published.js';
import { serveFolder } from '../support/web-server.js';
import { jigdoBeside, noise, Running } from './jigdo.js';

/** What Node writes of its own accord. */
const WARNING = /\(node:\d+\)|\w+Warning\b|DEP\d{4}|--trace-/;

t.test('no command has Node warn', async (t) => {
  const cwd = t.testdir({});
  const files = Array.from({ length: 24 }, (_, i) => noise(3000 + i, i + 1));
  for (const [i, content] of files.entries()) put(join(cwd, `tree/pool/f${i}`), content);
  for (const [i, content] of files.entries()) put(join(cwd, `jd/${i}.iso`), Buffer.concat([content, files[23 - i]]));
  writeFileSync(join(cwd, 'x.iso'), Buffer.concat(files));
  const server = await serveFolder(t, cwd);
  const tree = `${server.url}tree/`;
  const run = async (args: string): Promise<void> => {
    const words = args.split(' ');
    const env = { JIGDO_CACHE: join(cwd, 'cache.db'), XDG_CONFIG_HOME: cwd, HOME: cwd };
    const { code, stderr } = await jigdoBeside(cwd, words, env);
    t.equal(code, 0, `${args}: ${stderr}`);
    t.notMatch(stderr, WARNING, args);
    done.add(words[0] === 'cache' ? `cache ${words[1]}` : words[0]);
  };
  const done = new Set<string>();
  await run(`make-template -i x.iso -j x.jigdo -t x.template --label L=tree --uri L=${tree} tree// --jobs 4`);
  const config = ['output: out', 'state: state', 'images: [jd/*.iso]', 'trees:', '  - path: tree', '    label: L'];
  writeFileSync(join(cwd, 'c.yaml'), `${config.join('\n')}\n    servers: [${tree}]\n`);
  await run('release c.yaml --jobs 16');
  await run('make-image -i a.iso -j x.jigdo -t x.template tree');
  await run('verify -i a.iso -t x.template');
  await run(`download ${server.url}x.jigdo --image d.iso --connections 16`);
  await run(`verify-tree ${tree} --jigdo x.jigdo`);
  await run(`verify-tree ${tree} --jigdo-dir out --full --connections 16`);
  rmSync(join(cwd, 'tree/pool'), { recursive: true });
  for (const [i, content] of files.entries()) put(join(cwd, `good/pool/f${i}`), content);
  await run(`mirror tree --jigdo-dir out --image-dir images --jobs 20 --dry-run --fetch-from ${server.url}good/`);
  await run(`mirror tree --jigdo-dir out --image-dir images --jobs 20 --fetch-from ${server.url}good/`);
  await run(`verify-tree tree --jigdo-dir out --fix-from ${server.url}good/ --connections 16`);
  await run('verify-tree tree --jigdo-dir out --unreferenced --jobs 16');
  await run('snapshot -o snap --jigdo-dir out --label L=tree --prune --method copy');
  for (const args of [
    'list-template -t x.template',
    'inspect x.jigdo',
    'scan tree',
    'md5sum tree',
    'cache stats',
    'cache prune',
  ]) {
    await run(args);
  }
  await run('print-missing -i none.iso -j x.jigdo -t x.template');
  await run('print-missing-all -i none.iso -j x.jigdo -t x.template');
  for (const args of ['sha256sum tree', 'completion']) await run(args);
  const served = new Running(cwd, ['serve', 'tree', '--jigdo-dir', 'out', '--listen', '127.0.0.1:0'], {
    stdout: 'pipe',
  });
  const url = await new Promise<string>((resolve) =>
    served.child.stdout?.once('data', (line) => resolve(String(line).trim())),
  );
  await Promise.all(Array.from({ length: 24 }, async (_, i) => (await fetch(new URL(`${i}.iso`, url))).arrayBuffer()));
  served.child.kill('SIGTERM');
  t.equal(await served.ended(), 0, served.stderr);
  t.notMatch(served.stderr, WARNING, 'serve');
  done.add('serve');
  const idle = COMMANDS.map(({ name }) => name).filter((name) => !done.has(name));
  t.strictSame(idle, [], 'every command was run');
  t.ok(readFileSync(join(cwd, 'd.iso')).equals(readFileSync(join(cwd, 'x.iso'))));
});
