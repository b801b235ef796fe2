import t from 'tap';
import { FormatError } from '../../src/format/errors.js';
import { PartLookup, printedUri } from '../../src/format/jigdo-lookup.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';

const MD5 = 'KM-KnDXcthIUG2qKVg40pA';
const SHA256 = 'EEzD6SSkOCZ_nZEUEM_9WsUjxysQzDwEfO8GQPO6ytY';

t.test('alternatives in file order, then the fallback', (t) => {
  const jigdo = parseJigdo(`[Parts]
${MD5}=A:one
${SHA256}=A:other
${MD5}=http://h/two
[Servers]
A=file:a/
A=http://m/
[Parts]
${MD5}=A:three
x=
`);
  const lookup = new PartLookup(jigdo);
  t.same(lookup.locate(MD5, 'md5'), {
    uris: ['file:a/one', 'http://m/one', 'http://h/two', 'file:a/three', 'http://m/three'],
    fallback: [`MD5Sum:${MD5}`],
  });
  t.same(lookup.locate(SHA256, 'sha256'), {
    uris: ['file:a/other', 'http://m/other'],
    fallback: [`SHA256Sum:${SHA256}`],
  });
  t.same(lookup.locate('x', 'md5'), { uris: [], fallback: ['MD5Sum:x'] }, 'an empty value is no mapping');
  t.same(lookup.locate('y', 'md5'), { uris: [], fallback: ['MD5Sum:y'] });
  t.end();
});

t.test('a server for checksums', (t) => {
  const lookup = new PartLookup(parseJigdo('[Servers]\nMD5Sum=\nSHA256Sum=http://x/\nSHA256Sum=http://y/\n'));
  t.same(lookup.locate(MD5, 'md5').fallback, [MD5]);
  t.same(lookup.locate(SHA256, 'sha256').fallback, [`http://x/${SHA256}`, `http://y/${SHA256}`]);
  t.end();
});

t.test('servers of the command line go first', (t) => {
  const jigdo = parseJigdo(`[Parts]\n${MD5}=Debian:f\n[Servers]\nDebian=http://there/\n`);
  const lookup = new PartLookup(jigdo, ["Debian='http://h e r e/'", 'nonsense', '[Parts]', ' Debian = http://next/']);
  t.same(lookup.locate(MD5, 'md5').uris, ['http://h e r e/f', 'http://next/f', 'http://there/f']);
  t.end();
});

t.test('too many places', (t) => {
  const servers = Array.from({ length: 400 }, (_, i) => `A=${i}\n`).join('');
  const parts = Array.from({ length: 400 }, (_, i) => `k=A:${i}\n`).join('');
  const lookup = new PartLookup(parseJigdo(`[Servers]\n${servers}[Parts]\n${parts}`));
  t.throws(() => lookup.locate('k', 'md5'), new FormatError('part k', 'more than 100000 URLs'));
  t.same(lookup.locate('k', 'md5', 1), { uris: ['00'], fallback: ['MD5Sum:k'] }, 'of which the first is wanted');
  t.same(lookup.locate('k', 'md5', 402).uris.slice(398), ['3980', '3990', '01', '11']);
  t.end();
});

t.test('how print-missing writes it', (t) => {
  t.equal(printedUri('file:///x%20y'), '///x%20y');
  t.equal(printedUri('FILE:x'), 'FILE:x');
  t.equal(printedUri('http://file:x'), 'http://file:x');
  t.end();
});
