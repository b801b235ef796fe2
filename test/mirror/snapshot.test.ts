import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64, type ByteString } from '../../src/format/bytes.js';
import { snapshot, type SnapshotOptions, type SnapshotResult } from '../../src/mirror/snapshot.js';
import { LocalFolders } from '../../src/verify/local-folders.js';
import { Log } from '../support/log.js';
import { oracle } from '../support/oracle.js';
import { part, templateOf } from '../support/template-builder.js';

/** A .jigdo with entries `target -> content`. */
function jigdoOf(parts: readonly (readonly [string, string])[], servers = ''): string {
  const line = ([target, content]: readonly [string, string]): string =>
    `${toBase64(digestOf('md5', Buffer.from(content)))}=${target}\n`;
  return `[Jigdo]\nVersion=1.2\n[Image]\nFilename=x\n[Parts]\n${parts.map(line).join('')}[Servers]\n${servers}`;
}

const MIRROR = {
  pool: { a: 'content a', b: 'content b', c: { d: 'content d' } },
  leaf: 'content leaf',
  more: 'no image needs it',
};
const PARTS = [
  ['Debian:pool/a', 'content a'],
  ['Debian:pool/b', 'content b'],
  ['Debian:./pool//c/d', 'content d'],
  ['Debian:gone/leaf', 'content leaf'],
] as const;

function setUp(t: Test, parts: readonly (readonly [string, string])[] = PARTS): string {
  return t.testdir({ mirror: MIRROR, 'x.jigdo': jigdoOf(parts) });
}

function make(dir: string, options: Partial<SnapshotOptions> = {}): Promise<SnapshotResult> {
  const path = (name: string): ByteString => fromText(join(dir, name));
  return snapshot({
    jigdos: [path('x.jigdo')],
    folders: new LocalFolders(new Map([['Debian', [path('mirror')]]]), []),
    target: path('snap'),
    method: 'link',
    check: true,
    search: false,
    prune: false,
    dryRun: false,
    reporter: new Log(),
    ...options,
  });
}

/** All names below a folder that are no folders. */
function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const WANTED = ['gone/leaf', 'pool/a', 'pool/b', 'pool/c/d'];

t.test('what is needed is there, once more without work, and by every method', async (t) => {
  for (const method of ['link', 'reflink', 'copy'] as const) {
    const dir = setUp(t);
    t.match(await make(dir, { method, dryRun: true }), { added: 4, bytes: 39, present: 0, problems: [], exitCode: 0 });
    t.notOk(existsSync(join(dir, 'snap')), 'a dry run makes nothing');
    t.match(await make(dir, { method }), { added: 4, bytes: 39, present: 0, problems: [], exitCode: 0 });
    t.strictSame(filesOf(join(dir, 'snap')), WANTED);
    for (const name of WANTED.slice(1)) {
      const [from, to] = [statSync(join(dir, 'mirror', name)), statSync(join(dir, 'snap', name))];
      t.ok(readFileSync(join(dir, 'snap', name)).equals(readFileSync(join(dir, 'mirror', name))));
      t.equal(from.ino === to.ino, method === 'link', method);
      t.equal(Math.floor(from.mtimeMs / 1000), Math.floor(to.mtimeMs / 1000), 'the time of modification');
    }
    t.match(await make(dir, { method }), { added: 0, present: 4, problems: [], exitCode: 0 });
  }
});

t.test('missing, wrong and contradictory files are told, the rest is made', async (t) => {
  const dir = setUp(t, [
    ...PARTS,
    ['Debian:pool/none', 'x'],
    ['Debian:more', 'another content'],
    ['Debian:pool/a', 'newer a'],
  ]);
  const result = await make(dir);
  t.match(result, { added: 4, exitCode: 1 });
  t.strictSame(
    result.problems.map(({ kind, name }) => `${kind} ${name}`),
    ['conflict pool/a', 'missing pool/none', 'wrong more'],
  );
  t.match(result.problems[1].jigdos, [/x\.jigdo$/]);
  const unchecked = await make(dir, { check: false });
  t.match(unchecked, { added: 1, present: 4, exitCode: 1 });
  t.equal(readFileSync(join(dir, 'snap', 'more'), 'utf8'), 'no image needs it', 'unless nobody looks');
});

t.test('what may not be read is not called missing or wrong, and nothing is removed that may be it', async (t) => {
  const dir = setUp(t);
  await make(dir, { method: 'copy' });
  rmSync(join(dir, 'snap/pool'), { recursive: true });
  writeFileSync(join(dir, 'snap/old'), 'content b', { mode: 0o200 });
  chmodSync(join(dir, 'mirror/pool/c'), 0o600);
  chmodSync(join(dir, 'mirror/pool/b'), 0o200);
  const user = process.geteuid?.();
  if (user === 0) {
    for (const name of ['snap', 'snap/old', 'snap/gone', 'mirror/pool/c', 'mirror/pool/b'])
      chownSync(join(dir, name), 65534, 65534);
    process.seteuid?.(65534);
  }
  try {
    const log = new Log();
    const result = await make(dir, { method: 'copy', search: true, prune: true, reporter: log });
    t.match(result, { added: 1, present: 1, pruned: [], exitCode: 1 });
    t.strictSame(
      result.problems.map(({ kind, name }) => `${kind} ${name}`),
      ['unreadable pool/b', 'unreadable pool/c/d'],
    );
    t.match(result.doubts, ['files that cannot be read may be those that are missing: 2']);
    t.match(log.warnings, [/pool\/b' for input: Permission denied$/, /pool\/c\/d' for input: Permission denied$/]);
  } finally {
    if (user === 0) process.seteuid?.(0);
    chmodSync(join(dir, 'mirror/pool/c'), 0o700);
  }
});

t.test('a mirror does not become a snapshot that could be pruned', async (t) => {
  const dir = setUp(t, PARTS.slice(0, 2));
  rmSync(join(dir, 'mirror/more'));
  rmSync(join(dir, 'mirror/leaf'));
  rmSync(join(dir, 'mirror/pool/c'), { recursive: true });
  const target = fromText(join(dir, 'mirror'));
  t.match(await make(dir, { target }), { added: 0, present: 2, exitCode: 0 });
  t.notOk(existsSync(join(dir, 'mirror/.jigdo-snapshot')));
});

t.test('a name with a line feed is found, and called as the .jigdo calls it', async (t) => {
  const dir = setUp(t, [['Debian:a%0Ab', 'content']]);
  writeFileSync(join(dir, 'mirror/a\nb'), 'content');
  t.match(await make(dir), { added: 1, problems: [], exitCode: 0 });
  t.strictSame(filesOf(join(dir, 'snap')), ['a%0Ab']);
  t.match(await make(dir, { prune: true }), { added: 0, present: 1, pruned: [], exitCode: 0 });
});

t.test('what is not under its name is found by its content', async (t) => {
  const parts = [
    ['Debian:pool/a', 'content a'],
    ['Debian:old/name', 'content d'],
    ['Debian:more', 'content b'],
    ['Debian:other', 'secret'],
  ] as const;
  const dir = setUp(t, parts);
  writeFileSync(join(dir, 'secret'), 'secret');
  symlinkSync('../secret', join(dir, 'mirror/link'));
  const names = ({ problems }: SnapshotResult): string[] => problems.map(({ kind, name }) => `${kind} ${name}`);
  t.strictSame(names(await make(dir)), ['missing old/name', 'wrong more', 'missing other'], 'if that is not asked for');
  const result = await make(dir, { search: true });
  t.match(result, { added: 2, present: 1, exitCode: 1 });
  t.strictSame(names(result), ['missing other'], 'a link out of the mirror leads to nothing');
  t.equal(readFileSync(join(dir, 'snap/old/name'), 'utf8'), 'content d');
  t.equal(readFileSync(join(dir, 'snap/more'), 'utf8'), 'content b');
});

t.test('a damaged file of the snapshot is replaced, the one that it was linked to is not touched', async (t) => {
  const dir = setUp(t);
  await make(dir);
  rmSync(join(dir, 'snap', 'pool', 'a'));
  writeFileSync(join(dir, 'snap', 'pool', 'a'), 'damaged');
  t.match(await make(dir), { added: 1, present: 3, exitCode: 0 });
  t.equal(readFileSync(join(dir, 'snap', 'pool', 'a'), 'utf8'), 'content a');
});

t.test('no name leads out', async (t) => {
  const hostile = ['../out', 'a/../../out', '/out', `${'../'.repeat(20)}tmp/out`, '', '.', 'a/..', 'a\x00b'];
  const dir = setUp(t, [
    ...hostile.map((name) => [`Debian:${name}`, 'secret'] as const),
    ['file:/etc/passwd', 'x'],
    ['Evil:secret', 'secret'],
  ]);
  writeFileSync(join(dir, 'out'), 'secret');
  writeFileSync(join(dir, 'secret'), 'secret');
  writeFileSync(
    join(dir, 'x.jigdo'),
    `${readFileSync(join(dir, 'x.jigdo'), 'utf8')}Evil=file:${dir}/\nDebian=file:/\n`,
  );
  const before = readdirSync(dir);
  const result = await make(dir, { check: false });
  t.match(result, { added: 0, exitCode: 1 });
  t.ok(result.problems.length >= hostile.length && result.problems.every(({ kind }) => kind === 'refused'));
  t.strictSame(readdirSync(dir), before);

  await t.test('nor does a link', async (t) => {
    const dir = setUp(t, [
      ['Debian:pool/a', 'content a'],
      ['Debian:link', 'secret'],
    ]);
    writeFileSync(join(dir, 'secret'), 'secret');
    symlinkSync('../secret', join(dir, 'mirror', 'link'));
    mkdirSync(join(dir, 'outside'));
    mkdirSync(join(dir, 'snap'));
    symlinkSync('../outside', join(dir, 'snap', 'pool'));
    await t.rejects(make(dir), { message: /snap\/pool' is in the way: it is not a folder$/ });
    t.strictSame(readdirSync(join(dir, 'outside')), []);
    rmSync(join(dir, 'snap', 'pool'));
    t.match(await make(dir), { added: 1, problems: [{ kind: 'missing', name: 'link' }] });
  });
});

t.test('prune removes what no image needs, and nothing else', async (t) => {
  const dir = setUp(t);
  await make(dir);
  mkdirSync(join(dir, 'snap', 'old', 'deep'), { recursive: true });
  writeFileSync(join(dir, 'snap', 'old', 'deep', 'file'), 'x');
  symlinkSync('../mirror', join(dir, 'snap', 'link'));
  t.match(await make(dir), { pruned: [] }, 'not unless asked to');
  t.match(await make(dir, { prune: true, dryRun: true }), { pruned: ['link', 'old/deep/file'] });
  t.ok(existsSync(join(dir, 'snap', 'old', 'deep', 'file')));
  t.match(await make(dir, { prune: true }), { pruned: ['link', 'old/deep/file'], present: 4 });
  t.strictSame(filesOf(join(dir, 'snap')), WANTED);
  t.notOk(existsSync(join(dir, 'snap', 'old')));
  t.equal(filesOf(join(dir, 'mirror')).length, 5, 'the mirror is as it was');
  for (const target of ['mirror', '.']) {
    const path = fromText(join(dir, target));
    await t.rejects(make(dir, { target: path, prune: true }), { message: /it is no snapshot that could be pruned$/ });
  }
  writeFileSync(join(dir, 'bad.jigdo'), '[Jigdo]\nVersion=9.0\n');
  const jigdos = [fromText(join(dir, 'bad.jigdo'))];
  await t.rejects(make(dir, { jigdos, prune: true }), 'a .jigdo that cannot be read');
  t.strictSame(filesOf(join(dir, 'snap')), WANTED, 'removes nothing');
});

t.test('nothing is removed while it is in doubt what is needed', async (t) => {
  const cases: Record<string, (dir: string) => unknown> = {
    'a folder of .jigdo files was not read': () => ({ unread: ['/mnt/jigdo'] }),
    'a link to a folder was passed over': () => ({ passed: ['/srv/jigdo/current'] }),
    'a label is not given': (dir) => addLine(dir, 'Other:b', 'content b'),
    'a name leads out': (dir) => addLine(dir, 'Debian:../b', 'content b'),
    'a line has no checksum': (dir) => appendFileSync(join(dir, 'x.jigdo'), '[Parts]\nxyz=Debian:old/file\n'),
    'a line is damaged': (dir) => appendFileSync(join(dir, 'x.jigdo'), '[Parts]\nDebian:old/file\n'),
    'the last line is cut off': (dir) => appendFileSync(join(dir, 'x.jigdo'), '[Servers]\nDebian'),
    'something is included': (dir) => appendFileSync(join(dir, 'x.jigdo'), '[Include servers.jigdo]\n'),
    'the template is not there': (dir) => appendFileSync(join(dir, 'x.jigdo'), '[Image]\nTemplate=y.template\n'),
    'the template is another one'(dir) {
      writeFileSync(join(dir, 'y.template'), 'JigsawDownload template 1.0 x\r\n');
      const sum = 'AAAAAAAAAAAAAAAAAAAAAA';
      appendFileSync(join(dir, 'x.jigdo'), `[Image]\nTemplate=y.template\nTemplate-MD5Sum=${sum}\n`);
    },
    'a file is missing, and was not looked for': (dir) => rmSync(join(dir, 'mirror/pool/a')),
    'another .jigdo lies there': (dir) => writeFileSync(join(dir, 'snap/y.jigdo'), '[Jigdo]\n'),
  };
  for (const [name, arrange] of Object.entries(cases)) {
    const dir = setUp(t);
    await make(dir);
    rmSync(join(dir, 'snap/pool/a'));
    writeFileSync(join(dir, 'snap/old'), 'x');
    const more = arrange(dir);
    const result = await make(dir, { prune: true, ...(typeof more === 'object' && more) });
    t.match(result, { pruned: [], exitCode: result.problems.length > 0 ? 1 : 2 }, name);
    t.ok(result.doubts.length > 0, name);
    t.ok(existsSync(join(dir, 'snap/old')), name);
  }
});

function addLine(dir: string, target: string, content: string): void {
  appendFileSync(join(dir, 'x.jigdo'), `[Parts]\n${toBase64(digestOf('md5', Buffer.from(content)))}=${target}\n`);
}

t.test('what a run works with stays, and a folder that is no snapshot is not pruned', async (t) => {
  const dir = setUp(t);
  const snap = join(dir, 'snap');
  mkdirSync(join(snap, 'cd'), { recursive: true });
  writeFileSync(join(snap, 'cd/x.jigdo'), `${jigdoOf(PARTS)}[Image]\nTemplate=x.template\n`);
  writeFileSync(join(snap, 'cd/x.template'), templateOf(PARTS.map(([, content]) => part(content))));
  symlinkSync('x.jigdo', join(snap, 'cd/link.jigdo'));
  writeFileSync(join(snap, 'cache.db'), 'the cache');
  const options = {
    jigdos: [fromText(join(snap, 'cd/link.jigdo'))],
    inputs: [fromText(join(snap, 'cache.db'))],
    prune: true,
  };
  t.match(await make(dir, options), { added: 4, pruned: [], doubts: [], exitCode: 0 });
  symlinkSync('pool/a', join(snap, 'alias'));
  linkSync(join(snap, 'pool/a'), join(snap, 'Pool a'));
  mkdirSync(join(snap, 'POOL'));
  linkSync(join(snap, 'pool/b'), join(snap, 'POOL/B'));
  t.match(await make(dir, options), { pruned: ['Pool a'], doubts: [], exitCode: 0 });
  t.strictSame(filesOf(snap), [
    ...['POOL/B', 'alias', 'cache.db', 'cd/link.jigdo', 'cd/x.jigdo', 'cd/x.template'],
    ...WANTED,
  ]);

  const home = join(dir, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'letter'), 'dear');
  for (const dryRun of [true, false]) {
    const message = /no image needs `letter' in it: is it a snapshot\?/;
    await t.rejects(make(dir, { target: fromText(home), prune: true, dryRun }), { message });
  }
  t.strictSame(filesOf(home), ['letter'], 'nothing is put into it either');
  await make(dir, { target: fromText(home) });
  await t.rejects(make(dir, { target: fromText(home), prune: true }), { message: /is it a snapshot/ }, 'nor later');
});

t.test('a file of the snapshot that is needed under another name moves there', async (t) => {
  const dir = setUp(t);
  await make(dir);
  rmSync(join(dir, 'mirror/pool/a'));
  writeFileSync(join(dir, 'x.jigdo'), jigdoOf([['Debian:new/a', 'content a'], ...PARTS.slice(1)]));
  const wanted = { added: 1, problems: [], pruned: ['pool/a'], exitCode: 0 };
  t.match(await make(dir, { prune: true, search: true, dryRun: true }), wanted);
  t.match(await make(dir, { prune: true, search: true }), wanted);
  t.equal(readFileSync(join(dir, 'snap/new/a'), 'utf8'), 'content a');
});

t.test('one file is what several checksums ask for', async (t) => {
  const dir = setUp(t);
  const sums = (contents: Record<string, string>): string =>
    Object.entries(contents)
      .map(([name, text]) => `${toBase64(digestOf('sha256', Buffer.from(text)))}=Debian:${name}\n`)
      .join('');
  const path = (name: string): ByteString => fromText(join(dir, name));
  writeFileSync(
    join(dir, 'y.jigdo'),
    `[Jigdo]\nVersion=2.0\n[Parts]\n${sums({ 'pool/a': 'content a', 'pool/b': 'other' })}`,
  );
  for (const jigdos of [
    [path('x.jigdo'), path('y.jigdo')],
    [path('y.jigdo'), path('x.jigdo')],
  ]) {
    const result = await make(dir, { jigdos });
    t.strictSame(
      result.problems.map(({ kind, name, algorithm }) => `${kind} ${name} ${algorithm}`),
      ['conflict pool/b sha256'],
    );
    t.equal(readFileSync(join(dir, 'snap/pool/b'), 'utf8'), 'content b');
    rmSync(join(dir, 'snap'), { recursive: true });
  }
  // What is in the snapshot, and needed by one of the images, stays.
  mkdirSync(join(dir, 'snap/pool'), { recursive: true });
  writeFileSync(join(dir, 'snap/pool/b'), 'other');
  const kept = await make(dir, { jigdos: [path('x.jigdo'), path('y.jigdo')] });
  t.match(kept, { problems: [{ kind: 'conflict', name: 'pool/b', algorithm: 'md5' }] });
  t.equal(readFileSync(join(dir, 'snap/pool/b'), 'utf8'), 'other');
});

t.test('a dry run fails where the real one does', async (t) => {
  const dir = setUp(t);
  mkdirSync(join(dir, 'snap/pool/a'), { recursive: true });
  for (const dryRun of [true, false]) {
    await t.rejects(make(dir, { dryRun }), { message: /pool\/a' is in the way: it is not a file$/ });
  }
  rmSync(join(dir, 'snap/pool'), { recursive: true });
  writeFileSync(join(dir, 'snap/pool'), 'x');
  for (const dryRun of [true, false]) {
    await t.rejects(make(dir, { dryRun }), { message: /snap\/pool' is in the way: it is not a folder$/ });
  }
});

t.test('the same tree as mkjigsnap makes', async (t) => {
  const program = oracle(t, 'mkjigsnap');
  if (program === undefined) return;
  // It wants five files at least, and says nothing by its exit code.
  const parts: [string, string][] = [
    ...PARTS.map(([target, content]): [string, string] => [target, content]),
    ['Debian:more', 'no image needs it'],
  ];
  parts[2][0] = 'Debian:pool/c/d';
  parts.push(['Debian:pool/none', 'x'], ['Other:pool/y', 'y']);
  const dir = setUp(t, parts);
  mkdirSync(join(dir, 'theirs', 'old'), { recursive: true });
  mkdirSync(join(dir, 'snap', 'old'), { recursive: true });
  for (const folder of ['theirs', 'snap']) writeFileSync(join(dir, folder, 'old', 'file'), 'old');
  const args = ['-m', 'mirror', '-k', 'Debian', '-d', join(dir, 'theirs'), '-j', 'x.jigdo', '-f', 'failed', '-T', dir];
  const { status, stderr } = spawnSync(program, args, { cwd: dir, encoding: 'utf8' });
  t.equal(status, 0, stderr);
  await t.rejects(make(dir, { prune: true }), { message: /is it a snapshot\?/ }, 'it was not made by us');
  mkdirSync(join(dir, 'snap', '.jigdo-snapshot'));
  const ours = await make(dir, { prune: true });
  t.match(ours, { pruned: [], exitCode: 1 }, 'where the files of Other are is not known');
  mkdirSync(join(dir, 'other'));
  const path = (name: string): ByteString => fromText(join(dir, name));
  const labels = new Map([
    ['Debian', [path('mirror')]],
    ['Other', [path('other')]],
  ]);
  const all = await make(dir, { prune: true, search: true, folders: new LocalFolders(labels, []) });
  t.match(all, { pruned: ['old/file'], doubts: [], exitCode: 1 });
  t.strictSame(filesOf(join(dir, 'snap')), filesOf(join(dir, 'theirs')));
  for (const name of filesOf(join(dir, 'snap'))) {
    t.equal(statSync(join(dir, 'snap', name)).ino, statSync(join(dir, 'theirs', name)).ino, name);
  }
  t.match(readFileSync(join(dir, 'failed'), 'utf8'), /pool\/none/);
  t.match(
    ours.problems.map(({ kind, name }) => `${kind} ${name}`),
    ['refused Other:pool/y', 'missing pool/none'],
  );
});
