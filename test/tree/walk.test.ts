import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fromText, toPath, type ByteString } from '../../src/format/bytes.js';
import { walkTree, type WalkOptions } from '../../src/tree/walk.js';
import { pathOf } from '../../src/tree/types.js';
import { oracle } from '../support/oracle.js';

/** Walks in a folder, and gives `prefix|rest` of what was found, and the messages. */
async function walk(
  folder: string,
  operands: readonly ByteString[],
  options: Partial<WalkOptions> = {},
): Promise<{ names: string[]; warnings: string[] }> {
  const warnings: string[] = [];
  const reporter = { info() {}, progress() {}, warning: (line: string) => void warnings.push(line) };
  const back = process.cwd();
  process.chdir(folder);
  try {
    const files = await walkTree(operands, { reporter, ...options });
    return { names: files.map((file) => `${file.prefix}|${file.rest}`), warnings };
  } finally {
    process.chdir(back);
  }
}

async function finds(
  t: Test,
  folder: string,
  operands: readonly ByteString[],
  names: readonly string[],
): Promise<void> {
  t.strictSame(await walk(folder, operands), { names, warnings: [] }, operands.join(' '));
}

t.test('directories are sorted by bytes, depth first', async (t) => {
  const folder = t.testdir({ d: { 'a.b': '1', a: { z: '2', B: '3' }, 'a-': '4', Z: '5', é: '6' } });
  await finds(t, folder, ['d'], ['|d/Z', '|d/a/B', '|d/a/z', '|d/a-', '|d/a.b', `|d/${fromText('é')}`]);
});

t.test('names are built from the operand, and cut at the last double slash', async (t) => {
  const folder = t.testdir({ src: { one: '1', sub: { two: '2' } } });
  await finds(t, folder, ['src//'], ['src/|one', 'src/|sub/two']);
  await finds(t, folder, ['src/'], ['|src/one', '|src/sub/two']);
  await finds(t, folder, ['src'], ['|src/one', '|src/sub/two']);
  await finds(t, folder, ['.//src//sub'], ['.//src/|sub/two']);
  await finds(t, folder, ['src///sub'], ['src//|sub/two']);
  await finds(t, folder, ['src//one', 'src//sub/'], ['src/|one', 'src/|sub/two']);
  await finds(t, folder, [`${folder}/src`], [`/|${folder.slice(1)}/src/one`, `/|${folder.slice(1)}/src/sub/two`]);
  await finds(t, folder, [`${folder}//src`], [`${folder}/|src/one`, `${folder}/|src/sub/two`]);
});

t.test('size, time and inode are those of the file', async (t) => {
  const folder = t.testdir({ f: 'seven..' });
  utimesSync(join(folder, 'f'), 1_600_000_000, 1_600_000_000.25);
  const reporter = { info() {}, progress() {}, warning() {} };
  const [file] = await walkTree([`${folder}/f`], { reporter });
  t.equal(file.size, 7);
  t.equal(file.mtimeNs, 1_600_000_000_250_000_000n);
  t.type(file.ino, 'bigint');
  t.equal(pathOf(file), `${folder}/f`);
});

t.test('a file is listed once, under the first name', async (t) => {
  const folder = t.testdir({ a: { x: '1' }, b: { z: '2' } });
  linkSync(join(folder, 'a/x'), join(folder, 'b/y'));
  await finds(t, folder, ['a', 'b', 'a/x', 'b'], ['|a/x', '|b/z']);
  await finds(t, folder, ['b', 'a'], ['|b/y', '|b/z']);
});

t.test('symbolic links are followed after everything else', async (t) => {
  const folder = t.testdir({ a: { file: '1' }, b: { real: '22' }, c: { sub: { deep: '333' } } });
  symlinkSync('../b/real', join(folder, 'a/0link'));
  symlinkSync('../c', join(folder, 'a/dir'));
  symlinkSync('nowhere', join(folder, 'b/dangling'));
  const dangling = "Skipping object `b/dangling' (No such file or directory)";
  t.strictSame(await walk(folder, ['a']), { names: ['|a/file', '|a/0link', '|a/dir/sub/deep'], warnings: [] });
  t.strictSame(await walk(folder, ['a', 'b']), {
    names: ['|a/file', '|b/real', '|a/dir/sub/deep'],
    warnings: [dangling],
  });
  t.strictSame(await walk(folder, ['a//'], { filesFrom: ['b', 'c'] }), {
    names: ['a/|file', 'a/|0link', 'a/|dir/sub/deep'],
    warnings: [dangling],
  });
  t.strictSame(await walk(folder, [], { filesFrom: ['a', 'b'] }), {
    names: ['|a/file', '|a/0link', '|a/dir/sub/deep'],
    warnings: [dangling],
  });
});

t.test('loops of symbolic links end', async (t) => {
  const folder = t.testdir({ a: { b: { f: '1' } } });
  symlinkSync('..', join(folder, 'a/b/up'));
  symlinkSync('.', join(folder, 'a/here'));
  symlinkSync('self', join(folder, 'a/self'));
  t.strictSame(await walk(folder, ['a']), {
    names: ['|a/b/f'],
    warnings: ["Skipping object `a/self' (Too many levels of symbolic links)"],
  });
  t.strictSame(await walk(folder, ['a/b']), {
    names: ['|a/b/f'],
    warnings: ["Skipping object `a/b/up/self' (Too many levels of symbolic links)"],
  });
});

t.test('what cannot be read is reported', async (t) => {
  const folder = t.testdir({ d: { f: '1', empty: '' }, empty: '' });
  execFileSync('mkfifo', [join(folder, 'd/fifo'), join(folder, 'named')]);
  t.strictSame(await walk(folder, ['gone', 'd', 'named', 'empty', 'd/f/', '', 'nul\0', '/dev/null']), {
    names: ['|d/f'],
    warnings: [
      "Skipping object `gone' (No such file or directory)",
      "Skipping object `d/fifo' (Not a regular file)",
      "Skipping object `named' (Not a regular file)",
      "Skipping object `d/f/' (Not a directory)",
      "Skipping object `' (No such file or directory)",
      "Skipping object `nul\\x00' (No file can have a NUL byte in its name)",
      "Skipping object `/dev/null' (Not a regular file)",
    ],
  });
  if (process.getuid?.() === 0) return; // root may read everything
  mkdirSync(join(folder, 'closed'));
  chmodSync(join(folder, 'closed'), 0);
  t.strictSame((await walk(folder, ['closed'])).warnings, [
    "Error reading from directory `closed/' (Permission denied)",
  ]);
});

t.test('names are bytes', async (t) => {
  const folder = t.testdir({ d: {} });
  for (const name of ['\xff\xfe', 'new\nline', '\xe9.deb', '*']) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/d/`), toPath(name)]), name);
  }
  await finds(t, folder, ['d//'], ['d/|*', 'd/|new\nline', 'd/|\xe9.deb', 'd/|\xff\xfe']);
  await finds(t, folder, ['d//\xff\xfe'], ['d/|\xff\xfe']);
  await finds(t, folder, ['d/?.deb', 'd/*'], ['|d/\xe9.deb', '|d/*']);
});

t.test('operands that do not exist may be globs', async (t) => {
  const folder = t.testdir({
    m1: { pool: { 'b.deb': '1', 'a.deb': '2', '.hidden.deb': '3', sub: { 'c.deb': '4' } } },
    m2: { pool: { 'é.deb': '5' } },
    '[x].deb': '6',
    x: '7',
  });
  await finds(t, folder, ['m1/pool/*.deb'], ['|m1/pool/a.deb', '|m1/pool/b.deb']);
  await finds(t, folder, ['./*//pool/b.deb', './x*'], ['./m1/|pool/b.deb', '|./x']);
  await finds(t, folder, ['./m1/**/[ac].deb'], ['|./m1/pool/a.deb', '|./m1/pool/sub/c.deb']);
  await finds(t, folder, ['m1//pool/{a,b}.deb'], ['m1/|pool/a.deb', 'm1/|pool/b.deb']);
  await finds(t, folder, ['m[12]//pool/?.deb'], ['m1/|pool/a.deb', 'm1/|pool/b.deb', `m2/|pool/${fromText('é.deb')}`]);
  await finds(
    t,
    folder,
    ['m?//'],
    [
      ...['m1/|pool/.hidden.deb', 'm1/|pool/a.deb', 'm1/|pool/b.deb', 'm1/|pool/sub/c.deb'],
      `m2/|pool/${fromText('é.deb')}`,
    ],
  );
  await finds(t, folder, [`${folder}/m1//po*/a*`], [`${folder}/m1/|pool/a.deb`]);
  await finds(t, join(folder, 'm1'), ['../m2/*/*'], [`|../m2/pool/${fromText('é.deb')}`]);
  await finds(t, folder, ['[x].deb', '[x]'], ['|[x].deb', '|x']);
  t.strictSame(await walk(folder, ['*.rpm']), {
    names: [],
    warnings: ["Skipping object `*.rpm' (No such file or directory)"],
  });
  t.strictSame(
    await walk(folder, [], { filesFrom: ['m1/*'] }),
    { names: [], warnings: ["Skipping object `m1/*' (No such file or directory)"] },
    'names in lists are no patterns',
  );
});

t.test('excluded names are passed over', async (t) => {
  const folder = t.testdir({
    d: { 'a.deb': '1', '.svn': { x: '2' }, pool: { 'a.deb': '3', 'b.deb': '4', 'é.txt': '5' }, tmp: { y: '6' } },
    tmp: '7',
  });
  const without = async (...exclude: string[]): Promise<string[]> => (await walk(folder, ['d//'], { exclude })).names;
  t.strictSame(await without('a.deb', 'tmp', '.*'), ['d/|pool/b.deb', `d/|pool/${fromText('é.txt')}`]);
  t.strictSame(await without('pool/*.deb', '/tmp', '.s*/'), ['d/|a.deb', `d/|pool/${fromText('é.txt')}`]);
  t.strictSame(await without('**/?.txt', 'a.deb/', 'pool/b*', '{tmp,.svn}'), ['d/|a.deb', 'd/|pool/a.deb']);
  t.strictSame((await walk(folder, ['tmp', 'd/tmp'], { exclude: ['tmp'] })).names, ['|d/tmp/y']);
});

t.test('a glob that no name can be like is refused', async (t) => {
  const folder = t.testdir({ f: '1' });
  const refused = async (glob: string, message: RegExp): Promise<void> => {
    await t.rejects(walk(folder, ['.'], { exclude: ['x', glob] }), { name: 'JigdoError', message });
  };
  await refused('', /^Nothing can be excluded by `': name files or folders/);
  await refused('//', /^Nothing can be excluded by `\/\/': /);
  await refused('[a'.repeat(30_000), /^What is excluded by `(\[a){10}…' is longer than any path$/);
});

t.test('an aborted walk throws the reason', async (t) => {
  const folder = t.testdir({ f: '1' });
  const reason = new Error('stop');
  await t.rejects(walk(folder, ['.'], { signal: AbortSignal.abort(reason) }), reason);
});

t.test('the same files as the original finds', async (t) => {
  const program = oracle(t, 'jigdo-file');
  if (program === undefined) return;
  const folder = t.testdir({
    src: { one: '1', sub: { 'two words': '2', deep: { x: '3' } }, empty: '', Z: '4' },
    out: '5',
  });
  symlinkSync('../out', join(folder, 'src/link'));
  symlinkSync('..', join(folder, 'src/sub/up'));
  linkSync(join(folder, 'out'), join(folder, 'src/sub/hard'));
  for (const operands of [['src//'], ['src'], ['src', 'out'], ['src//sub', 'src'], ['.//src//', 'gone']]) {
    const output = execFileSync(program, ['md5sum', '--report=quiet', ...operands], {
      cwd: folder,
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const theirs = output.split('\n').filter((line) => line !== '');
    const { names } = await walk(folder, operands);
    t.strictSame(
      names.map((name) => name.slice(name.indexOf('|') + 1)).sort(),
      theirs.map((line) => line.slice(line.indexOf('  ') + 2)).sort(),
      operands.join(' '),
    );
  }
});
