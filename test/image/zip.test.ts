import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import { expected, makeTree, readImage } from '../support/image-tree.js';
import { oracle } from '../support/oracle.js';
import { SparseImage } from '../support/sparse-image.js';
import { fields } from '../support/udf-builder.js';
import { central, end, local, zipWith } from '../support/zip-builder.js';

const read = (image: SparseImage): string[] | undefined =>
  readLayout(image)?.files.map(({ path, extents }) => `${path} ${extents[0].offset}+${extents[0].length}`);

t.test('what zip stores is read back, also behind something else; what it compresses is not', async (t) => {
  const zip = oracle(t, 'zip');
  if (zip === undefined) return;
  const tree = makeTree(t);
  symlinkSync('a.txt', join(tree, 'link'));
  const out = join(dirname(tree), 'out.zip');
  execFileSync(zip, ['-0', '-q', '-r', '-y', out, '.'], { cwd: tree });
  const { layout, contents } = readImage(out);
  t.same(contents, expected());
  t.same([layout.kinds, layout.problems], [['zip'], []]);

  const prefixed = join(dirname(tree), 'prefixed.zip');
  writeFileSync(prefixed, 'a self-extracting program\n');
  appendFileSync(prefixed, readFileSync(out));
  t.same(readImage(prefixed).contents, expected());

  const packed = join(dirname(tree), 'packed.zip');
  execFileSync(zip, ['-9', '-q', packed, 'a.txt', 'dir/2049.bin'], { cwd: tree });
  t.same(Object.keys(readImage(packed).contents), ['a.txt']);
});

t.test('compressed, encrypted and empty members are no files; names are made safe', async (t) => {
  const image = zipWith(
    [
      { name: '/../a', size: 9, offset: 0 },
      { name: 'deflated', size: 9, offset: 100, method: 8 },
      { name: 'encrypted', size: 9, offset: 200, flags: 1 },
      { name: 'folder/', size: 0, offset: 300 },
      { name: 'b', size: 9, offset: 400, flags: 8 },
    ],
    500,
    'a comment',
  );
  t.same(read(image), ['a 40+9', 'b 436+9']);
  t.same(readLayout(image)?.problems, []);
});

t.test('zip64: members, directory and archive beyond 4 GiB', async (t) => {
  const members = [
    { name: 'low', size: 5e9, offset: 0, wide: true },
    { name: 'high', size: 6e9, offset: 5e9 + 1000, wide: true },
  ];
  const directory = 12e9;
  const entries = Buffer.concat(members.map(central));
  const image = new SparseImage();
  for (const member of members) image.put(member.offset, local(member));
  const record = fields([4, 0x06064b50], [8, 44], [4, 0], [8, 0], [8, 2], [8, 2], [8, entries.length], [8, directory]);
  const locator = fields([4, 0x07064b50], [4, 0], [8, directory + entries.length], [4, 1]);
  image.put(directory, Buffer.concat([entries, record, locator, end(0xffffffff, 0xffffffff)]));
  t.same(read(image), ['low 38+5000000000', 'high 5000001039+6000000000']);
});

t.test('what is wrong is left out and told', async (t) => {
  const members = [
    { name: 'a', size: 9, offset: 0 },
    { name: 'b', size: 9999, offset: 100 },
    { name: 'c', size: 9, offset: 200 },
  ];
  const image = zipWith(members, 300).put(200, Buffer.alloc(4));
  t.same(read(image), ['a 36+9']);
  t.same(readLayout(image)?.problems, [
    "zip: `b': 9999 bytes at 136 lie outside the image",
    "zip: `c': bad local header at byte 200",
  ]);
  image.put(300 + central(members[0]).length, Buffer.alloc(4));
  t.same(readLayout(image)?.problems, [
    `zip: no directory entry at byte ${300 + central(members[0]).length}; the rest was left out`,
  ]);
});

t.test('behind the end record there may be something else', async (t) => {
  const zip = (): SparseImage => zipWith([{ name: 'a', size: 9, offset: 0 }], 100, 'a comment');
  const { size } = zip();
  const ends: [string, Buffer, boolean][] = [
    ['a byte', Buffer.from('x'), true],
    ['a signature', Buffer.alloc(60_000, 'signature'), true],
    ['as much as unzip passes over', Buffer.alloc(65_500, 'x'), true],
    ['what looks like another record', fields([4, 0x06054b50], [8, 0], [4, 0x12345678], [6, 0]), true],
    ['records without entries', Buffer.alloc(200 * 22 + 1, end(0, 0)), true],
    ['too many of them', Buffer.alloc(300 * 22 + 1, end(0, 0)), false],
    ['more than that', Buffer.alloc(200_000, 'x'), false],
  ];
  for (const [what, bytes, isFound] of ends) {
    t.same(read(zip().put(size, bytes)), isFound ? ['a 36+9'] : undefined, what);
  }
  const directory = readLayout(zip().put(size, Buffer.from('x')))?.areas.at(-1);
  t.same(directory, { offset: 100, length: size - 100, what: 'zip directory' }, 'the rest is none of it');
  const bare = zipWith([{ name: 'a', size: 9, offset: 0 }], 100).size;
  for (const padding of [1, 500, 65_514, 65_535, 65_536, 65_558, 131_072, 131_073, 1 << 20, 3_000_000]) {
    const padded = (length: number): SparseImage => new SparseImage().put(length - 1, Buffer.alloc(1));
    t.same(read(zip().put(size + padding - 1, Buffer.alloc(1))), ['a 36+9'], `${padding} zeros`);
    const short = zipWith([{ name: 'a', size: 9, offset: 0 }], 100).put(bare + padding - 1, Buffer.alloc(1));
    t.same(read(short), ['a 36+9'], `${padding} zeros, no comment`);
    t.equal(read(padded(padding)), undefined, `${padding} zeros, no archive`);
  }
});

t.test('the last file of an image is no archive around the image', async (t) => {
  const genisoimage = oracle(t, 'genisoimage');
  if (genisoimage === undefined) return;
  const dir = t.testdir({ tree: {} });
  const zip = zipWith([{ name: 'a', size: 9, offset: 0 }], 100);
  const bytes = Buffer.alloc(zip.size);
  zip.read(bytes, 0);
  writeFileSync(join(dir, 'tree', 'last.zip'), bytes);
  execFileSync(genisoimage, ['-quiet', '-no-pad', '-o', join(dir, 'cd.iso'), join(dir, 'tree')]);
  const { layout } = readImage(join(dir, 'cd.iso'));
  t.same([layout.kinds, layout.files.map(({ path }) => path)], [['iso9660'], ['LAST.ZIP']]);
});

t.test('not a zip archive', async (t) => {
  t.equal(read(new SparseImage().put(0, Buffer.from('PK\x05\x06'))), undefined, 'too short');
  t.equal(read(new SparseImage().put(50, end(100, 9))), undefined, 'no room for the directory');
  t.equal(read(new SparseImage().put(500, end(100, 9))), undefined, 'no directory');
});
