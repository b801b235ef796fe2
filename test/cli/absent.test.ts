// What is named and is not there: docs/cli.md has a table of it, from which these tests are made.
import t, { type Test } from 'tap';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.js';
import { jigdo, jigdoBeside, noise, Running, type Outcome } from './jigdo.js';

const a = noise(5000, 1);
const b = noise(7000, 2);
const image = Buffer.concat([noise(2048, 3), a, b]);

/** The name of nothing. */
const GONE = 'gone';

/** A published image, its tree, and what commands want besides. */
function published(t: Test): string {
  const cwd = t.testdir({
    'x.iso': image,
    tree: { a, sub: { b } },
    dir: {},
    ...{ names: 'tree/a\n', more: `tree/a\n${GONE}\n` },
    'c.yaml': 'images: x.iso\ntrees: [{path: tree, label: L, servers: "http://127.0.0.1:9/"}]\noutput: out\n',
    'no-image.yaml': `images: ${GONE}\ntrees: [{path: tree, label: L, servers: "http://127.0.0.1:9/"}]\noutput: out\n`,
    'no-tree.yaml': `images: x.iso\ntrees: [{path: ${GONE}, label: L, servers: "http://127.0.0.1:9/"}]\noutput: out\n`,
  });
  const made = jigdo(cwd, [
    'mt',
    '-i',
    'x.iso',
    '-j',
    'dir/x.jigdo',
    '-t',
    'dir/x.template',
    '--label',
    'L=tree',
    'tree//',
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  return cwd;
}

/** A command line that ends well, and the operand that a person names. */
const GOOD: Record<string, { operand?: string; args: string[] }> = {
  'make-template': { operand: 'tree//', args: ['-i', 'x.iso', '-j', 'y.jigdo', '-t', 'y.template'] },
  release: { operand: 'c.yaml', args: [] },
  'make-image': { operand: 'tree', args: ['-i', 'y.iso', '-t', 'dir/x.template'] },
  download: { operand: 'dir/x.jigdo', args: ['--image', 'y.iso'] },
  verify: { args: ['-i', 'x.iso', '-t', 'dir/x.template'] },
  'verify-tree': { operand: 'tree', args: ['--jigdo', 'dir/x.jigdo'] },
  mirror: { operand: 'tree', args: ['--jigdo-dir', 'dir', '--image-dir', 'images'] },
  snapshot: { operand: 'tree', args: ['--jigdo', 'dir/x.jigdo', '-o', 'snap'] },
  serve: { operand: 'tree', args: ['--jigdo', 'dir/x.jigdo', '--listen', '0', '--grace', '0'] },
  scan: { operand: 'tree', args: ['--cache', 'c.db'] },
  md5sum: { operand: 'tree', args: [] },
  sha256sum: { operand: 'tree', args: [] },
  'cache stats': { args: [] },
  'cache prune': { args: [] },
  'print-missing': { args: ['-i', 'y.iso', '-j', 'dir/x.jigdo', '-t', 'dir/x.template'] },
  'print-missing-all': { args: ['-i', 'y.iso', '-j', 'dir/x.jigdo', '-t', 'dir/x.template'] },
  'list-template': { args: ['-t', 'dir/x.template'] },
  inspect: { operand: 'dir/x.template', args: [] },
};

/** Long names of options of GOOD. */
const LONG: Record<string, string> = { '-i': '--image', '-j': '--jigdo', '-t': '--template', '-o': '--output' };
for (const long of ['--jigdo', '--jigdo-dir', '--image-dir', '--image', '--cache']) LONG[long] = long;

/** What is typed for a row's words. `operand` goes in the place of the good one, or beside it. */
function typed(command: string, what: string): { operands?: string[]; options?: string[]; names?: string } {
  const good = GOOD[command].operand ?? '';
  if (/^`(TREE|FILE|SOURCE|CONFIG|IMAGE)`$/.test(what)) {
    const others = ['scan', 'md5sum', 'sha256sum', 'inspect'].includes(command);
    return { operands: others ? [GONE, good] : [GONE] };
  }
  if (what === 'and in it: an image') return { operands: ['no-image.yaml'] };
  if (what === 'a tree') return { operands: ['no-tree.yaml'] };
  const option = /--[a-z-]+/.exec(what)?.[0] ?? '';
  if (what.startsWith('a name in')) return { options: [option, 'more'] };
  if (what === 'a `TREE` of that name for `--label`') return { options: [option, `L=${GONE}`] };
  if (what.startsWith('a label for') || what.startsWith('a part for'))
    return { options: [option, `${GONE}=http://127.0.0.1:9/`] };
  if (what.startsWith('a file with the label')) return { options: [option, `${GONE}=tree`] };
  if (what.startsWith('a file for') || what.startsWith('an image for')) return { options: [option, GONE] };
  if (option === '--mirror' || option === '--label') return { options: [option, `L=${GONE}`] };
  if (what.startsWith('the folder of') && option !== '--label') return { options: [option, `${GONE}/file`] };
  // A list needs its image, a keyring its list.
  if (option === '--keyring') return { options: ['--sums', 'names', option, GONE] };
  return { options: [option, GONE] };
}

interface Row {
  readonly command: string;
  readonly what: string;
  readonly then: string;
  readonly codes: readonly number[];
}

/** The table, a row for each command and name. */
function rows(): Row[] {
  const text = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const section = /\n## What is not there\n([^]*?)\n## /.exec(text)?.[1] ?? '';
  const lines = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  return lines.flatMap((line) => {
    const [commands, names, then, codes] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    // `the folder of A or B` stands for both.
    const whats = names.split(/, |; /).flatMap((name) => {
      const [first, second] = name.split(' or ');
      return second === undefined ? [name] : [first, `${/^.* of /.exec(first)?.[0] ?? ''}${second}`];
    });
    return commands.split(', ').flatMap((command) =>
      whats.map((what) => ({
        command: command.replaceAll('`', ''),
        what,
        then,
        codes: codes.split(', ').map(Number),
      })),
    );
  });
}

const ROWS = rows();

t.test('the table has every option and operand that names something', (t) => {
  const NAMING = /FILE|DIR|PATH|TREE|MIRROR|URL|URI|GLOB|OUT/;
  for (const { name, options, operands } of COMMANDS) {
    if (name === 'completion') continue;
    const whats = ROWS.filter(({ command }) => command === name).map(({ what }) => what);
    const has = (word: string): boolean => whats.some((what) => what.includes(`\`${word}\``));
    const operand = /[A-Z]+/.exec(operands.replace('URL|', ''))?.[0];
    if (operand !== undefined) t.ok(has(operand), `${name} ${operand}`);
    for (const option of options) {
      // --url names our own server.
      if (option.name === 'url' || !NAMING.test(option.value ?? '')) continue;
      t.ok(has(`--${option.name}`), `${name} --${option.name}`);
    }
  }
  t.end();
});

t.test('what the table says happens', { jobs: 2, timeout: 120_000 }, (t) => {
  // As many at a time as there are cores.
  for (const lane of [0, 1]) {
    const rows = ROWS.filter((_, i) => i % 2 === lane);
    void t.test(`every second row from ${lane} on`, { buffered: true }, (t) => tryRows(t, published(t), rows));
  }
  t.end();
});

async function tryRows(t: Test, cwd: string, rows: readonly Row[]): Promise<void> {
  const before = readdirSync(cwd);
  for (const { command, what, then, codes } of rows) {
    const words = commandLine(command, what);
    const { code, stdout, stderr } =
      command === 'serve' && then !== 'nothing is done' ? await served(cwd, words) : await jigdoBeside(cwd, words);
    const where = `${words.join(' ')} (${what})\n${stderr}`;
    t.ok(codes.includes(code ?? -1), `${code}: ${where}`);
    t.notMatch(stderr, /Unexpected error|\n +at /, where);
    if (then !== 'it is not needed' && then !== 'it is made') t.match(stderr, GONE, where);
    const made = readdirSync(cwd).filter((name) => !before.includes(name));
    if (then === 'nothing is done') t.strictSame({ made, stdout: String(stdout) }, { made: [], stdout: '' }, where);
    if (then === 'the others are done')
      t.match(`${String(stdout)}${stderr}`, /tree\/a|[12] read|dir\/x\.template|all good/, where);
    if (then === 'it is made') t.ok(made.includes(GONE), where);
    for (const name of made) rmSync(join(cwd, name), { recursive: true });
  }
}

/** A command line like the good one, but for what is not there. */
function commandLine(command: string, what: string): string[] {
  const { operand, args } = GOOD[command];
  const { operands = operand === undefined ? [] : [operand], options = [] } = typed(command, what);
  const kept: string[] = [];
  for (let i = 0; i < args.length; i += 2)
    if (LONG[args[i]] !== (what === '`IMAGE`' ? '--image' : options[0])) kept.push(args[i], args[i + 1]);
  if (command === 'verify-tree' && options[0] === '--jigdo') kept.push('--jigdo', 'dir/x.jigdo');
  return [...command.split(' '), ...kept, ...options, ...operands];
}

/** A server, from its first word to its end. */
async function served(cwd: string, words: string[]): Promise<Outcome> {
  const server = new Running(cwd, words, { stdout: 'pipe' });
  if (server.child.stdout) await once(server.child.stdout, 'data');
  server.child.kill('SIGTERM');
  const code = await server.ended();
  return { code: typeof code === 'number' ? code : null, stdout: Buffer.alloc(0), stderr: server.stderr };
}

t.test('an empty folder is a disk that is not mounted', async (t) => {
  const cwd = published(t);
  mkdirSync(join(cwd, 'empty'));
  const [mt, mirror] = [GOOD['make-template'].args, GOOD.mirror.args];
  for (const words of [
    ['make-template', ...mt, 'empty//'],
    ['verify-tree', '--jigdo', 'dir/x.jigdo', 'empty'],
    ['mirror', ...mirror, 'empty'],
    ['mirror', ...mirror, '--label', 'L=empty'],
    ['snapshot', '--jigdo', 'dir/x.jigdo', '-o', 'snap', 'empty'],
  ]) {
    t.match(
      (await jigdoBeside(cwd, words)).stderr,
      /There is nothing in `empty\/?\/?': is its disk mounted\?/,
      words.join(' '),
    );
  }
  for (const [command, code] of [
    ['mirror', 3],
    ['snapshot', 3],
    ['verify-tree', 2],
  ] as const) {
    const more = command === 'snapshot' ? ['-o', 'snap'] : [];
    const outcome = await jigdoBeside(cwd, [command, '--jigdo-dir', 'empty', ...more, 'tree']);
    t.match(outcome, { code, stderr: "There is no .jigdo file below `empty': is its disk mounted?" }, command);
  }
});

t.test('links to nothing, files for folders and folders for files', async (t) => {
  const cwd = published(t);
  symlinkSync('/no/where', join(cwd, 'link'));
  const fails = async (words: string[], message: string, code = 3): Promise<void> =>
    void t.match(await jigdoBeside(cwd, words), { code, stderr: message }, words.join(' '));
  const tree = ['--jigdo', 'dir/x.jigdo'];
  await fails(['verify-tree', ...tree, 'link'], "No such file or directory (it is a symbolic link to `/no/where')", 2);
  await fails(['verify-tree', ...tree, 'x.iso'], "`x.iso' is not a directory", 2);
  await fails(['mirror', '--jigdo-dir', 'x.iso', 'tree'], "`x.iso' is not a directory");
  await fails(
    ['make-template', ...GOOD['make-template'].args, '-T', 'tree', 'tree//'],
    "Could not open `tree' for input: Is a directory",
  );
  await fails(
    ['make-template', ...GOOD['make-template'].args, 'pool/*.rpm'],
    "Could not open `pool/*.rpm' for input: No such file",
  );
  await fails(
    ['make-template', ...GOOD['make-template'].args, '/dev/null'],
    "Could not open `/dev/null' for input: Not a regular file",
  );
  await fails(['download', 'tree'], "Could not open `tree' for input: Is a directory");
  await fails(['mirror', '--jigdo-dir', 'dir', '--jigdo-dir', 'dir', 'tree'], 'One --jigdo-dir at a time');
});

t.test('what only helps: the warning tells how much it would have had', async (t) => {
  const cwd = published(t);
  const download = await jigdoBeside(cwd, ['download', '--scan', 'gone', '--image', 'y.iso', 'dir/x.jigdo']);
  t.match(download.stderr, "`gone' is not there: all 2 files will be downloaded\n");
  const some = await jigdoBeside(cwd, ['make-image', '-i', 'z.iso', '-t', 'dir/x.template', 'gone', 'tree/a']);
  t.match(some, { code: 1, stderr: "`gone' is not there: what nothing else has of 2 files will be missing\n" });
});

t.test('two configurations in a folder have records of their own, and one cache', async (t) => {
  const cwd = published(t);
  writeFileSync(
    join(cwd, 'd.yaml'),
    `${readFileSync(join(cwd, 'c.yaml'), 'utf8').replace('out\n', 'other\n')}sums: []\n`,
  );
  for (const config of ['c.yaml', 'd.yaml']) t.equal((await jigdoBeside(cwd, ['release', config])).code, 0);
  for (const config of ['c.yaml', 'd.yaml'])
    t.match((await jigdoBeside(cwd, ['release', config])).stderr, '1 up to date');
  t.ok(existsSync(join(cwd, '.jigdo-release/cache.db')));
});
