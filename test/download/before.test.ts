// What can be known before the first byte of a part is known before: the server is asked for no part.
import t from 'tap';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jigdo, jigdoBeside, noise } from '../cli/jigdo.js';
import { serveFolder } from '../support/web-server.js';

t.test('what a run will fail of ends it before it asks for any part', async (t) => {
  const cwd = t.testdir({
    tree: { a: noise(5000, 1), b: noise(70_000, 2) },
    'x.iso': Buffer.concat([noise(2048, 3), noise(5000, 1), noise(70_000, 2)]),
    'other-sums': `${'0'.repeat(32)}  other.iso\n`,
    'no-sums': 'Hello\n',
    key: 'no key\n',
    folder: {},
    'there.iso': 'another image',
    'in-the-way.iso.tmp': {},
    'bad-in-the-way.iso.bad': {},
  });
  const server = await serveFolder(t, cwd);
  const publish = ['-i', 'x.iso', '--label', 'L=tree', '--uri', `L=${server.url}tree/`, 'tree//'];
  t.equal(jigdo(cwd, ['make-template', '-q', ...publish]).code, 0);
  // Beside the .jigdo there would be the image itself.
  mkdirSync(join(cwd, 'run'));
  const before = readdirSync(cwd).sort();
  const to = ['-o', 'new.iso'];
  for (const [code, told, words] of [
    [2, "`x.iso' is not in other-sums", [...to, '--sums', 'other-sums']],
    [2, 'no-sums: there are no checksums in it', [...to, '--sums', 'no-sums']],
    [3, "Could not open `gone'", [...to, '--sums', 'gone']],
    [2, 'key: these are no OpenPGP public keys', [...to, '--sums', 'other-sums', '--keyring', 'key']],
    [3, '--keyring is for the signature of a checksum list', [...to, '--keyring', 'key']],
    [3, 'There is no image 2', [...to, '--image-index', '2']],
    [3, 'must be LABEL=URL', [...to, '--mirror', server.url]],
    [3, 'is no URL', [...to, '--mirror', 'L=127.0.0.1/tree/']],
    [3, "Could not open `gone/new.iso' for output", ['-o', 'gone/new.iso']],
    [3, "Could not open `gone/' for output", ['--output-dir', 'gone']],
    [3, "`folder' is a directory", ['-o', 'folder']],
    [3, "`/dev/null' is a device", ['-o', '/dev/null']],
    [3, "`there.iso' already exists, and is another image", ['-o', 'there.iso']],
    [3, "`in-the-way.iso.tmp' is in the way", ['-o', 'in-the-way.iso']],
    [3, "`bad-in-the-way.iso.bad' is a directory", ['-o', 'bad-in-the-way.iso']],
    [3, '--image can name one image only', [...to, `${server.url}x.jigdo`]],
    [3, '404 Not Found', ['--output-dir', 'run', `${server.url}gone.jigdo`]],
  ] as const) {
    server.requests.length = 0;
    const ended = await jigdoBeside(cwd, ['download', `${server.url}x.jigdo`, ...words]);
    t.match(ended, { code, stderr: told }, words.join(' '));
    t.strictSame(
      server.requests.filter((request) => request.includes('/tree/')),
      [],
      words.join(' '),
    );
    t.strictSame(readdirSync(cwd).sort(), before, `${words.join(' ')}: nothing is left`);
  }
  writeFileSync(join(cwd, 'sums'), `${'0'.repeat(32)}  x.iso\n`);
  server.requests.length = 0;
  const good = await jigdoBeside(cwd, ['download', `${server.url}x.jigdo`, '--output-dir', 'run']);
  t.match(good, { code: 0 });
  t.equal(server.requests.filter((request) => request.includes('/tree/')).length, 2, 'the test would see them');
  server.requests.length = 0;
  const wrong = await jigdoBeside(cwd, ['download', `${server.url}x.jigdo`, ...to, '--sums', 'sums']);
  t.match(wrong, { code: 2, stderr: /sums/ }, 'a list that contradicts the template');
  t.strictSame(
    server.requests.filter((request) => request.includes('/tree/')),
    [],
  );
});
