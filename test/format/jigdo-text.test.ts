import fc from 'fast-check';
import t from 'tap';
import { FormatError } from '../../src/format/errors.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';

const ANY = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\r\n',
        '\r',
        '[',
        ']',
        '[Parts]',
        '[Comment]',
        '[Include x]',
        'a=b',
        '#',
        ' ',
        '\xef\xbb\xbf',
      ),
      fc.nat({ max: 255 }).map((n) => String.fromCharCode(n)),
    ),
  )
  .map((pieces) => pieces.join(''));

t.test('any bytes come out unchanged, and sections cover them', (t) => {
  fc.assert(
    fc.property(ANY, (text) => {
      const jigdo = parseJigdo(text);
      if (jigdo.toString() !== text) throw new Error('changed');
      for (const { start, firstLine } of jigdo.sections) {
        const before = text.slice(0, start);
        const lines =
          before.split('\n').length - 1 + (start === text.length && !/\n$|^\xef\xbb\xbf$|^$/.test(text) ? 1 : 0);
        if (firstLine !== lines + 1) throw new Error(`section at ${start} begins in line ${firstLine}`);
      }
      if (jigdo.sections.at(-1)?.end !== text.length) throw new Error('the end is missing');
    }),
    { numRuns: 1000 },
  );
  t.end();
});

t.test('every line is in a section, a section line or the place before them', (t) => {
  fc.assert(
    fc.property(ANY, (text) => {
      const jigdo = parseJigdo(text);
      let count = jigdo.sections.length - 1;
      for (const section of jigdo.sections) for (const { number } of jigdo.lines(section)) count += number > 0 ? 1 : 0;
      const body = text.replace(/^\xef\xbb\xbf/, '');
      return count === body.split('\n').length - (body === '' || body.endsWith('\n') ? 1 : 0);
    }),
    { numRuns: 500 },
  );
  t.end();
});

const TEXT = `unnamed=1
# JigsawDownload

[Jigdo]
Version=1.2
Generator= jigdo-file/0.8.0\t
[Servers]
A = file:a/ # comment
B=
[Include http://h/x.jigdo]
A=lost
[Parts]
k1=A:x 'option 1'
bad
k2=
k1='A:y z'
[Other]
k1=other
[Servers]
A="b b/"
`;

t.test('entries of sections', (t) => {
  for (const [what, text] of [
    ['LF', TEXT],
    ['CRLF', TEXT.replaceAll('\n', '\r\n')],
    ['byte order mark', `\xef\xbb\xbf${TEXT}`],
    ['no final newline', TEXT.slice(0, -1)],
    ['CR at the end', `${TEXT.slice(0, -1)}\r`],
  ]) {
    const jigdo = parseJigdo(text);
    t.same(
      [...jigdo.servers()],
      [
        { label: 'A', base: 'file:a/', line: 8 },
        { label: 'B', base: '', line: 9 },
        { label: 'A', base: 'b b/', line: 20 },
      ],
      what,
    );
    t.same(
      [...jigdo.parts()],
      [
        { digest: 'k1', target: 'A:x', line: 13 },
        { digest: 'k1', target: 'A:y z', line: 16 },
      ],
      what,
    );
    t.same(jigdo.problems, [{ line: 14, column: 4, message: "Label name is not followed by `='" }]);
    t.equal(jigdo.generator, 'jigdo-file/0.8.0');
    t.same(jigdo.includes, ['http://h/x.jigdo']);
    t.same([...jigdo.entries('')], []);
    t.same([...jigdo.entries('Other')], [{ label: 'k1', value: 'other', line: 18 }]);
  }
  t.equal(parseJigdo('').generator, undefined);
  t.equal(parseJigdo('\xef\xbb\xbf[Jigdo]\nGenerator=x').generator, 'x', 'the first line behind a byte order mark');
  t.end();
});

t.test('only one CR belongs to the line end', (t) => {
  t.same([...parseJigdo('[a]\nb=c\r\r\n').entries('a')], [{ label: 'b', value: 'c\r', line: 2 }]);
  t.end();
});

t.test('a faulty section line starts no section', (t) => {
  const jigdo = parseJigdo('[Parts]\na=b\n[Other]x\nc=d\n');
  t.same(
    [...jigdo.entries('Parts')].map(({ label }) => label),
    ['a', 'c'],
  );
  t.end();
});

t.test('anything may stand in comment sections', (t) => {
  const jigdo = parseJigdo('[Comment]\nfree text\n[oops\n[ comment ] # x\nmore\n[Include x]\nmore\n[COMMENT]\nbad\n');
  t.same(
    jigdo.problems.map(({ line }) => line),
    [3, 9],
  );
  t.end();
});

t.test('JTE does not quote, be it libjte or that of genisoimage', (t) => {
  const lines = ['[Parts]', 'a=Debian:b file.bin ', "b='A:x y' z", "c=A:it's # 1", '', 'd=', 'e= # x'].join('\n');
  const targets = (generator: string): unknown =>
    [...parseJigdo(`[Jigdo]\nGenerator=${generator}\n${lines}\n`).parts()].map(({ target }) => target);
  for (const jte of ['libjte-2.0.0', 'JTE/1.19'])
    t.same(targets(jte), ['Debian:b file.bin', 'A:x y', "A:it's # 1"], jte);
  t.same(targets('jigdo-file/0.8.0'), ['Debian:b', 'A:x y', 'A:its # 1']);
  t.end();
});

t.test('versions', (t) => {
  for (const ok of ['', '[Jigdo]', '[Jigdo]\nVersion=2.7', '[Jigdo]\nVersion=', '[Jigdo]\nVersion=x3', 'Version=3'])
    t.doesNotThrow(() => parseJigdo(ok).checkVersion(), ok);
  t.doesNotThrow(() => parseJigdo('[Jigdo]\nVersion=1\nVersion=3').checkVersion(), 'only the first entry counts');
  t.doesNotThrow(() => parseJigdo('[Jigdo]\n[Jigdo]\nVersion=3').checkVersion(), 'only the first section counts');
  for (const value of ['3', "'3'.0", ' 03', '99999999999999999999']) {
    t.throws(
      () => parseJigdo(`\n[Jigdo]\nVersion=${value}`).checkVersion(),
      new FormatError('line 3', 'Upgrade required - this .jigdo file needs a newer version of the jigdo program'),
      value,
    );
  }
  t.end();
});

t.test('hostile files cost bounded memory', (t) => {
  const garbage = parseJigdo('x\n'.repeat(5000));
  t.equal(garbage.problems.length, 1000);
  t.equal(garbage.problemCount, 5000);
  t.throws(() => parseJigdo('[]\n'.repeat(100_001)), new FormatError('line 100001', 'more than 100000 sections'));
  t.end();
});

t.test('many parts take time in proportion: were it their square, the time limit of the suite would end this', (t) => {
  const count = 400_000;
  const text = '[Parts]\n' + 'KM-KnDXcthIUG2qKVg40pA=A:pool/main/a/name/name_1.0-1_amd64.deb\n'.repeat(count);
  let found = 0;
  for (const { target } of parseJigdo(text).parts()) found += target.length > 0 ? 1 : 0;
  t.equal(found, count);
  t.end();
});
