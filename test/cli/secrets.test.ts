// Passwords and tokens in URLs: in whatever place they are given, no command shows them or writes them down.
import t from 'tap';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Release } from '../download/release.js';
import { atHome } from '../download/support.js';
import { startFaultyServer, status } from '../support/servers/faulty-http.js';
import { jigdoBeside } from './jigdo.js';

const SECRET = 'sesame';
/** With a debugger's eyes, too. */
const DEBUG = { JIGDO_DEBUG: '1' };

/** A URL with a password, a path, and a token. */
const secretive = (url: string, path = ''): string => `${url.replace('//', `//ali:${SECRET}@`)}${path}`;

/** All files below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The files that hold the secret, and not because whoever made them has put it in. */
function leaks(folder: string, allowed: RegExp): string[] {
  return filesBelow(folder).filter((path) => !allowed.test(path) && readFileSync(path).includes(SECRET));
}

t.test('no output of any command holds a secret', { timeout: 120_000 }, async (t) => {
  const release = Release.of(['a.deb', 'b.deb', 'c.deb'], 2000);
  const folder = t.testdir({ work: {}, tree: {}, local: {}, images: {}, release: { tree: {} }, home: {} });
  const server = await startFaultyServer(t, new Map([...release.served(), ['/image.template', release.template]]));
  const open = secretive(server.url);
  // One part is good, one wrong, one missing, and redirects lead to places with a password.
  server.behaviours.set('/b.deb', ({ response }) => void response.end('something else'));
  server.behaviours.set('/c.deb', status(404));
  server.behaviours.set(
    '/away.jigdo',
    ({ response }) => void response.writeHead(302, { location: secretive(server.url, 'gone.jigdo') }).end(),
  );
  server.behaviours.set(
    '/astray.jigdo',
    ({ response }) => void response.writeHead(302, { location: `gopher://ali:${SECRET}@127.0.0.1/` }).end(),
  );
  const jigdo = release.jigdo([open, `${server.url}x/?access_token=${SECRET}&file=`]).toString('latin1');
  const at = (name: string): string => join(folder, name);
  const put = (name: string, text: string): void => writeFileSync(at(name), text, 'latin1');
  put('image.jigdo', jigdo);
  writeFileSync(at('image.template'), release.template);
  put('remote.jigdo', jigdo.replace('Template=', `Template=${open}`));
  put('broken.jigdo', jigdo.replace('Template=image', `Template=${open}nothing/other`));
  put('including.jigdo', `[Include ${open}nothing.jigdo]\n${jigdo}`);
  put('info.jigdo', jigdo.replace('[Servers]', `ShortInfo=see ${open}\nInfo=${open}\n# ${open}\n[Servers]\nX=${open}`));
  put('long.jigdo', `${jigdo}[Servers]\nDebian=gopher://ali:${SECRET}@h/\nBad=http://ali:${SECRET}@h:99999/\n`);
  const sums = `${'0'.repeat(64)}  image.iso\n`;
  put('SHA256SUMS', sums);
  release.writeParts(at('tree'));
  put('release/image.iso', '');
  writeFileSync(at('release/image.iso'), release.image);
  release.writeParts(at('release/tree'));
  const config = (url: string): string =>
    `images: image.iso\ntrees:\n  - path: tree\n    label: Acme\n    servers: ${url}\noutput: out\n`;
  put('release/jigdo.yaml', config(open));
  put('release/bad.yaml', config(`${open}x y`));
  put('release/state.yaml', `${config(open)}names: { jigdo: 'http://ali:${SECRET}@h/{name}.jigdo' }\n`);

  const env = { ...atHome(at('home')), ...DEBUG };
  const deadProxy = {
    http_proxy: `http://ali:${SECRET}@127.0.0.1:1/`,
    https_proxy: `http://ali:${SECRET}@127.0.0.1:1/`,
  };
  const wrongProxy = { http_proxy: `ali:${SECRET}@127.0.0.1:1`, https_proxy: `bogus://ali:${SECRET}@127.0.0.1:1/` };
  const quick = ['--retries', '0', '--timeout', '5'];
  const runs: (readonly [number, readonly string[], Record<string, string>?])[] = [
    ...[[], ['--json']].flatMap((json) => [
      [1, ['download', ...quick, ...json, '--force', 'FOLDER/image.jigdo']] as const,
      [1, ['download', ...quick, ...json, '--force', '--mirror', `Acme=${open}`, 'FOLDER/remote.jigdo']] as const,
      [1, ['verify-tree', ...json, open, '--jigdo', 'FOLDER/image.jigdo', '--full']] as const,
      [1, ['verify-tree', ...json, 'FOLDER/local', '--jigdo', 'FOLDER/image.jigdo', '--fix-from', open]] as const,
      [1, ['verify-tree', ...json, '--label', `Acme=${open}`, '--jigdo', 'FOLDER/image.jigdo']] as const,
      [1, ['verify-tree', ...json, '--jigdo', 'FOLDER/image.jigdo', 'FOLDER/local']] as const,
      [
        3,
        [
          'mirror',
          ...json,
          'FOLDER/local',
          '--jigdo-dir',
          'FOLDER',
          '--image-dir',
          'FOLDER/images',
          '--fetch-from',
          open,
        ],
      ] as const,
      [
        1,
        [
          'make-image',
          ...json,
          '-i',
          'x.iso',
          '-j',
          'FOLDER/image.jigdo',
          '-t',
          'FOLDER/image.template',
          'FOLDER/local',
        ],
      ] as const,
      [0, ['inspect', ...json, 'FOLDER/info.jigdo']] as const,
      [0, ['inspect', ...json, 'FOLDER/including.jigdo', 'FOLDER/long.jigdo']] as const,
      [
        3,
        ['snapshot', ...json, '--output', 'snap', '--jigdo', 'FOLDER/image.jigdo', '--label', `Acme=${open}`],
      ] as const,
    ]),
    [1, ['download', ...quick, '--force', 'FOLDER/image.jigdo'], deadProxy],
    [1, ['download', ...quick, '--force', 'FOLDER/image.jigdo'], wrongProxy],
    [3, ['download', ...quick, secretive(server.url, 'nothing.jigdo')]],
    [3, ['download', ...quick, secretive(server.url, 'a.deb')]],
    [3, ['download', ...quick, `${server.url}nothing.jigdo?token=${SECRET}`]],
    [3, ['download', ...quick, `${server.url}away.jigdo`]],
    [3, ['download', ...quick, `${server.url}astray.jigdo`]],
    [3, ['download', ...quick, `http://ali:${SECRET}@127.0.0.1:1/x.jigdo`]],
    [3, ['download', ...quick, `ftp://ali:${SECRET}@127.0.0.1:1/x.jigdo`]],
    [3, ['download', ...quick, `gopher://ali:${SECRET}@127.0.0.1/x.jigdo`]],
    [3, ['download', ...quick, `http://ali:${SECRET}/${SECRET}@127.0.0.1:1/x.jigdo`]],
    [3, ['download', ...quick, `http://ali:a ${SECRET}@127.0.0.1:1/x.jigdo`]],
    [3, ['download', ...quick, `http://ali:${SECRET}@127.0.0.1:99999/x.jigdo`]],
    [3, ['download', ...quick, `ali:${SECRET}@127.0.0.1/x.jigdo`]],
    [3, ['download', ...quick, 'FOLDER/broken.jigdo']],
    [3, ['download', ...quick, '--sums', `${open}SHA256SUMS`, 'FOLDER/image.jigdo']],
    [2, ['download', ...quick, '--sums', 'FOLDER/SHA256SUMS', '--scan', 'FOLDER/tree', 'FOLDER/info.jigdo']],
    [3, ['download', '--mirror', `http://ali:${SECRET}@h/`, 'FOLDER/image.jigdo']],
    [3, ['download', '--mirror', `ali:${SECRET}@h/`, 'FOLDER/image.jigdo']],
    [3, ['download', `--mirorr=Acme=${open}`, 'FOLDER/image.jigdo']],
    [3, ['make-template', '--uri', open, '-i', 'x.iso']],
    [3, ['serve', '--url', open, '--jigdo', 'FOLDER/image.jigdo', 'FOLDER/tree']],
    [3, ['serve', '--url', `ali:${SECRET}@h/`, '--jigdo', 'FOLDER/image.jigdo', 'FOLDER/tree']],
    [0, ['inspect', '--html', 'report.html', 'FOLDER/info.jigdo']],
    [0, ['inspect', '--html', 'image.html', 'FOLDER/image.template']],
    [
      0,
      [
        'print-missing',
        '-i',
        'y.iso',
        '-j',
        'FOLDER/image.jigdo',
        '-t',
        'FOLDER/image.template',
        '--uri',
        `Acme=${open}`,
      ],
    ],
    [0, ['print-missing-all', '-i', 'y.iso', '-j', 'FOLDER/image.jigdo', '-t', 'FOLDER/image.template']],
    [
      0,
      [
        'make-template',
        '-i',
        'FOLDER/release/image.iso',
        '-j',
        'own.jigdo',
        '-t',
        'own.template',
        'FOLDER/tree//',
        '--label',
        'Acme=FOLDER/tree',
        '--uri',
        `Acme=${open}`,
      ],
    ],
    [0, ['release', 'FOLDER/release/jigdo.yaml']],
    [0, ['release', '--json', '--dry-run', 'FOLDER/release/jigdo.yaml']],
    [3, ['release', 'FOLDER/release/bad.yaml']],
    [3, ['release', 'FOLDER/release/state.yaml']],
    [3, ['md5sum', `http://ali:${SECRET}@h/`]],
  ];
  // jigdo-lite has a command line of its own; without a terminal it asks nobody.
  const lite = fileURLToPath(new URL('../../bin/jigdo-lite.js', import.meta.url));
  const session = spawn(process.execPath, [lite, '--noask', `${open}nothing.jigdo`, at('info.jigdo')], {
    cwd: at('home'),
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let said = '';
  for (const stream of [session.stdout, session.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const sessionEnds = once(session, 'close');
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < runs.length; i = next++) {
      const [code, words, more] = runs[i];
      const cwd = at(`work/${i}`);
      mkdirSync(cwd);
      const args = words.map((word) => word.replace('FOLDER', folder));
      const { code: got, stdout, stderr } = await jigdoBeside(cwd, args, { ...env, ...more });
      const shown = words.join(' ');
      t.equal(got, code, `${shown}: ${stderr}`);
      t.notMatch(stdout.toString().toLowerCase(), SECRET, `stdout of ${shown}`);
      t.notMatch(stderr.toLowerCase(), SECRET, `stderr of ${shown}`);
    }
  };
  await Promise.all([lane(), lane(), lane(), sessionEnds]);
  t.match(said, 'Images offered by', 'jigdo-lite does its work');
  t.notMatch(said, SECRET, 'jigdo-lite');
  t.strictSame(leaks(folder, /\.jigdo$|\.yaml$/), [], 'no file that was written holds it');
});
