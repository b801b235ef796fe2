import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { fromText } from '../../src/format/bytes.js';
import { readJigdoFile } from '../../src/io/jigdo-file.js';

const TEXT = '[Jigdo]\nVersion=1.2\n[Parts]\nk=A:\xff\n';

/** A JigdoError with that message, whatever caused it. */
function failure(message: string): { name: string; message: string } {
  return { name: 'JigdoError', message };
}

t.test('plain, compressed, in pieces', (t) => {
  const dir = t.testdir();
  const bytes = Buffer.from(TEXT, 'latin1');
  const [head, tail] = [bytes.subarray(0, 12), bytes.subarray(12)];
  const table: [string, Buffer][] = [
    ['plain', bytes],
    ['gzip', gzipSync(bytes)],
    ['members', Buffer.concat([gzipSync(head), gzipSync(tail)])],
    ['text behind', Buffer.concat([gzipSync(head), tail])],
    ['long', Buffer.concat([bytes, Buffer.alloc(2 << 20, '\n')])],
    ['empty', Buffer.alloc(0)],
  ];
  for (const [name, content] of table) {
    const path = join(dir, `${name}.jigdo`);
    writeFileSync(path, content);
    const { text } = readJigdoFile(fromText(path));
    if (name === 'empty') t.equal(text, '');
    else if (name === 'long') t.ok(text === TEXT + '\n'.repeat(2 << 20));
    else t.equal(text, TEXT, name);
  }
  t.end();
});

t.test('a pipe', { skip: process.platform === 'win32' }, (t) => {
  const dir = t.testdir({ 'big.jigdo': '# filler\n'.repeat(300_000) });
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  const writer = spawnSync('sh', ['-c', `(cat big.jigdo > fifo) > /dev/null 2>&1 &`], { cwd: dir });
  t.equal(writer.status, 0);
  t.equal(readJigdoFile(fromText(join(dir, 'fifo'))).text.length, 9 * 300_000);
  t.end();
});

t.test('what is no file, and a pipe that nobody writes to, end in a line', (t) => {
  const dir = t.testdir({ folder: {} });
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  t.throws(() => readJigdoFile(fromText(join(dir, 'fifo'))), { message: /fifo: nothing comes through this pipe$/ });
  t.equal(readJigdoFile(fromText('/dev/null')).text, '', 'nothing, as scripts want it');
  t.throws(() => readJigdoFile(fromText('/dev/zero')), { message: /it is a device, not a .jigdo file$/ });
  t.throws(() => readJigdoFile(fromText(join(dir, 'folder'))), { message: /it is a folder, not a .jigdo file$/ });
  t.end();
});

t.test('bad files: one line with name, place and reason', (t) => {
  const good = gzipSync(TEXT);
  const bomb = gzipSync(Buffer.alloc(50_000));
  const crc = Buffer.from(good);
  crc[good.length - 8] ^= 1;
  const dir = t.testdir({
    'truncated.jigdo': good.subarray(0, 30),
    'magic-only.jigdo': good.subarray(0, 2),
    'wrong-checksum.jigdo': crc,
    'bomb.jigdo': bomb,
    'long.jigdo': '#'.repeat(20_001),
    'future.jigdo': '# x\r\n[Jigdo]\r\nVersion=3.0\r\n',
    'sections.jigdo': '[a]\n'.repeat(5000),
    folder: {},
  });
  const table: [string, string][] = [
    ['truncated.jigdo', 'byte 30: the gzip data ends too soon'],
    ['magic-only.jigdo', 'byte 2: the gzip data ends too soon'],
    ['wrong-checksum.jigdo', `byte ${good.length - 8}: damaged gzip data: wrong checksum`],
    ['bomb.jigdo', 'byte 0: more than 20000 bytes when decompressed'],
    ['long.jigdo', 'byte 20000: too long for a .jigdo file'],
    ['future.jigdo', 'line 3: Upgrade required - this .jigdo file needs a newer version of the jigdo program'],
  ];
  for (const [name, message] of table) {
    const path = join(dir, name);
    t.throws(() => readJigdoFile(fromText(path), 20_000), failure(`${path}: ${message}`), name);
  }
  t.equal(readJigdoFile(fromText(join(dir, 'sections.jigdo')), 20_000).sections.length, 5001);
  t.throws(
    () => readJigdoFile(fromText(join(dir, 'none.jigdo'))),
    failure(`Could not open \`${join(dir, 'none.jigdo')}' for input: No such file or directory`),
  );
  t.throws(
    () => readJigdoFile(fromText(join(dir, 'folder'))),
    failure(`Could not open \`${join(dir, 'folder')}' for input: it is a folder, not a .jigdo file`),
  );
  t.end();
});
