// The real command on a real terminal, which script(1) lends it, and without one.
import t, { type Test } from 'tap';
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { JIGDO } from '../jigdo.js';
import { oracle } from '../../support/oracle.js';
import { publish, writeTree } from '../../support/published.js';
import { startFaultyServer, status, type FaultyServer } from '../../support/servers/faulty-http.js';

const LITE = fileURLToPath(new URL('../../../bin/jigdo-lite.js', import.meta.url));

/** A server with a release whose label nobody knows, and its tree; and a folder with a home. */
async function release(t: Test): Promise<{ folder: string; server: FaultyServer; image: Buffer }> {
  const folder = t.testdir({ tree: {}, work: {}, home: {} });
  const tree = writeTree(join(folder, 'tree'), 5, 6);
  await publish(join(folder, 'cd'), join(folder, 'tree'), [...tree.values()]);
  const jigdo = readFileSync(join(folder, 'cd.jigdo'), 'latin1').replace(/^Acme=http.*\n/m, '');
  const files = new Map([
    ['/cd.jigdo', Buffer.from(jigdo, 'latin1')],
    ['/cd.template', readFileSync(join(folder, 'cd.template'))],
    ...Array.from(tree, ([name, content]) => [`/mirror/${encodeURI(name)}`, content] as const),
  ]);
  return { folder, server: await startFaultyServer(t, files), image: readFileSync(join(folder, 'cd.iso')) };
}

/** Runs a command line with these answers, from a terminal or through a pipe; stdout and stderr come together. */
async function run(
  folder: string,
  words: string[],
  answers?: string,
  program = LITE,
  isPiped = answers === undefined,
): Promise<{ code: number | null; output: string }> {
  const command = ['env', 'NODE_OPTIONS=', process.execPath, program, ...words].map((word) => `'${word}'`).join(' ');
  const started: [string, string[]] = isPiped
    ? ['sh', ['-c', `${command} 2>&1`]]
    : ['script', ['-qec', command, '/dev/null']];
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), TERM: 'xterm' };
  const child = spawn(...started, {
    cwd: join(folder, 'work'),
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 60_000,
  });
  child.stdin.on('error', () => undefined).end(answers ?? '');
  const output = await text(child.stdout);
  const code = await new Promise<number | null>((resolve) => {
    if (child.exitCode === null) child.once('close', resolve);
    else resolve(child.exitCode);
  });
  return { code, output: output.replaceAll('\r', '') };
}

void t.test('a path to scan that does not exist is told, asked for again and not remembered', async (t) => {
  if (!oracle(t, 'script')) return;
  const { folder, server } = await release(t);
  const answers = [`${folder}/nothere`, `${folder}/tree/pool/a`, '', `${server.url}mirror`, ''].join('\n');
  const { output } = await run(folder, [`${server.url}cd.jigdo`], answers);
  t.match(output, `There is no \`${folder}/nothere': nothing was scanned`);
  const settings = readFileSync(join(folder, 'home/.config/jigdo/settings.json'), 'utf8');
  t.match(settings, `${folder}/tree/pool/a`);
  t.notMatch(settings, 'nothere');
  const scripted = await run(folder, ['--noask', '--scan', `${folder}/nothere`, `${server.url}cd.jigdo`]);
  t.notMatch(scripted.output, 'Error', 'it goes on without');
});

void t.test('a session on a terminal', async (t) => {
  if (!oracle(t, 'script')) return;
  const { folder, server, image } = await release(t);
  const answers = ['', `${server.url}cd.jigdo`, `${folder}/tree/pool/a`, '', 'what', `${server.url}mirror`, ''].slice(
    1,
  );
  const { code, output } = await run(folder, [], answers.join('\n'));
  t.equal(code, 0, output);
  t.match(output, 'To resume a half-finished download, enter name of .jigdo file.');
  t.match(output, 'Images offered by `' + server.url + "cd.jigdo':\n  1: cd.iso\n");
  t.match(output, 'Found 2 of the 6 files required by the template');
  t.equal(output.match(/^Files to scan: /gm)?.length, 2, 'asked again until nothing is answered');
  t.equal(output.match(/^Acme mirror: /gm)?.length, 2, 'asked again until it is a URL');
  t.match(output, "Successfully created `cd.iso'");
  t.match(output, 'OK: MD5 Checksums match, image is good!');
  t.ok(readFileSync(join(folder, 'work/cd.iso')).equals(image));
  t.strictSame(readdirSync(join(folder, 'work')).sort(), ['cd.iso', 'cd.jigdo', 'cd.template']);
  const parts = server.asked.filter(({ path }) => path.startsWith('/mirror/'));
  t.equal(new Set(parts.map(({ path }) => path)).size, 4, 'what was found is not fetched');
  t.match(JSON.parse(readFileSync(join(folder, 'home/.config/jigdo/settings.json'), 'utf8')), {
    jigdo: `${server.url}cd.jigdo`,
    mirrors: { Acme: `${server.url}mirror/` },
    origins: { [join(folder, 'work/cd.jigdo')]: `${server.url}cd.jigdo` },
  });

  await t.test('what is remembered serves without a terminal', async (t) => {
    rmSync(join(folder, 'work/cd.iso'));
    t.equal((await run(folder, ['--noask'])).code, 0, 'the .jigdo and the mirror');
    t.ok(readFileSync(join(folder, 'work/cd.iso')).equals(image));
    writeFileSync(join(folder, 'work/cd.iso'), 'something else');
    const inTheWay = await run(folder, [`${server.url}cd.jigdo`]);
    t.equal(inTheWay.code, 3, 'an image that is another one is not touched');
    t.match(inTheWay.output, 'already exists');
  });

  await t.test('the copy of the .jigdo remembers where its template is', async (t) => {
    for (const name of ['cd.iso', 'cd.template']) rmSync(join(folder, 'work', name));
    t.equal((await run(folder, ['--noask', 'cd.jigdo'])).code, 0);
    t.ok(readFileSync(join(folder, 'work/cd.iso')).equals(image));
  });

  await t.test('and so it is for jigdo download, which knows the mirror, too', async (t) => {
    for (const name of ['cd.iso', 'cd.template']) rmSync(join(folder, 'work', name));
    const { code, output } = await run(folder, ['download', 'cd.jigdo'], undefined, JIGDO);
    t.equal(code, 0, output);
    t.match(output, `--mirror Acme=${server.url}mirror/`);
    t.ok(readFileSync(join(folder, 'work/cd.iso')).equals(image));
  });
});

void t.test('answers through a pipe', async (t) => {
  const { folder, server, image } = await release(t);
  const answers = [`${server.url}cd.jigdo`, `${folder}/tree/pool/a`, '', `${server.url}mirror`].join('\n');
  const { code, output } = await run(folder, [], answers, LITE, true);
  t.equal(code, 0, output);
  t.match(output, 'Found 2 of the 6 files required by the template');
  t.ok(readFileSync(join(folder, 'work/cd.iso')).equals(image));
  t.strictSame(readdirSync(join(folder, 'home')), [], 'nothing is remembered');
});

void t.test('what an interrupted original has left is used', async (t) => {
  const { folder, server, image } = await release(t);
  cpSync(join(folder, 'tree'), join(folder, 'work/cd.iso.tmpdir'), { recursive: true });
  const lite = await run(folder, ['--noask', `${server.url}cd.jigdo`]);
  t.equal(lite.code, 0, lite.output);
  t.match(lite.output, "Using what an interrupted jigdo-lite left in `cd.iso.tmpdir': 6 files");
  rmSync(join(folder, 'work/cd.iso'));
  const jigdo = await run(folder, ['download', `${server.url}cd.jigdo`], undefined, JIGDO);
  t.equal(jigdo.code, 0, jigdo.output);
  t.ok(readFileSync(join(folder, 'work/cd.iso')).equals(image));
  t.notOk(server.asked.some(({ path }) => path.startsWith('/mirror/')));
});

void t.test('without a terminal', async (t) => {
  const { folder, server, image } = await release(t);
  const unknown = await run(folder, [`${server.url}cd.jigdo`]);
  t.equal(unknown.code, 1, unknown.output);
  t.equal(unknown.output.match(/Acme mirror/g)?.length, 1, 'no question is repeated');
  t.match(unknown.output, 'Missing: 6');
  t.match(unknown.output, "no server for the label `Acme' (--mirror Acme=URL names one)");
  t.strictSame(readdirSync(join(folder, 'home')), [], 'nothing is remembered');

  const partly = await run(folder, ['--noask', '--scan', `${folder}/tree/pool/b`, 'cd.jigdo']);
  t.equal(partly.code, 1);
  t.match(partly.output, 'Found 2 of the 6 files required by the template');
  t.ok(readdirSync(join(folder, 'work')).includes('cd.iso.tmp'), 'what was found is kept');

  const all = await run(folder, ['--scan', `${folder}/tree`, 'cd.jigdo']);
  t.equal(all.code, 0, all.output);
  t.match(all.output, 'Found 4 of the 4 files required by the template');
  t.ok(readFileSync(join(folder, 'work/cd.iso')).equals(image));

  server.behaviours.set('/cd.jigdo', status(404));
  const gone = await run(folder, [`${server.url}{cd,nothing}.jigdo`]);
  t.equal(gone.code, 3);
  t.equal(gone.output.match(/404 Not Found/g)?.length, 2);

  const help = await run(folder, ['--help']);
  t.match(help.output, /--scan PATH/);
  t.match((await run(folder, ['-v'])).output, /^jigdo-lite\/\d/m);
  t.equal((await run(folder, ['--nonsense'])).code, 3);
});
