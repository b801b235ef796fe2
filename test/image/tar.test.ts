import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import { expected, makeTree, readImage, TREE } from '../support/image-tree.js';
import { oracle } from '../support/oracle.js';
import { SparseImage } from '../support/sparse-image.js';
import { BLOCK, entry, header, padded, paxRecord, withSum } from '../support/tar-builder.js';

const archive = (...blocks: Buffer[]): SparseImage =>
  new SparseImage().put(0, Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));

/** Files as `path block+length`. */
function read(image: SparseImage): string[] | undefined {
  return readLayout(image)?.files.map(
    ({ path, extents }) => `${path} ${extents.map(({ offset, length }) => `${offset / BLOCK}+${length}`).join(',')}`,
  );
}

t.test('what tar writes is read back', async (t) => {
  const tar = oracle(t, 'tar');
  if (tar === undefined) return;
  const tree = makeTree(t);
  for (const format of ['v7', 'ustar', 'gnu', 'oldgnu', 'pax']) {
    const out = join(dirname(tree), `${format}.tar`);
    const short = format === 'v7' || format === 'ustar';
    execFileSync(tar, [`--format=${format}`, ...(short ? ['--exclude=n*'] : []), '-cf', out, '-C', tree, '.']);
    const want = Object.fromEntries(Object.entries(expected()).filter(([path]) => !short || !path.startsWith('long/')));
    const { layout, contents } = readImage(out);
    t.same(contents, want, format);
    t.same([layout.kinds, layout.problems], [['tar'], []]);
  }
  t.equal(Object.keys(TREE).length, Object.keys(expected()).length + 1);
});

t.test('ustar prefixes, v7, GNU magic, unsafe paths', async (t) => {
  const image = archive(
    entry({ name: 'name', prefix: 'a/b' }, 'x'),
    entry({ name: 'gnu', magic: 'ustar  ', prefix: 'not a prefix' }, 'x'),
    entry({ name: 'v7', type: '\0', magic: '', prefix: 'no' }, 'x'),
    entry({ name: 'folder/', type: '\0', magic: '' }, ''),
    entry({ name: '/../up/./here//x' }, 'x'),
    entry({ name: 'contiguous', type: '7' }, 'x'),
    entry({ name: '\xe4\xff', signed: true }, 'x'),
  );
  t.same(read(image), ['a/b/name 1+1', 'gnu 3+1', 'v7 5+1', 'up/here/x 8+1', 'contiguous 10+1', '\xe4\xff 12+1']);
});

t.test('GNU long names, base-256 sizes beyond 4 GiB', async (t) => {
  const sizeField = Buffer.alloc(12);
  sizeField[0] = 0x80;
  const size = 5 * 2 ** 30 + 1;
  sizeField.writeUIntBE(size, 6, 6);
  const image = archive(
    entry({ name: '././@LongLink', type: 'L' }, `${'p'.repeat(300)}\0`),
    entry({ name: 'cut' }, 'x'),
    entry({ name: '././@LongLink', type: 'K' }, 'some target\0'),
    header({ name: 'link', type: '2' }),
    header({ name: 'big', sizeField }),
  );
  const after = 8 + Math.ceil(size / BLOCK);
  image.put(after * BLOCK, Buffer.concat([entry({ name: 'after' }, 'xyz'), Buffer.alloc(2 * BLOCK)]));
  t.same(read(image), [`${'p'.repeat(300)} 3+1`, `big 8+${size}`, `after ${after + 1}+3`]);
});

t.test('pax: path, size, global values; malformed records', async (t) => {
  const image = archive(
    entry({ name: 'g', type: 'g' }, paxRecord('comment', 'x') + paxRecord('path', 'everywhere')),
    entry({ name: 'x', type: 'x' }, paxRecord('path', 'pax/\xc3\xa4') + paxRecord('mtime', '1.5')),
    entry({ name: 'a' }, 'x'),
    entry({ name: 'x', type: 'x' }, `${paxRecord('size', '3')}99 path=cut short\n`),
    Buffer.concat([header({ name: 'b', size: 0 }), padded('xyz')]),
  );
  t.same(read(image), ['pax/\xc3\xa4 5+1', 'everywhere 9+3']);
});

t.test('sparse files are left out and told, of both formats', async (t) => {
  const map = Buffer.alloc(BLOCK);
  const old = header({ name: 'old', type: 'S', size: 3, magic: 'ustar  ' });
  old[482] = 1;
  withSum(old);
  const image = archive(
    Buffer.concat([old, map, padded('abc')]),
    entry({ name: 'x', type: 'x' }, paxRecord('GNU.sparse.major', '1') + paxRecord('path', 'new')),
    entry({ name: 'y' }, 'abc'),
    entry({ name: 'plain' }, 'abc'),
  );
  t.same(read(image), ['plain 8+3']);
  t.same(readLayout(image)?.problems, ["tar: `old': sparse file", "tar: `new': sparse file"]);
});

t.test('hard links with and without data', async (t) => {
  const image = archive(
    entry({ name: 'a' }, 'x'),
    header({ name: 'link', type: '1', size: 1 }),
    entry({ name: 'b' }, 'y'),
    entry({ name: 'with data', type: '1' }, 'z'),
    entry({ name: 'c' }, 'w'),
  );
  t.same(read(image), ['a 1+1', 'b 4+1', 'with data 6+1', 'c 8+1']);
});

t.test('archives one after the other, rubbish behind the end', async (t) => {
  const image = archive(entry({ name: 'a' }, 'x'), Buffer.alloc(18 * BLOCK), entry({ name: 'b' }, 'y'));
  image.put(image.size, padded('no header'));
  t.same(read(image), ['a 1+1', 'b 21+1']);
  t.same(readLayout(image)?.problems, []);
});

t.test('a bad header ends the archive; a cut file is left out', async (t) => {
  const good = entry({ name: 'a' }, 'x');
  const image = archive(good, padded('no header'));
  t.same(read(image), ['a 1+1']);
  t.same(readLayout(image)?.problems, ['tar: bad header at byte 1024; the rest was left out']);
  const cut = archive(good, header({ name: 'cut', size: 99999 }));
  t.same(read(cut), ['a 1+1']);
  t.same(readLayout(cut)?.problems, ["tar: `cut': 99999 bytes at 1536 lie outside the image"]);
});

t.test('not a tar archive', async (t) => {
  t.equal(read(new SparseImage().put(0, Buffer.alloc(20 * BLOCK))), undefined);
  t.equal(read(new SparseImage().put(0, header({ name: 'a' }).fill('9', 148, 150))), undefined);
  t.equal(read(new SparseImage().put(0, header({ name: '' }))), undefined);
});
