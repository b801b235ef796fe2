import fc from 'fast-check';
import t from 'tap';
import { FormatError } from '../../src/format/errors.js';
import { JigdoDraft } from '../../src/format/jigdo-draft.js';
import { PartLookup } from '../../src/format/jigdo-lookup.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';
import { buildJigdo, isWritable, type JigdoContents, type UsedFile } from '../../src/format/jigdo-write.js';

/** A file whose digest is 16 times the byte `n`. */
function file(n: number, prefix: string, rest: string): UsedFile {
  return { digest: new Uint8Array(16).fill(n), prefix, rest };
}

const PLAIN: JigdoContents = {
  generator: 'jigdo/1.2.3',
  algorithm: 'md5',
  servers: true,
  used: [],
  labels: new Map(),
  uris: new Map(),
};

t.test('a new file', (t) => {
  const text = buildJigdo({
    ...PLAIN,
    image: { filename: 'my.iso', template: 'my template', templateDigest: new Uint8Array(16) },
    used: [file(2, 'src/', 'z'), file(1, '/', "it's"), file(2, 'src/', 'same'), file(3, '', 'one two')],
    labels: new Map([['src/', 'Debian']]),
    uris: new Map([['Debian', 'http://deb/']]),
  });
  t.equal(
    text,
    `# JigsawDownload
# See <https://www.einval.com/~steve/software/jigdo/> for details about jigdo

[Jigdo]
Version=1.2
Generator=jigdo/1.2.3

[Image]
Filename=my.iso
Template=my template
Template-MD5Sum=AAAAAAAAAAAAAAAAAAAAAA

[Servers]
Debian=http://deb/
A=file:/
B=file:

[Parts]
AQEBAQEBAQEBAQEBAQEBAQ="A:it's"
AwMDAwMDAwMDAwMDAwMDAw='B:one two'
AgICAgICAgICAgICAgICAg=Debian:z
`,
  );
  t.end();
});

t.test('SHA-256, and sections left out', (t) => {
  const sha256: JigdoContents = { ...PLAIN, algorithm: 'sha256' };
  t.match(buildJigdo(sha256), 'Version=2.0\n');
  const image = { filename: '-', template: '-', templateDigest: new Uint8Array(32) };
  t.match(buildJigdo({ ...sha256, image }), `Template-SHA256Sum=${'A'.repeat(43)}\n`);
  t.equal(
    buildJigdo({ ...PLAIN, servers: false, used: [file(1, 'a/', 'x'), file(2, 'b/', 'y')] }).split('\n\n')[2],
    '[Parts]\nAQEBAQEBAQEBAQEBAQEBAQ=A:x\nAgICAgICAgICAgICAgICAg=B:y\n',
    'labels differ even where nobody says what they are',
  );
  t.end();
});

t.test('an automatic label is not one that comes later', (t) => {
  const used = [file(1, 'a/', 'x'), file(2, 'b/', 'y')];
  t.match(buildJigdo({ ...PLAIN, used, labels: new Map([['b/', 'A']]) }), '[Servers]\nB=file:a/\nA=file:b/\n');
  t.match(buildJigdo({ ...PLAIN, used, labels: new Map([['c/', 'A']]) }), '[Servers]\nA=file:a/\nB=file:b/\n');
  const merge = parseJigdo('[Parts]\nzz=A:old\n');
  t.match(buildJigdo({ ...PLAIN, used, merge }), '[Servers]\nB=file:a/\nC=file:b/\n', 'old parts may mean it');
  t.end();
});

t.test('merging', (t) => {
  const merge = parseJigdo(
    [
      '\xef\xbb\xbf# mine',
      '[Image]',
      ' Template-MD5Sum =  # put here',
      '[Parts]',
      '# kept',
      '',
      ' zz = Q:x ',
      'AQEBAQEBAQEBAQEBAQEBAQ=Q:old',
      'AgICAgICAgICAgICAgICAg=',
      'malformed',
      '[Servers]',
      'A=http://a/',
      '',
      '[Unknown]',
      'x y z=1',
    ].join('\r\n'),
  );
  t.equal(
    buildJigdo({
      ...PLAIN,
      image: { filename: 'i', template: 't', templateDigest: new Uint8Array(16) },
      used: [file(1, 'd/', 'known'), file(2, 'e/', 'new')],
      merge,
    }),
    `\xef\xbb\xbf[Jigdo]
Version=1.2
Generator=jigdo/1.2.3

# mine
[Image]
 Template-MD5Sum =AAAAAAAAAAAAAAAAAAAAAA  # put here
# kept
malformed
[Servers]
A=http://a/
B=file:e/

[Unknown]
x y z=1

[Parts]
zz= Q:x${' '}
AgICAgICAgICAgICAgICAg=
AgICAgICAgICAgICAgICAg=B:new
AQEBAQEBAQEBAQEBAQEBAQ=Q:old
`,
  );
  t.throws(() => buildJigdo({ ...PLAIN, merge: parseJigdo('[Jigdo]\nVersion=3') }), FormatError);
  t.end();
});

t.test('nothing is inserted behind a faulty section line', (t) => {
  const merge = parseJigdo('[Jigdo]\n[Servers]\n[Imag\nTemplate-MD5Sum=\nA=x\n');
  t.match(buildJigdo({ ...PLAIN, used: [file(1, 'd/', 'f')], merge }), '[Servers]\nB=file:d/\n[Imag\n');
  t.end();
});

t.test('merging again changes nothing', (t) => {
  const contents = { ...PLAIN, used: [file(1, 'd/', 'f f'), file(2, 'e/', 'g')], labels: new Map([['d/', 'X']]) };
  const once = buildJigdo(contents);
  t.equal(buildJigdo({ ...contents, merge: parseJigdo(once) }), once);
  t.end();
});

t.test('parts are sorted by value and checksum as one string', (t) => {
  const merge = parseJigdo('[Jigdo]\n\n[Parts]\nzz=A:x\nbb=a\nb=ab\n0z=A:x.asc\nabb=\nbb=a\n=abb\n');
  t.equal(
    buildJigdo({ ...PLAIN, servers: false, merge }),
    '[Jigdo]\n\n[Parts]\n0z=A:x.asc\nzz=A:x\nabb=\nbb=a\nb=ab\n=abb\n',
  );
  t.end();
});

t.test('names that no line can hold', (t) => {
  t.equal(isWritable('a\nb'), false);
  t.equal(isWritable('a\0b'), false);
  t.equal(isWritable('a\rb\r \'"\\#\xff'), true);
  const message = 'a .jigdo file cannot hold a name with a line feed: rename or exclude it';
  const image = { filename: 'i', template: 't', templateDigest: new Uint8Array(16) };
  const table: [Partial<JigdoContents>, string][] = [
    [{ used: [file(1, 'd/', 'a\nb')] }, "file `d/a\\x0ab'"],
    [{ used: [file(1, 'd\n/', 'a')] }, "file `d\\x0a/a'"],
    [{ image: { ...image, filename: 'i\n' } }, "image `i\\x0a'"],
    [{ image: { ...image, template: '\0' } }, "template `\\x00'"],
    [{ used: [file(1, 'd/', 'a')], labels: new Map([['d/', 'L']]), uris: new Map([['L', 'x\ny']]) }, "URI `x\\x0ay'"],
  ];
  for (const [contents, place] of table) {
    t.throws(() => buildJigdo({ ...PLAIN, ...contents }), new FormatError(place, message), place);
  }
  t.end();
});

t.test('every file is found again under its own name', (t) => {
  const name = fc
    .array(
      fc.oneof(
        fc.constantFrom(...` \t#'"\\\r:=[]/`),
        fc.integer({ min: 1, max: 255 }).map((n) => String.fromCharCode(n)),
      ),
      {
        minLength: 1,
      },
    )
    .map((chars) => chars.join('').replaceAll('\n', ''));
  const prefix = fc.constantFrom('', '/', 'd/', "t w'o/", 'c\r/', '#"\\/');
  fc.assert(
    fc.property(fc.array(fc.tuple(prefix, name), { maxLength: 20 }), (names) => {
      const used = names.map(([prefix, rest], i) => file(i, prefix, rest));
      const jigdo = parseJigdo(buildJigdo({ ...PLAIN, used }));
      if (jigdo.problemCount > 0) throw new Error(jigdo.toString());
      const lookup = new PartLookup(jigdo);
      for (const { digest, prefix, rest } of used) {
        const { uris } = lookup.locate(Buffer.from(digest).toString('base64url'), 'md5');
        if (uris.length !== 1 || uris[0] !== `file:${prefix}${rest}`) throw new Error(jigdo.toString());
      }
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('a draft keeps any lines but those of [Parts]', (t) => {
  const line = fc.constantFrom(
    '',
    ' ',
    '# c',
    '[Jigdo]',
    '[Image]x',
    'a=b',
    '\xff\0',
    '[Servers]',
    'a\rb',
    '[Include x]',
  );
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, newline) => {
      const text = lines.map((line) => line + newline).join('');
      return new JigdoDraft(parseJigdo(text), []).toString() === text.replaceAll('\r\n', '\n');
    }),
  );
  t.end();
});

t.test('a label may have several URIs, the preferred one first', async (t) => {
  const contents = { used: [file(1, 'd/', 'a')], labels: new Map([['d/', 'L']]) };
  const text = buildJigdo({ ...PLAIN, ...contents, uris: new Map([['L', ['http://b/', 'http://a/']]]) });
  t.match(text, '[Servers]\nL=http://b/\nL=http://a/\n\n[Parts]');
  t.match(buildJigdo({ ...PLAIN, ...contents, uris: new Map([['L', []]]) }), '[Servers]\nL=file:d/\n');
});
