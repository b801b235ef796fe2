// What outputs replace, what killed runs leave, and what the system says of them.
import t from 'tap';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputProblem, reasonOf } from '../../src/errors.js';
import { lockOutput } from '../../src/io/lock.js';
import { makeFolder } from '../../src/io/make-folder.js';
import { outputTarget } from '../../src/io/output-place.js';
import { OutputFile } from '../../src/io/output.js';
import { JIGDO, jigdo, noise } from '../cli/jigdo.js';

t.test('only regular files are replaced, and those behind links', async (t) => {
  const cwd = t.testdir({ file: 'old', folder: {} });
  for (const [name, to] of [
    ['link', 'file'],
    ['dangling', 'folder/new'],
    ['null', '/dev/null'],
    ['loop', 'loop'],
  ])
    symlinkSync(to, join(cwd, name));
  for (const force of [false, true]) {
    for (const path of ['/dev/null', 'null', 'folder', 'loop']) {
      const name = path.startsWith('/') ? path : join(cwd, path);
      t.throws(() => outputTarget(name, { force }), { name: 'JigdoError', exitCode: 3 }, `${path}, force ${force}`);
    }
  }
  for (const name of ['file', 'link', 'dangling']) {
    await t.rejects(OutputFile.open(join(cwd, name)), { message: /already exists/ });
    using output = await OutputFile.open(join(cwd, name), { force: true });
    output.write(Buffer.from(name));
    output.commit();
    if (name !== 'file') t.ok(lstatSync(join(cwd, name)).isSymbolicLink(), 'the link stays');
    t.equal(readFileSync(join(cwd, name), 'utf8'), name);
  }
  t.strictSame(readdirSync(join(cwd, 'folder')), ['new']);
  t.strictSame(readdirSync(cwd).sort(), ['dangling', 'file', 'folder', 'link', 'loop', 'null'], 'no litter');
});

t.test('no command replaces a device, or begins to work for one', (t) => {
  const cwd = t.testdir({ 'x.iso': noise(5000, 1) });
  t.equal(jigdo(cwd, ['make-template', '-i', 'x.iso']).code, 0);
  spawnSync('mkfifo', [join(cwd, 'fifo')]);
  symlinkSync('nowhere', join(cwd, 'dangling'));
  const before = readdirSync(cwd).sort();
  for (const args of [
    ['make-image', '-t', 'x.template', '-i'],
    ['inspect', 'x.jigdo', '--html'],
    ['make-template', '-i', 'x.iso', '-t', 'y.template', '-j'],
    ['make-template', '-i', 'x.iso', '-j', 'y.jigdo', '-t'],
    ['download', 'x.jigdo', '--image'],
  ]) {
    const { code, stderr } = jigdo(cwd, [...args, 'fifo', '--force']);
    t.equal(code, 3, stderr);
    t.match(stderr, args[0] === 'download' ? /fifo|image/ : /`fifo' is a device or pipe, not a regular file/);
    if (args[0] === 'download') continue;
    t.match(jigdo(cwd, [...args, 'dangling']), { code: 3, stderr: /already exists/ });
  }
  t.strictSame(readdirSync(cwd).sort(), before);
  t.end();
});

t.test('no output takes the place of what the work reads', (t) => {
  const file = noise(5000, 2);
  const cwd = t.testdir({ 'x.iso': Buffer.concat([noise(5000, 1), file]), tree: { file } });
  t.equal(jigdo(cwd, ['make-template', '-i', 'x.iso', 'tree//']).code, 0);
  const inputs = ['x.iso', 'x.jigdo', 'x.template', 'tree/file'];
  const before = inputs.map((name) => readFileSync(join(cwd, name)));
  for (const [args, message] of [
    [['make-image', '-j', 'x.jigdo', '-t', 'x.template', 'tree', '-i', 'x.template'], 'x.template'],
    [['make-image', '-j', 'x.jigdo', '-t', 'x.template', 'tree', '-i', './x.jigdo'], 'x.jigdo'],
    [['make-image', '-j', 'x.jigdo', '-t', 'x.template', 'tree', '-i', 'tree/file'], 'tree/file'],
    [['download', 'x.jigdo', '--scan', 'tree', '--image', 'x.template'], 'x.template'],
    [['download', 'x.jigdo', '--scan', 'tree', '--image', 'x.jigdo'], 'x.jigdo'],
    [['inspect', 'x.jigdo', '--html', 'x.template'], 'x.template'],
    [['inspect', 'x.template', '--html', 'x.jigdo'], 'x.jigdo'],
    [['make-template', '-i', 'x.iso', '-j', 'y.jigdo', '-t', 'x.jigdo', '--merge', 'x.jigdo'], 'x.jigdo'],
    [['make-template', '-i', 'x.iso', '-j', 'y.jigdo', '-t', './y.jigdo'], 'y.jigdo'],
  ] as const) {
    const { code, stderr } = jigdo(cwd, [...args, '--force']);
    t.equal(code, 3, args.join(' '));
    t.match(stderr.trimEnd().split('\n').at(-1), `${message}' `, stderr);
  }
  t.strictSame(
    inputs.map((name) => readFileSync(join(cwd, name))),
    before,
  );
  t.strictSame(readdirSync(cwd).sort(), ['tree', 'x.iso', 'x.jigdo', 'x.template']);
  // What is going to be replaced is no part.
  const made = jigdo(cwd, ['make-template', '-i', 'x.iso', '-j', 'y.jigdo', '-t', 'tree/file', '--force', 'tree//']);
  t.match(made, { code: 0, stderr: /Leaving out `tree\/file': it is the template/ });
  t.equal(jigdo(cwd, ['make-image', '-t', 'tree/file', '-i', 'y.iso']).code, 0);
  t.strictSame(readFileSync(join(cwd, 'y.iso')), before[0]);
  t.end();
});

t.test('where an image cannot be written is known before the files are looked at', (t) => {
  const cwd = t.testdir({ 'x.iso': noise(5000, 1), tree: { file: noise(5000, 2) } });
  t.equal(jigdo(cwd, ['make-template', '-i', 'x.iso']).code, 0);
  symlinkSync('none/x', join(cwd, 'link'));
  for (const image of ['link', 'none/x', 'x.iso/x']) {
    for (const start of [
      [JIGDO, 'make-image', '--force'],
      [JIGDO.replace(/jigdo\.js$/, 'jigdo-file.js'), 'make-image', '--force'],
      [JIGDO, 'download', 'x.jigdo', '--force'],
    ]) {
      const files = start.includes('download') ? ['--scan', 'tree'] : ['-t', 'x.template', 'tree'];
      const { status, stderr } = spawnSync(process.execPath, [...start, '--image', image, ...files], { cwd });
      t.equal(status, 3);
      t.match(stderr.toString(), /^[\w-]+(?: [\w-]+)?: Could not open `[^']*' for output: [^\n]*\n$/, start.join(' '));
    }
  }
  t.end();
});

t.test('a lock dies with its owner, and dead parts go', async (t) => {
  const cwd = t.testdir({ '.x.0123abcd.part': 'dead', '.y.0123abcd.part': 'of another', '.x.lock': '' });
  const path = join(cwd, 'x');
  {
    using output = await OutputFile.open(path);
    t.strictSame(
      readdirSync(cwd).filter((name) => name === '.x.0123abcd.part'),
      [],
    );
    await t.rejects(OutputFile.open(path), { message: /in use: another run is at work on it, and holds .*\.x\.lock/ });
    await t.rejects(lockOutput(path), { message: /in use/ });
    output.write(Buffer.from('x'));
    output.commit();
  }
  t.strictSame(readdirSync(cwd).sort(), ['.y.0123abcd.part', 'x']);
});

t.test('what a run has left that was killed between its outputs goes, though the next one refuses', (t) => {
  const cwd = t.testdir({
    'x.iso': noise(5000, 1),
    'x.template': 'whole',
    '.x.jigdo.0123abcd.part': '',
    '.x.jigdo.lock': '',
  });
  t.match(jigdo(cwd, ['make-template', '-i', 'x.iso']), { code: 3, stderr: /x\.template' already exists/ });
  t.strictSame(readdirSync(cwd).sort(), ['x.iso', 'x.template']);
  t.end();
});

t.test('IMAGE.tmp that only lacks its name is the image', (t) => {
  const image = noise(50_000, 2);
  const cwd = t.testdir({ 'x.iso': image, tree: { a: image.subarray(100, 30_000) } });
  t.equal(jigdo(cwd, ['make-template', '-i', 'x.iso', 'tree//']).code, 0);
  writeFileSync(join(cwd, 'y.iso.tmp'), image);
  const { code, stderr } = jigdo(cwd, ['make-image', '-i', 'y.iso', '-t', 'x.template']);
  t.equal(code, 0, stderr);
  t.ok(readFileSync(join(cwd, 'y.iso')).equals(image));
  t.notOk(existsSync(join(cwd, 'y.iso.tmp')));
  image[7] ^= 1;
  writeFileSync(join(cwd, 'z.iso.tmp'), image);
  t.match(jigdo(cwd, ['make-image', '-i', 'z.iso', '-t', 'x.template', 'tree']), { code: 3, stderr: /Will not reuse/ });
  t.ok(readFileSync(join(cwd, 'z.iso.tmp')).equals(image), 'what is not the image stays');
  t.end();
});

t.test('lost messages end nothing, lost results are an error', { skip: !existsSync('/dev/full') }, (t) => {
  const cwd = t.testdir({ 'x.iso': noise(50_000, 2), tree: { a: noise(5000, 3) } });
  const shell = (line: string): number | null =>
    spawnSync('sh', ['-c', `unset NODE_OPTIONS; ${line}`, process.execPath, JIGDO], { cwd }).status;
  t.equal(shell('"$0" "$1" mt -i x.iso tree// 2>/dev/full'), 0);
  t.equal(shell('"$0" "$1" mi -i y.iso -t x.template 2>/dev/full'), 0);
  t.equal(shell('"$0" "$1" md5sum tree >/dev/full'), 3);
  t.equal(shell('"$0" "$1" mt -f --json -i x.iso tree// >/dev/full'), 3);
  t.equal(shell('"$0" "$1" mi -i - -t x.template >/dev/full'), 3);
  t.equal(shell('"$0" "$1" mt -f -i x.iso -t - tree// >/dev/full'), 3);
  // Of the last piece, a file may take a part.
  t.equal(shell('ulimit -f 1; "$0" "$1" mi -i - -t x.template >out'), 3);
  t.end();
});

t.test('what the system says of outputs, in words', (t) => {
  const cwd = t.testdir({ 'x.iso': noise(3_000_000, 2) });
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'unset NODE_OPTIONS; ulimit -f 100; "$0" "$1" mt -i x.iso', process.execPath, JIGDO],
    { cwd },
  );
  t.equal(status, 3, String(stderr));
  t.match(String(stderr), /Error writing to `x\.template': File too large - .*ulimit -f/);
  t.strictSame(readdirSync(cwd), ['x.iso']);
  // As Node has it on Linux: without a name.
  const quota = Object.assign(new Error('Unknown system error -122'), {
    code: 'Unknown system error -122',
    errno: -122,
  });
  t.equal(reasonOf(quota), 'Disk quota exceeded');
  t.match(outputProblem("Error writing to `x'", quota).message, /^Error writing to `x': Disk quota exceeded - .*quota/);
  t.match(outputProblem('x', Object.assign(new Error(), { code: 'ESTALE' })).message, /Stale file handle - /);
  t.end();
});

t.test(
  'a file where a folder is to be made is no folder, whether the name is its own or leads through it',
  async (t) => {
    const cwd = t.testdir({ file: '', folder: {} });
    for (const name of ['file', 'file/below']) {
      t.throws(
        () => makeFolder(join(cwd, name)),
        { message: /^Could not make the folder `.*': Not a directory/ },
        name,
      );
    }
    makeFolder(join(cwd, 'folder'));
  },
);
