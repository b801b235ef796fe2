// The command itself: help, mistakes, exit codes, what goes where.
import t, { type Test } from 'tap';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.js';
import { VERSION } from '../../src/version.js';
import { jigdo, noise } from './jigdo.js';

const a = noise(5000, 1);
const b = noise(70_000, 2);
const c = noise(3000, 3);
const image = Buffer.concat([noise(2048, 4), a, Buffer.alloc(1144), b, noise(1000, 5), c]);

/** A folder with an image and the tree of its files. */
function release(t: Test): string {
  return t.testdir({ 'x.iso': image, tree: { 'a.rpm': a, sub: { 'b c.rpm': b }, 'c.rpm': c } });
}

t.test('help and version go to stdout', async (t) => {
  const cwd = t.testdir();
  t.equal(jigdo(cwd, ['--version']).stdout.toString(), `jigdo ${VERSION}\n`);
  const general = jigdo(cwd, ['--help']);
  t.equal(general.code, 0);
  t.equal(general.stderr, '');
  const text = general.stdout.toString();
  t.match(text, /Commands:\n {2}jigdo make-template/);
  t.equal(jigdo(cwd, ['mt', '-h']).stdout.toString(), jigdo(cwd, ['make-template', '--help']).stdout.toString());
});

t.test('shells are told what can follow', async (t) => {
  const cwd = t.testdir();
  const complete = (...words: string[]): string[] =>
    jigdo(cwd, ['--get-yargs-completions', 'jigdo', ...words])
      .stdout.toString()
      .trim()
      .split('\n');
  t.strictSame(complete(''), [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))]);
  t.strictSame(complete('cache', ''), ['stats', 'prune']);
  const unknown = jigdo(cwd, ['--get-yargs-completions', 'jigdo', 'cache', ''], { env: { SHELL: '/bin/constructor' } });
  t.equal(unknown.stdout.toString(), 'stats\nprune\n', 'words only, for a shell that is not known');
  t.ok(complete('mt', '--').includes('--min-length'));
  t.strictSame(complete('help', 'cache', ''), ['stats', 'prune']);
  t.ok(complete('mirror', '-').includes('--dry-run'));
  for (const line of complete('mt', '--')) t.match(line, /^--\w[-\w]+$/);
  const modes = ['default', 'noprogress', 'quiet', 'grep'];
  t.strictSame(complete('mi', '--report', 'q'), modes);
  t.strictSame(complete('mi', '-r', ''), modes);
  t.strictSame(complete('mi', '--report', '='), modes, 'bash cuts at `=`');
  t.strictSame(complete('mi', '--report', '=', 'q'), modes);
  t.strictSame(
    complete('mi', '--report=q'),
    modes.map((mode) => `--report=${mode}`),
    'zsh does not',
  );
  for (const words of [
    ['verify', ''],
    ['mi', '--image', ''],
    ['mi', '--image=x'],
    ['nonsense', ''],
  ]) {
    t.strictSame(complete(...words), [''], `${words.join(' ')}: the shell finds files`);
  }
});

t.test('mistakes: exit code 3, one line, and where help is', async (t) => {
  const cwd = release(t);
  const wrong = (args: string[], stderr: string): void => {
    const { code, stdout, stderr: got } = jigdo(cwd, args);
    t.strictSame({ code, stderr: got }, { code: 3, stderr }, args.join(' '));
    t.match(stdout.toString(), args.includes('--json') ? /^\{"error":\{.*\}\}\n$/ : /^$/, args.join(' '));
  };
  const hint = (name: string): string => `${name}: Try \`${name} --help' for more information\n`;
  wrong(
    [],
    'jigdo: Please specify a command\nUsage: jigdo COMMAND [OPTIONS] [FILES], as in\n' +
      `${COMMANDS.slice(0, 4)
        .map(({ examples }) => `  ${examples[0][0]}\n`)
        .join('')}${hint('jigdo')}`,
  );
  wrong(['verfiy'], `jigdo: Invalid command \`verfiy' - did you mean \`verify'?\n${hint('jigdo')}`);
  wrong(
    ['ver', '--imgae', 'x'],
    `jigdo verify: Invalid option \`--imgae' - did you mean \`--image'?\n${hint('jigdo verify')}`,
  );
  wrong(
    ['mt', 'tree//'],
    'jigdo make-template: Not all of --image, --jigdo, --template are given (and what is missing does not follow from the rest)\n' +
      hint('jigdo make-template'),
  );
  const more = ['mt', '-i', 'x.iso', 'tree//'];
  wrong(
    [...more, '--min-length', '1x'],
    `jigdo make-template: Invalid size specifier \`1x' (examples: 4096, 64k, 1M)\n${hint('jigdo make-template')}`,
  );
  wrong(
    [...more, '--jobs', 'abc'],
    `jigdo make-template: Invalid number \`abc' (must be 1 to 1024)\n${hint('jigdo make-template')}`,
  );
  wrong(
    [...more, '--label', 'X'],
    `jigdo make-template: Invalid argument to --label: \`X' (must be LABEL=VALUE)\n${hint('jigdo make-template')}`,
  );
  wrong(
    [...more, '--cache-expiry', '3 days'],
    `jigdo make-template: Invalid time specifier \`3 days' (examples: 12h, 30d, 4w, 6m, 1y, off)\n${hint('jigdo make-template')}`,
  );
  wrong(
    [...more, '--json', '--template', '-'],
    `jigdo make-template: Both --template - and --json want to write to stdout\n${hint('jigdo make-template')}`,
  );
  wrong(
    [...more, '--json', '--report', 'grep'],
    `jigdo make-template: Both --json and --report grep want to write to stdout\n${hint('jigdo make-template')}`,
  );
  wrong(
    ['scan', 'tree//'],
    `jigdo scan: No cache file: specify one with --cache or in $JIGDO_CACHE\n${hint('jigdo scan')}`,
  );
  wrong(
    ['cache', 'stats', '--cache', 'nowhere'],
    "jigdo cache stats: Could not open `nowhere' for input: No such file or directory\n",
  );
  wrong(
    ['ver', '-i', 'nowhere', '-t', 'nothing'],
    "jigdo verify: Could not open `nothing' for input: No such file or directory\n",
  );
  t.strictSame(readdirSync(cwd).sort(), ['tree', 'x.iso'], 'nothing was written');
});

t.test('a release there and back', async (t) => {
  const cwd = release(t);
  const made = jigdo(cwd, ['mt', '-9', '-i', 'x.iso', '--check', '--json', '--label', 'L=tree', 'tree//']);
  t.equal(made.code, 0, made.stderr);
  const result = JSON.parse(made.stdout.toString()) as Record<string, unknown>;
  t.match(result, {
    algorithm: 'md5',
    image: { name: 'x.iso', length: image.length },
    files: 3,
    found: 3,
    parts: 3,
    matched: a.length + b.length + c.length,
    unmatched: 2048 + 1144 + 1000,
    checked: true,
  });
  t.match(made.stderr, /matched +78\.0 kB +94\.9 % - 3 files of 3, in 3 places/);
  t.match(readFileSync(join(cwd, 'x.jigdo'), 'utf8'), "='L:sub/b c.rpm'\n");

  const again = jigdo(cwd, ['mt', '-i', 'x.iso', 'tree//']);
  t.strictSame(
    [again.code, again.stderr],
    [3, "jigdo make-template: Output file `x.jigdo' already exists - delete it or use --force\n"],
  );
  const served = ['--label', 'L=tree', '--uri', 'L=http://a/'];
  t.equal(jigdo(cwd, ['mt', '-f', '-i', 'x.iso', '--report', 'quiet', ...served, 'tree//']).stderr, '');

  const rebuilt = jigdo(cwd, ['mi', '-i', 'y.iso', '-t', 'x.template', '--json', 'tree']);
  t.equal(rebuilt.code, 0, rebuilt.stderr);
  t.same(JSON.parse(rebuilt.stdout.toString()), {
    image: 'y.iso',
    status: 'created',
    needed: 3,
    found: 3,
    missing: [],
  });
  t.ok(readFileSync(join(cwd, 'y.iso')).equals(image));
  t.equal(jigdo(cwd, ['verify', '-i', 'y.iso', '-t', 'x.template']).code, 0);

  const bad = Buffer.from(image);
  bad[2048 + 17] ^= 1;
  writeFileSync(join(cwd, 'bad.iso'), bad);
  const verified = jigdo(cwd, ['verify', '-i', 'bad.iso', '-t', 'x.template', '--json']);
  t.equal(verified.code, 2);
  t.match(JSON.parse(verified.stdout.toString()), {
    ok: false,
    damage: [{ kind: 'part', offset: 2048, length: a.length }],
  });
});

t.test('parts that are missing are listed with their places', async (t) => {
  const cwd = release(t);
  jigdo(cwd, ['mt', '-i', 'x.iso', '--label', 'L=tree', '--uri', 'L=http://m/', 'tree//']);
  const first = jigdo(cwd, ['mi', '-i', 'y.iso', '-t', 'x.template', '-j', 'x.jigdo', '--json', 'tree/a.rpm']);
  t.equal(first.code, 1);
  t.match(first.stderr, 'Found 1 of the 3 files required by the template');
  t.match(first.stderr, 'Missing:\n   70.0 kB  http://m/sub/b c.rpm\n   3.00 kB  http://m/c.rpm\n');
  t.match(JSON.parse(first.stdout.toString()), {
    status: 'incomplete',
    missing: [{ length: 70_000, md5: /^[0-9a-f]{32}$/, uris: ['http://m/sub/b c.rpm'] }, { length: 3000 }],
  });
  t.notOk(existsSync(join(cwd, 'y.iso')));
  t.equal(jigdo(cwd, ['mi', '-i', 'y.iso', '-t', 'x.template', 'tree/c.rpm', 'tree/sub']).code, 0);
  t.ok(readFileSync(join(cwd, 'y.iso')).equals(image));
});

t.test('- is stdin and stdout', async (t) => {
  const cwd = release(t);
  const toStdout = jigdo(cwd, ['mt', '-i', 'x.iso', '-t', '-', 'tree//']);
  t.equal(toStdout.code, 0, toStdout.stderr);
  writeFileSync(join(cwd, 'x.template'), toStdout.stdout);
  const streamed = jigdo(cwd, ['mi', '-i', '-', '-t', 'x.template', 'tree']);
  t.equal(streamed.code, 0, streamed.stderr);
  t.ok(streamed.stdout.equals(image));
  t.equal(jigdo(cwd, ['ver', '-i', '-', '-t', 'x.template'], { input: image }).code, 0);
  t.equal(jigdo(cwd, ['ver', '-i', '-', '-t', 'x.template'], { input: image.subarray(1) }).code, 2);

  const names = Buffer.from('tree//a.rpm\ntree//sub/b c.rpm\ntree//c.rpm\n\n');
  const both = jigdo(cwd, ['mt', '-i', '-', '-j', 'n.jigdo', '-t', 'n.template', '-T', '-'], {
    input: Buffer.concat([names, image]),
  });
  t.equal(both.code, 0, both.stderr);
  t.ok(readFileSync(join(cwd, 'n.template')).equals(toStdout.stdout), 'names and image from one pipe');
});

t.test('--report grep lists matches on stdout, in bytes', async (t) => {
  const cwd = release(t);
  const { stdout } = jigdo(cwd, ['mt', '-i', 'x.iso', '--report', 'grep', 'tree//']);
  t.equal(stdout.toString(), '2048 tree/a.rpm\n8192 tree/sub/b c.rpm\n79192 tree/c.rpm\n');
});

t.test('the cache: asked for by option or environment, looked at, pruned', async (t) => {
  const cwd = release(t);
  const env = { JIGDO_CACHE: 'c.db' };
  const scanned = jigdo(cwd, ['scan', '--json', 'tree//'], { env });
  t.equal(scanned.code, 0, scanned.stderr);
  t.match(JSON.parse(scanned.stdout.toString()), { known: 0, read: 3, failed: 0 });
  t.match(jigdo(cwd, ['cache', 'stats', '--cache', 'c.db']).stdout.toString(), /c\.db: .*schema 2\n {2}files/);
  t.match(JSON.parse(jigdo(cwd, ['cache', 'stats', '--json'], { env }).stdout.toString()), { version: 2 });
  t.equal(jigdo(cwd, ['cache', 'prune', '--cache-expiry', '1d'], { env }).code, 0);
  t.equal(jigdo(cwd, ['mt', '-i', 'x.iso', 'tree//']).code, 0);
  t.equal(jigdo(cwd, ['mt', '-i', 'x.iso', '-f', 'tree//'], { env: { JIGDO_CACHE: 'other.db' } }).code, 0);
  t.ok(existsSync(join(cwd, 'other.db')));
  jigdo(cwd, ['mt', '-i', 'x.iso', '-f', '--no-cache', 'tree//'], { env: { JIGDO_CACHE: 'third.db' } });
  t.notOk(existsSync(join(cwd, 'third.db')));
});

t.test(
  'names that are not UTF-8',
  { skip: process.platform !== 'linux' && 'file systems elsewhere refuse them' },
  async (t) => {
    const cwd = t.testdir({ 'x.iso': image });
    const name = Buffer.concat([Buffer.from(`${cwd}/r\xffs.rpm`, 'latin1')]);
    writeFileSync(name, b);
    const { code, stdout } = jigdo(cwd, ['mt', '-i', 'x.iso', '--report', 'grep', './/']);
    t.equal(code, 0);
    t.equal(stdout.toString('latin1'), '8192 ./r\xffs.rpm\n');
    t.match(readFileSync(join(cwd, 'x.jigdo'), 'latin1'), '=A:r\xffs.rpm\n');
  },
);
