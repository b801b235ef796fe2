// Checksum lists as the programs write them, and what they say about files.
import t from 'tap';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../src/errors.js';
import { fromText } from '../../src/format/bytes.js';
import { checkBytes, checkFile } from '../../src/trust/check-file.js';
import { expectationsOf } from '../../src/trust/expectation.js';
import { hashOfListName, type HashName } from '../../src/trust/hash.js';
import type { LoadedList } from '../../src/trust/sum-list.js';
import { parseSums, sumsOf } from '../../src/trust/sum-list.js';
import { Log } from '../support/log.js';
import { oracle } from '../support/oracle.js';

const hex = (hash: HashName, content: string): string => createHash(hash).update(content).digest('hex');
const list = (text: string, name = 'SHA256SUMS'): LoadedList => ({ ...parseSums(text, name), name });

void t.test('lists of coreutils and OpenSSL', async (t) => {
  const folder = t.testdir({
    'plain.iso': 'a',
    'back\\slash': 'b',
    'line\nfeed': 'c',
    ' blank ': 'd',
    'paren (1) = x': 'e',
  });
  const names = ['plain.iso', 'back\\slash', 'line\nfeed', ' blank ', 'paren (1) = x'];
  const programs: [string, HashName, string[]][] = [
    ['md5sum', 'md5', []],
    ['sha1sum', 'sha1', ['--binary']],
    ['sha256sum', 'sha256', []],
    ['sha256sum', 'sha256', ['--tag']],
    ['sha512sum', 'sha512', ['--tag']],
    ['b2sum', 'blake2b512', ['--tag']],
  ];
  for (const [program, hash, options] of programs) {
    if (!oracle(t, program)) return;
    const text = execFileSync(program, [...options, ...names], { cwd: folder, encoding: 'latin1' });
    const { sums, strange } = parseSums(text, 'LIST');
    t.strictSame(
      sums.map(({ name, hash, hex }) => ({ name, hash, hex })),
      names.map((name, i) => ({ name, hash, hex: hex(hash, 'abcde'[i]) })),
      `${program} ${options.join(' ')}`,
    );
    t.strictSame(strange, []);
  }
  const openssl = `SHA2-384(plain.iso)= ${hex('sha384', 'a')}\nSHA1(plain.iso)= ${hex('sha1', 'a')}\n`;
  t.match(parseSums(openssl, 'x').sums, [{ name: 'plain.iso', hash: 'sha384' }, { hash: 'sha1' }], 'OpenSSL');
});

void t.test('the lines that people meet', async (t) => {
  const a = hex('sha256', 'a');
  const parsed = parseSums(
    [
      `# comment`,
      ``,
      `${a.toUpperCase()} *a.iso\r`,
      `<html>`,
      `SHA256 (b.iso) = ${a}`,
      `SHA256 (c) = 00`,
      `${a}\tt`,
    ].join('\n'),
    'x',
  );
  t.strictSame(
    parsed.sums.map(({ name, line, hex }) => [name, line, hex === a]),
    [
      ['a.iso', 3, true],
      ['b.iso', 5, true],
      ['t', 7, true],
    ],
  );
  t.strictSame(parsed.strange, [4, 6]);
  t.equal(hashOfListName('http://x/sha1/B2SUMS'), 'blake2b512');
  t.equal(hashOfListName('image.iso.sha512'), 'sha512');
  t.equal(hashOfListName('MD5SUMS.txt'), 'md5');
  t.equal(hashOfListName('sha256sum.txt'), 'sha256');
  t.equal(hashOfListName('CHECKSUM'), undefined);
  t.equal(parseSums(`${hex('sha512', 'a')}  a`, 'B2SUMS').sums[0].hash, 'blake2b512');
  t.equal(parseSums(`${hex('sha512', 'a')}  a`, 'LIST').sums[0].hash, 'sha512');
});

void t.test('names with folders', async (t) => {
  const [a, b] = ['a', 'b'].map((content) => hex('sha256', content));
  const folders = list(`${a}  amd64/x.iso\n${b}  i386/x.iso\n${b}  ./y.iso\n${a}  old/y.iso\n`);
  t.strictSame(
    sumsOf(folders, 'y.iso').map(({ line }) => line),
    [3],
    'the file itself before those in folders',
  );
  t.throws(() => expectationsOf([folders], 'x.iso'), {
    exitCode: EXIT.mismatch,
    message: "the SHA256 of `x.iso' differs: line 1 of SHA256SUMS, line 2 of SHA256SUMS",
  });
  t.strictSame(expectationsOf([folders], 'iso'), []);
});

void t.test('files against lists', async (t) => {
  const path = fromText(join(t.testdir(), 'image.iso'));
  writeFileSync(path, 'content');
  const [md5, sha256] = [hex('md5', 'content'), hex('sha256', 'content')];
  const lists = [list(`${sha256}  image.iso`), list(`${md5}  image.iso`, 'MD5SUMS')];
  const reporter = new Log();
  await checkFile(lists, 'image.iso', path, { reporter });
  t.strictSame(reporter.infos, [
    "OK: the SHA256 of `image.iso' is that of line 1 of SHA256SUMS",
    "OK: the MD5 of `image.iso' is that of line 1 of MD5SUMS",
  ]);
  t.strictSame(reporter.warnings, []);
  await checkFile([lists[1]], 'image.iso', path, { reporter });
  t.match(reporter.warnings, [/MD5 tells damage/]);

  await t.rejects(
    checkFile([list(`${md5}  image.iso\n${'0'.repeat(64)}  image.iso`, 'x')], 'image.iso', path, { reporter }),
    {
      exitCode: EXIT.mismatch,
      message: `${path}: its SHA256 is ${sha256}, but line 2 of x says ${'0'.repeat(64)}`,
    },
  );
  await t.rejects(checkFile([list(`${md5}  other.iso\nrubbish`)], 'image.iso', path, { reporter }), {
    exitCode: EXIT.mismatch,
    message: "`image.iso' is not in SHA256SUMS (1 lines in there are no checksums)",
  });
  const announced = [{ hash: 'sha512', hex: '0'.repeat(128), source: 'x.jigdo' }] as const;
  await t.rejects(checkFile([], 'image.iso', path, { reporter, announced }), { message: /but x\.jigdo says 000/ });

  // What is known is not read again: there is no such file.
  const known = new Map([['sha256', sha256]] as const);
  await checkFile([lists[0]], 'image.iso', '/nonexistent', { reporter, known });
  await t.rejects(checkFile(lists, 'image.iso', '/nonexistent', { reporter, known }), { message: /Could not open/ });

  checkBytes(lists, 'image.iso', Buffer.from('content'));
  checkBytes(lists, 'unknown', Buffer.from('anything'));
  t.throws(() => checkBytes(lists, 'image.iso', Buffer.from('x')), { message: /but line 1 of SHA256SUMS says/ });
});
