import t, { type Test } from 'tap';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { mend, type FixSource } from '../../src/mirror/mend.js';
import { RemoteChecker } from '../../src/mirror/remote-checker.js';
import { openTransport } from '../../src/net/open-transport.js';
import type { Need } from '../../src/verify/need.js';
import { rootOf } from '../../src/verify/need.js';
import { verifyTree, type VerifyTreeOptions, type VerifyTreeResult } from '../../src/verify/verify-tree.js';
import { Log } from '../support/log.js';
import { publish, PUBLISHED, put, writeTree } from '../support/published.js';
import { oracle } from '../support/oracle.js';
import { startVsftpd } from '../support/servers/vsftpd.js';
import { serveFolder } from '../support/web-server.js';

const patience = { retries: 1, pause: 1 };

interface Setting {
  readonly jigdo: string;
  readonly trees: readonly string[];
  /** `MIRROR` or `LABEL=MIRROR`. */
  readonly sources?: readonly string[];
  readonly full?: boolean;
  readonly log?: Log;
}

/** Verifies and mends as the command does. */
async function run(t: Test, setting: Setting, options: Partial<VerifyTreeOptions> = {}): Promise<VerifyTreeResult> {
  const { jigdo, trees, sources = [], full = false, log = new Log() } = setting;
  const transport = openTransport({ connections: 2 });
  t.teardown(() => transport.close());
  const net = { transport, connections: 2, patience, reporter: log };
  const from = sources.map((text): FixSource => {
    const [, label, base] = /^(?:(\w+)=)?(.*)$/.exec(text) as unknown as [string, string | undefined, string];
    return { label, base: rootOf(fromText(base)).base };
  });
  return verifyTree({
    jigdos: [fromText(jigdo)],
    trees: trees.map(fromText),
    jobs: 1,
    full,
    remote: new RemoteChecker({ ...net, full }),
    ...(from.length > 0 && { mend: (needs: Iterable<Need>) => mend(needs, { ...net, sources: from }) }),
    reporter: log,
    ...options,
  });
}

/** Name -> condition of what is or was not good; `mended` behind it. */
function found({ needs }: VerifyTreeResult): Record<string, string> {
  const bad = [...needs].filter(({ condition }) => condition !== 'good');
  return Object.fromEntries(
    bad.map(({ place, digest, condition, mended }) => [
      place?.rest ?? digest,
      `${condition}${mended ? ', mended' : ''}`,
    ]),
  );
}

function leftovers(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'));
}

/** A whole mirror, and a copy of it in which each file is damaged in its own way. */
async function brokenMirror(
  t: Test,
): Promise<{ jigdo: string; good: string; broken: string; files: Map<string, Buffer> }> {
  const folder = t.testdir({});
  const [good, broken] = [join(folder, 'good'), join(folder, 'broken')];
  const files = writeTree(good, 11, 9);
  writeTree(broken, 11, 9);
  await publish(join(folder, 'cd'), good, [...files.values()]);
  const at = (i: number): string => join(broken, [...files.keys()][i]);
  unlinkSync(at(0));
  rmSync(join(broken, 'pool/b'), { recursive: true });
  const flipped = readFileSync(at(3));
  flipped[1100] ^= 4;
  put(at(3), flipped);
  put(at(2), readFileSync(at(2)).subarray(0, 1150));
  put(at(5), 'rebuilt'.repeat(300), new Date('2022-01-01'));
  return { jigdo: join(folder, 'cd.jigdo'), good, broken, files };
}

const WRONG = {
  'pool/a/file 0': 'missing',
  'pool/b/file 1': 'missing',
  'pool/b/file 4': 'missing',
  'pool/b/file 7': 'missing',
  'pool/a/file 3': 'corrupt',
  'pool/c/file 2': 'wrong-size',
};

t.test('a broken mirror is found file by file, and mended', async (t) => {
  const vsftpd = oracle(t, 'vsftpd');
  for (const way of ['a folder', 'HTTP', ...(vsftpd ? ['FTP'] : [])]) {
    const { jigdo, good, broken, files } = await brokenMirror(t);
    const ftp = way === 'FTP' && vsftpd ? await startVsftpd(t, vsftpd, good) : undefined;
    const source = way === 'a folder' ? good : (ftp ?? (await serveFolder(t, good))).url;
    t.strictSame(found(await run(t, { jigdo, trees: [broken] })), { ...WRONG, 'pool/c/file 5': 'superseded' });
    const mended = await run(t, { jigdo, trees: [broken], sources: [source] });
    const expected = Object.fromEntries(Object.entries(WRONG).map(([name, what]) => [name, `${what}, mended`]));
    t.strictSame(found(mended), { ...expected, 'pool/c/file 5': 'superseded' }, way);
    t.equal(mended.exitCode, 1, 'what was superseded still is');
    for (const [name, content] of files) {
      if (name === 'pool/c/file 5') continue;
      t.ok(readFileSync(join(broken, name)).equals(content), name);
      t.same(timeOf(join(broken, name)), timeOf(join(good, name)), 'with the time that the mirror has');
    }
    t.strictSame(leftovers(broken), []);
    rmSync(join(broken, 'pool/c/file 5'));
    t.equal((await run(t, { jigdo, trees: [broken], sources: [source] })).exitCode, 0, 'all is mended');
    t.equal((await run(t, { jigdo, trees: [broken] })).exitCode, 0);
    if (ftp) t.equal(ftp.commands().filter((each) => each.startsWith('RETR')).length, 7, 'each file is fetched once');
  }
});

/** When a file was changed last, in whole seconds: servers do not say it more precisely. */
function timeOf(path: string): number {
  return Math.floor(statSync(path).mtimeMs / 1000);
}

/** An answer that does not say how long it is. */
function chunked(response: ServerResponse, content: Buffer): void {
  response.write(content);
  response.end();
}

t.test('bad sources: the next one is asked, and what is wrong is never put in place', async (t) => {
  const { jigdo, good, broken } = await brokenMirror(t);
  const log = new Log();
  const empty = join(good, '../empty');
  mkdirSync(empty);
  let tries = 0;
  const liar = await serveFolder(t, good, ({ url = '' }, response) => {
    if (url.endsWith('file%200')) chunked(response, Buffer.from('short'));
    else if (url.endsWith('file%201')) chunked(response, Buffer.alloc(5000));
    else if (url.endsWith('file%202')) response.writeHead(500).end();
    else if (url.endsWith('file%203') && tries++ === 0) {
      response.writeHead(200, { 'content-length': 10_000 });
      response.write('abc');
      response.destroy();
    } else return false;
    return true;
  });
  const result = await run(t, { jigdo, trees: [broken], sources: ['Other=' + good, empty, liar.url], log });
  t.match(found(result), {
    'pool/a/file 0': 'missing',
    'pool/b/file 1': 'missing',
    'pool/b/file 4': 'missing, mended',
    'pool/a/file 3': 'corrupt, mended',
    'pool/c/file 2': 'wrong-size',
  });
  t.equal(existsSync(join(broken, 'pool/a/file 0')), false);
  t.strictSame(leftovers(broken), []);
  t.match(
    log.warnings.sort().map((line) => line.replaceAll(liar.url, 'LIAR/')),
    [
      /^Could not mend `.*file 0': .*empty.*: No such file or directory; LIAR\/pool\/a\/file 0: its checksum is wrong$/,
      /file 1': .*it has more than \d+ bytes$/,
      /file 2': .*500/,
    ],
  );
  const last = await run(t, { jigdo, trees: [broken], sources: [liar.url, `Acme=${good}`] });
  t.ok([...last.needs].every(({ condition, mended }) => mended || condition === 'good' || condition === 'superseded'));
  t.equal(liar.requests.filter((line) => line.endsWith('file 0')).length, 1, 'the one for the label is asked first');
});

t.test('all places of a file count, and a mended one keeps its mode and owner', async (t) => {
  const folder = t.testdir({});
  const [tree, good] = [join(folder, 'tree'), join(folder, 'good')];
  const [one, two] = [Buffer.from('one'), Buffer.from('two')];
  const jigdo = join(folder, 'x.jigdo');
  const line = (content: Buffer, target: string): string => `${toBase64(digestOf('md5', content))}=${target}\n`;
  const parts = [line(one, 'A:a/one'), line(one, 'B:b/one'), line(two, 'A:two')];
  put(jigdo, `[Parts]\n${parts.join('')}`, PUBLISHED);
  put(join(tree, 'two'), 'damaged');
  chmodSync(join(tree, 'two'), 0o640);
  if (process.getuid?.() === 0) chownSync(join(tree, 'two'), 12345, 12346);
  chmodSync(tree, 0o2775);
  put(join(good, 'b/one'), one);
  put(join(good, 'two'), two);
  const before = statSync(join(tree, 'two'));
  const result = await run(t, { jigdo, trees: [tree], sources: [`B=${good}`, `A=${good}`] });
  t.strictSame(found(result), { 'a/one': 'missing, mended', two: 'corrupt, mended' });
  t.equal(readFileSync(join(tree, 'a/one'), 'utf8'), 'one');
  const { mode, uid, gid } = statSync(join(tree, 'two'));
  t.strictSame([mode, uid, gid], [before.mode, before.uid, before.gid]);
  t.equal(statSync(join(tree, 'a')).mode & 0o7777, 0o2775, 'a new folder is as the one that it is in');
  t.equal(statSync(join(tree, 'a/one')).mode & 0o7777, 0o664, 'and so is a new file');
});

t.test('nothing is written outside of the tree', async (t) => {
  const folder = t.testdir({ outside: {}, tree: { file: 'x' }, good: {} });
  const tree = join(folder, 'tree');
  symlinkSync('../outside', join(tree, 'away'));
  mkdirSync(join(tree, 'real'));
  symlinkSync('real', join(tree, 'alias'));
  symlinkSync('../outside/target', join(tree, 'link'));
  const content = Buffer.from('content');
  for (const name of ['good/x', 'good/alias/x', 'good/link', 'good/away/x', 'good/file/x', 'good/a\tb', 'good/abs']) {
    put(join(folder, name), content);
  }
  const mendOne = async (target: string): Promise<string[]> => {
    const jigdo = join(folder, 'x.jigdo');
    put(jigdo, `[Parts]\n${toBase64(digestOf('md5', content))}='${target}'\n`, PUBLISHED);
    return Object.values(found(await run(t, { jigdo, trees: [tree], sources: [join(folder, 'good')] })));
  };
  t.strictSame(await mendOne('A:../good/../outside/x'), ['unsafe']);
  t.strictSame(await mendOne('A:away/x'), ['missing'], 'through a link that leads away');
  t.strictSame(await mendOne('A:a\tb'), ['missing, mended'], 'a name of its own');
  t.strictSame(await mendOne('A:file/x'), ['missing'], 'a file is in the way');
  t.strictSame(readdirSync(join(folder, 'outside')), []);
  t.strictSame(await mendOne('A:alias/x'), ['missing, mended'], 'through a link within the tree');
  t.ok(existsSync(join(tree, 'real/x')));
  t.strictSame(await mendOne('A:link'), ['missing, mended']);
  t.ok(lstatSync(join(tree, 'link')).isFile(), 'a link in its place is replaced, not followed');
  t.strictSame(await mendOne('A:/abs'), ['missing, mended']);
  t.ok(existsSync(join(tree, 'abs')));
  t.strictSame(readdirSync(join(folder, 'outside')), []);
});

t.test('what cannot be mended does not end the run, and a file that may not be read stays', async (t) => {
  const folder = t.testdir({ tree: { pool: {}, locked: {} }, good: { pool: {}, locked: {} } });
  const [tree, good, jigdo] = [join(folder, 'tree'), join(folder, 'good'), join(folder, 'x.jigdo')];
  const names = ['pool/closed', `pool/${'n'.repeat(300)}`, 'locked/x', 'pool/gone'];
  const line = (name: string): string => `${toBase64(digestOf('md5', Buffer.from(name)))}=A:${name}\n`;
  put(jigdo, `[Parts]\n${names.map(line).join('')}`, PUBLISHED);
  for (const name of names) if (name.length < 250) put(join(good, name), name);
  put(join(tree, 'pool/closed'), 'pool/closed');
  chmodSync(join(tree, 'pool/closed'), 0o200);
  chmodSync(join(tree, 'locked'), 0o600);
  const { ino } = statSync(join(tree, 'pool/closed'));
  const user = process.geteuid?.();
  if (user === 0) {
    for (const name of ['pool', 'pool/closed', 'locked']) chownSync(join(tree, name), 65534, 65534);
    process.seteuid?.(65534);
  }
  try {
    const log = new Log();
    const result = await run(t, { jigdo, trees: [tree], sources: [good], log });
    t.strictSame(found(result), {
      'pool/closed': 'unreadable',
      [names[1]]: 'unreadable',
      'locked/x': 'unreadable',
      'pool/gone': 'missing, mended',
    });
    const reasons = log.warnings.map((line) => line.replace(/.*: /, ''));
    t.strictSame(reasons.sort(), ['File name too long', 'Permission denied', 'Permission denied']);
  } finally {
    if (user === 0) process.seteuid?.(0);
    chmodSync(join(tree, 'locked'), 0o700);
  }
  t.equal(statSync(join(tree, 'pool/closed')).ino, ino);
});

t.test('servers are checked by length, or by content', async (t) => {
  const { jigdo, broken } = await brokenMirror(t);
  const folder = join(broken, '..');
  writeFileSync(join(broken, 'pool/a/file 6'), Buffer.from(readFileSync(join(broken, 'pool/a/file 6'))).reverse());
  const server = await serveFolder(t, broken, ({ url }, response) => {
    if (url?.endsWith('file%208') === true) response.writeHead(403).end();
    return url?.endsWith('file%208');
  });
  const lengths = { ...WRONG, 'pool/c/file 5': 'wrong-size', 'pool/c/file 8': 'unreadable' } as Record<string, string>;
  delete lengths['pool/a/file 3'];
  const trees = [server.url];
  t.strictSame(found(await run(t, { jigdo, trees })), lengths);
  t.ok(
    server.requests.every((line) => line.startsWith('HEAD ')),
    'nothing is read',
  );
  t.equal(server.requests.length, new Set(server.requests).size, 'each file is asked for once');
  const contents = {
    ...lengths,
    'pool/a/file 3': 'corrupt',
    'pool/a/file 6': 'corrupt',
    'pool/c/file 5': 'superseded',
  };
  t.strictSame(found(await run(t, { jigdo, trees, full: true })), contents);
  t.strictSame(found(await run(t, { jigdo, trees: [server.url, join(folder, 'good')] })), {}, 'a second place');
  await server.close();
  const log = new Log();
  const dead = await run(t, { jigdo, trees, log });
  t.equal(dead.exitCode, 2);
  t.strictSame([...new Set(Object.values(found(dead)))], ['unchecked']);
});
