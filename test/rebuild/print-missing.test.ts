import t, { type Test } from 'tap';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { FileReader } from '../../src/io/reader.js';
import { SILENT, type Reporter } from '../../src/io/reporter.js';
import { templateLines } from '../../src/rebuild/list-template.js';
import { makeImage } from '../../src/rebuild/make-image.js';
import { printMissingLines, type PrintMissingOptions } from '../../src/rebuild/print-missing.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { data, noise, oldTemplateOf, part, templateOf, treeFile } from '../support/template-builder.js';

const one = noise(2000, 1);
const two = noise(3000, 2);
const pieces = [data('abc'), part(one), part(two), data('d'), part(one)];
const [d1, d2] = [one, two].map((bytes) => toBase64(digestOf('md5', bytes)));
/** The order of print-missing: that of the raw digests, which base64 does not keep. */
const [first, second] = Buffer.compare(digestOf('md5', one), digestOf('md5', two)) < 0 ? [d1, d2] : [d2, d1];

/** A folder with x.template, x.jigdo and both files, and how to ask about it. */
function folder(t: Test, template = templateOf(pieces)): (options?: Partial<PrintMissingOptions>) => string[] {
  const dir = t.testdir({
    'x.template': template,
    'x.jigdo': `[Servers]\nA=file:/mirror/\nB=http://b/\n[Parts]\n${d1}=A:one\n${d1}=B:other\n`,
    one,
    two,
  });
  const path = (name: string): string => fromText(join(dir, name));
  return (options = {}) => [
    ...printMissingLines({
      image: path('x.iso'),
      jigdo: path('x.jigdo'),
      template: path('x.template'),
      all: false,
      reporter: SILENT,
      ...options,
    }),
  ];
}

t.test('each file once, in the order of raw digests', async (t) => {
  const list = folder(t);
  const best = { [d1]: '/mirror/one', [d2]: `MD5Sum:${d2}` };
  t.strictSame(list(), [best[first], best[second]]);
  const all = { [d1]: ['/mirror/one', 'http://b/other', `MD5Sum:${d1}`, ''], [d2]: [`MD5Sum:${d2}`, ''] };
  t.strictSame(list({ all: true }), [...all[first], ...all[second]]);
});

t.test('servers of the command line come first, those that are no entry are ignored', async (t) => {
  const list = folder(t);
  const lines = list({ all: true, uris: ["A='http://a b/'", 'nonsense', 'MD5Sum=http://sum/'] });
  t.strictSame(
    lines.filter((line) => line.includes('one')),
    ['http://a b/one', '/mirror/one'],
  );
  t.ok(lines.includes(`http://sum/${d2}`));
});

t.test('a .tmp tells what is there, an image that nothing is missing', async (t) => {
  const list = folder(t);
  const dir = t.testdirName;
  await makeImage({
    image: fromText(join(dir, 'x.iso')),
    template: fromText(join(dir, 'x.template')),
    files: [treeFile(join(dir, 'one'))],
  });
  t.strictSame(list(), [`MD5Sum:${d2}`]);
  t.equal(list({ image: '-' }).length, 2, 'stdout has no .tmp');

  writeFileSync(join(dir, 'y.iso.tmp'), 'something else');
  const warnings: string[] = [];
  const reporter: Reporter = { ...SILENT, warning: (line) => void warnings.push(line) };
  t.equal(list({ image: fromText(join(dir, 'y.iso')), reporter }).length, 2);
  t.equal(warnings.length, 1);
  t.match(warnings[0], /^Ignoring existing temporary file `.*y\.iso\.tmp' - it was not created by jigdo-file/);

  copyFileSync(join(dir, 'one'), join(dir, 'x.iso'));
  t.strictSame(list({ jigdo: fromText(join(dir, 'nosuch')) }), [], 'the .jigdo is not even opened');
  t.throws(
    () => list({ template: fromText(join(dir, 'nosuch')) }),
    { message: /nosuch' for input/ },
    'the template is',
  );
});

t.test('what cannot be read', async (t) => {
  const list = folder(t);
  const dir = t.testdirName;
  t.throws(() => list({ jigdo: fromText(join(dir, 'nosuch')) }), { message: /^Could not open/, exitCode: 3 });
  t.throws(() => list({ template: fromText(join(dir, 'one')) }), { message: /one: byte / });
  writeFileSync(join(dir, 'new.jigdo'), '[Jigdo]\nVersion=3\n');
  t.throws(() => list({ jigdo: fromText(join(dir, 'new.jigdo')) }), { message: /Upgrade required/ });
  writeFileSync(join(dir, 'packed.jigdo'), gzipSync(`[Parts]\n${d2}=x\n`));
  t.ok(list({ jigdo: fromText(join(dir, 'packed.jigdo')) }).includes('x'), 'compressed');
});

t.test('list-template', async (t) => {
  folder(t);
  const path = join(t.testdirName, 'x.template');
  const lines = (hex: boolean): string[] => {
    using reader = new FileReader(fromText(path));
    return [...templateLines(openTemplate(reader), hex)];
  };
  const image = Buffer.concat(pieces.map(({ bytes }) => bytes));
  t.strictSame(
    lines(false).map((line) => line.split(/ +/).slice(0, 4)),
    [
      ['in-template', '0', '3'],
      ['need-file-md5', '3', '2000', d1],
      ['need-file-md5', '2003', '3000', d2],
      ['in-template', '5003', '1'],
      ['need-file-md5', '5004', '2000', d1],
      ['image-info-md5', '7004', '1024', toBase64(digestOf('md5', image))],
    ],
  );
  t.equal(lines(false)[0], 'in-template                  0            3');
  t.match(lines(true)[1], /^need-file-md5 {16}3 {9}2000 {15}[0-9a-f]{32} [0-9a-f]{16}$/);
  writeFileSync(path, oldTemplateOf(pieces));
  t.match(lines(false)[1], / AAAAAAAAAAA$/, 'version 1.0 has no sums');
  t.match(lines(false)[5], /^image-info-md5 {12}7004 {12}0 /);
});
