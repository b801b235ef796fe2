// What a command reads is never its own output: --force is not meant for that.
import t from 'tap';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jigdo, noise } from './jigdo.js';

const IMAGE = Buffer.concat([noise(2048, 3), noise(5000, 1)]);

t.test('lists, keys, configurations and caches are never replaced by what is made', async (t) => {
  const config = 'images: x.iso\ntrees: [{path: tree, label: L, servers: "http://127.0.0.1:9/"}]\nstate: .\n';
  const cwd = t.testdir({
    tree: { a: noise(5000, 1) },
    'x.iso': IMAGE,
    list: 'tree/a\n',
    sums: `${'0'.repeat(32)}  x.iso\n`,
    key: 'no key\n',
    'x.iso.json': config,
    MD5SUMS: config,
    'c.yaml': `${config}cache: x.template\n`,
    'd.yaml': config,
  });
  const made = ['-j', 'made.jigdo', '-t', 'made.template'];
  t.equal(jigdo(cwd, ['make-template', '-q', '-i', 'x.iso', ...made, 'tree//']).code, 0);
  t.equal(jigdo(cwd, ['scan', '-q', '--cache', 'c.db', 'tree']).code, 0);
  const before = readdirSync(cwd).sort();
  const contents = before.filter((name) => name !== 'tree').map((name) => readFileSync(join(cwd, name)));
  const template = ['make-template', '-f', '-i', 'x.iso', '-j', 'n.jigdo'];
  const image = ['make-image', '-f', '-t', 'made.template'];
  for (const [what, ...words] of [
    ["`c.db' is the cache", ...template, '-t', 'c.db', '--cache', 'c.db', 'tree//'],
    ["`n.template' will be the cache", ...template, '-t', 'n.template', '--cache', 'n.template', 'tree//'],
    ["`c.db-wal' will be the cache", ...template, '-t', 'c.db-wal', '--cache', 'c.db', 'tree//'],
    ["`list' is a list of files", ...template, '-t', 'list', '-T', 'list'],
    ["`list' is a list of files", ...image, '-i', 'list', '-T', 'list'],
    ["`c.db' is the cache", ...image, '-i', 'c.db', '--cache', 'c.db', 'tree'],
    ["`sums' is a list of checksums", 'download', '-f', '-o', 'sums', '--sums', 'sums', 'made.jigdo'],
    ["`c.db' is the cache", 'download', '-f', '-o', 'c.db', '--cache', 'c.db', 'made.jigdo'],
    ["`tree/a' is a file to inspect", 'inspect', '-f', '--tree', 'tree', '--html', 'tree/a', 'made.template'],
    ["`./x.iso.json' is the configuration", 'release', 'x.iso.json'],
    ["`./MD5SUMS' is the configuration", 'release', 'MD5SUMS'],
    ["`./x.template' will be the cache", 'release', 'c.yaml'],
    ["`./x.template' will be the cache", 'release', '--cache', 'x.template', 'd.yaml'],
  ]) {
    const ended = jigdo(cwd, words);
    t.match(ended, { code: 3, stderr: what }, words.join(' '));
    t.match(ended.stderr, 'give the output another name', words.join(' '));
    t.strictSame(readdirSync(cwd).sort(), before, `${words.join(' ')}: nothing is left`);
  }
  t.strictSame(
    before.filter((name) => name !== 'tree').map((name) => readFileSync(join(cwd, name))),
    contents,
    'all is what it was',
  );
  t.ok(readFileSync(join(cwd, 'tree/a')).equals(noise(5000, 1)));
  const daily = ['inspect', '-f', '--tree', 'tree', '--html', 'tree/report.html', 'made.template'];
  t.match(jigdo(cwd, daily), { code: 0 });
  t.match(jigdo(cwd, daily), { code: 0 }, 'a report is replaced by the next one, wherever it lies');
});
