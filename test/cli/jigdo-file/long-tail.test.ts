// What scripts meet in the wild: odd names, odd trees, odd moments. Each in the real command.
import t, { type Test } from 'tap';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OURS } from '../../differential/jigdo-file/run.js';
import { noise } from '../jigdo.js';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it as another user if `user` is given. Output is latin1. */
function run(cwd: string, args: string[], input: Uint8Array = new Uint8Array(), user: string[] = []): Ended {
  const words = [...user, 'env', 'NODE_OPTIONS=', process.execPath, OURS, ...args];
  const { status, stdout, stderr } = spawnSync(words[0], words.slice(1), { cwd, input, encoding: 'latin1' });
  return { code: status, stdout, stderr };
}

/** A folder with a tree and the image of its files. */
function release(t: Test): string {
  const [a, b] = [noise(3000, 1), noise(4000, 2)];
  return t.testdir({ src: { a, b }, 'x.iso': Buffer.concat([noise(100, 3), a, b]) });
}

t.test('folders named twice, and within one another, count once', async (t) => {
  const cwd = release(t);
  const { stdout } = run(cwd, ['md5', '--report=quiet', 'src', 'src/', './src', '.', 'src/a']);
  t.strictSame(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('  ')[1]),
    ['src/a', 'src/b', './x.iso'],
  );
});

t.test('the image within its own tree is left out, with a line', async (t) => {
  const cwd = release(t);
  const made = run(cwd, ['mt', '-i', 'x.iso', '-r', 'noprogress', '.']);
  t.equal(made.code, 0);
  t.match(made.stderr, /^Leaving out `\.\/x\.iso': it is the image$/m);
  t.match(made.stderr, /^Match of `\.\/src\/a' at offset 100$/m);
});

t.test('a name with a line feed is written as in a URL', async (t) => {
  const cwd = release(t);
  writeFileSync(join(cwd, 'src/a\nb'), noise(2500, 9));
  writeFileSync(join(cwd, 'x.iso'), noise(2500, 9));
  t.equal(run(cwd, ['mt', '-i', 'x.iso', 'src//']).code, 0);
  t.match(readFileSync(join(cwd, 'x.jigdo'), 'latin1'), /=A:a%0Ab\n$/);
});

t.test('an image of nothing', async (t) => {
  const cwd = release(t);
  writeFileSync(join(cwd, 'e.iso'), '');
  t.equal(run(cwd, ['mt', '-i', 'e.iso', 'src']).code, 0);
  t.match(run(cwd, ['ls', '-t', 'e.template']).stdout, /^image-info-md5 +0 +1024 +1B2M2Y8AsgTpgAmY7PhCfg\n$/);
  t.equal(run(cwd, ['mi', '-i', 'f.iso', '-t', 'e.template']).code, 0);
  t.equal(statSync(join(cwd, 'f.iso')).size, 0);
  t.equal(run(cwd, ['ver', '-i', 'f.iso', '-t', 'e.template']).code, 0);
});

t.test('a file that grows after it was found is left out', async (t) => {
  const cwd = release(t);
  const child = spawn('env', ['NODE_OPTIONS=', process.execPath, OURS, 'md5', '-r', 'quiet', '-T', '-'], { cwd });
  const [out, err] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('latin1'));
  let stdout = '';
  out.on('data', (text: string) => (stdout += text));
  child.stdin.write('src/a\nsrc/b\nnosuch\n');
  // The names before it have been looked at.
  t.match(String((await once(err, 'data'))[0]), /Skipping object `nosuch'/);
  appendFileSync(join(cwd, 'src/a'), 'more');
  child.stdin.end();
  const said = once(err, 'data');
  const [code] = (await once(child, 'close')) as [number];
  t.equal(code, 0);
  t.match(String((await said)[0]), /Error while reading `src\/a' - file will be ignored \(it changed meanwhile\)/);
  t.match(stdout, /^\S{22} {2}src\/b\n$/);
});

t.test('files that may not be read are left out', async (t) => {
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const root = process.getuid?.() === 0;
  const cwd = t.testdir();
  const free = spawnSync('mktemp', ['-d'], { encoding: 'utf8' }).stdout.trim();
  t.teardown(() => void spawnSync('rm', ['-r', free]));
  chmodSync(free, 0o777);
  mkdirSync(join(free, 'shut'));
  for (const name of ['a', 'b', 'shut/c']) writeFileSync(join(free, name), noise(2000, name.length));
  chmodSync(join(free, 'a'), 0);
  chmodSync(join(free, 'shut'), 0);
  t.teardown(() => chmodSync(join(free, 'shut'), 0o700));
  const user = root ? nobody : [];
  if (run(cwd, ['-v'], undefined, user).code !== 0) return t.comment('skipped: nobody may not read this folder');
  const { code, stdout, stderr } = run(free, ['md5', '-r', 'quiet', './/'], undefined, user);
  t.equal(code, 0);
  t.match(stdout, /^\S{22} {2}b\n$/);
  t.match(stderr, /Could not open `\.\/a' for input - excluded \(Permission denied\)/);
  t.match(stderr, /Error reading from directory `\.\/shut\/' \(Permission denied\)/);
});

t.test("the original's cache is left alone", async (t) => {
  const cwd = release(t);
  const berkeley = Buffer.alloc(8192);
  berkeley.writeUInt32LE(0x053162, 12);
  writeFileSync(join(cwd, 'cache.db'), berkeley);
  const md5 = (): Ended => run(cwd, ['md5', '-r', 'quiet', '--cache', 'cache.db', 'src']);
  const [first, second] = [md5(), md5()];
  t.strictSame([first.code, first.stderr.trim().split('\n').length], [0, 1], 'one line');
  t.match(
    first.stderr,
    /Cache `cache\.db' is a Berkeley DB, as jigdo-file makes them: left as it is, using `.*' instead/,
  );
  t.equal(first.stdout, second.stdout);
  t.ok(readFileSync(join(cwd, 'cache.db')).equals(berkeley));
  t.ok(statSync(join(cwd, 'cache.db.jigdo-sqlite')).size > 0);
});

t.test('outputs that exist are noticed before a list is read', async (t) => {
  const cwd = release(t);
  writeFileSync(join(cwd, 'x.jigdo'), '');
  // Nobody ever ends this list.
  const child = spawn('env', ['NODE_OPTIONS=', process.execPath, OURS, 'mt', '-i', 'x.iso', '-T', '-'], { cwd });
  const [code] = (await once(child, 'exit')) as [number];
  child.stdin.destroy();
  t.equal(code, 3);
});

t.test('a list may end before the pipe does', async (t) => {
  const cwd = release(t);
  const child = spawn('env', ['NODE_OPTIONS=', process.execPath, OURS, 'md5', '-r', 'quiet', '-T', '-'], { cwd });
  child.stdin.write('src/a\n\n');
  const [code] = (await once(child, 'exit')) as [number];
  child.stdin.destroy();
  t.equal(code, 0);
});

t.test('version and help', async (t) => {
  const cwd = t.testdir();
  t.equal(run(cwd, ['--version']).stdout, 'jigdo-file version 0.8.2\n');
  const [short, long] = [run(cwd, ['-h']).stdout, run(cwd, ['-H']).stdout];
  t.ok(long.startsWith(short.trimEnd()));
  for (const line of long.split('\n')) t.ok(line.length <= 100, line);
});
