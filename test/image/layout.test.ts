import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import { MemoryReader, type RandomAccess } from '../../src/io/reader.js';
import { checkLayout } from '../support/check-layout.js';
import { expected, makeTree, readImage, TREE } from '../support/image-tree.js';
import { oracle } from '../support/oracle.js';
import { rareUdf } from '../support/rare-udf.js';

const BOOT = { 'boot/boot.img': 'b'.repeat(6000) };

t.test('what genisoimage writes is read back', async (t) => {
  const genisoimage = oracle(t, 'genisoimage');
  if (genisoimage === undefined) return;
  const tree = makeTree(t, { ...TREE, ...BOOT });
  const want = expected({ ...TREE, ...BOOT });
  const out = join(dirname(tree), 'out.iso');
  const make = (...options: string[]): ReturnType<typeof readImage> => {
    execFileSync(genisoimage, ['-quiet', '-input-charset', 'utf-8', ...options, '-o', out, tree], { stdio: 'ignore' });
    return readImage(out);
  };
  for (const options of [['-R'], ['-R', '-J'], ['-R', '-udf'], ['-R', '-J', '-no-pad', '-U']]) {
    const { layout, contents } = make(...options);
    t.same(contents, want, options.join(' '));
    t.same(layout.kinds, options.includes('-udf') ? ['iso9660', 'udf'] : ['iso9660']);
    t.same(layout.problems, []);
  }
  // Names without Rock Ridge are cut: the contents must all be there, one of each.
  for (const options of [
    ['-D', '-iso-level', '1'],
    ['-D', '-iso-level', '3'],
    ['-D', '-J'],
  ]) {
    t.same(Object.values(make(...options).contents).sort(), Object.values(want).sort(), options.join(' '));
  }
  t.match(make('-D', '-J', '-joliet-long', '-udf').contents, { 'umlaut/äöü-日本.txt': TREE['umlaut/äöü-日本.txt'] });
  t.match(make('-D', '-iso-level', '4', '-input-charset', 'iso8859-1').contents, {
    'dir/exactly-2048.bin': 'x'.repeat(2048),
    'a.txt': 'first\n',
  });

  const bootable = make('-R', '-b', 'boot/boot.img', '-c', 'boot/catalogue', '-no-emul-boot', '-boot-load-size', '4');
  t.equal(bootable.contents['boot/catalogue'].length, 2048);
  delete bootable.contents['boot/catalogue'];
  t.same(bootable.contents, want, 'a boot image is its file');

  const hidden = make(
    '-R',
    '-hide',
    'boot.img',
    '-b',
    'boot/boot.img',
    '-c',
    'boot/catalogue',
    '-no-emul-boot',
    '-boot-load-size',
    '4',
  );
  t.equal(hidden.contents['[BOOT]/1.img'], 'b'.repeat(2048), 'a hidden boot image is as long as it is loaded');
});

t.test('what xorriso writes is read back', async (t) => {
  const xorriso = oracle(t, 'xorriso');
  if (xorriso === undefined) return;
  const tree = makeTree(t, { ...TREE, ...BOOT });
  const want = expected({ ...TREE, ...BOOT });
  const out = join(dirname(tree), 'out.iso');
  const cases = [
    ['-R'],
    ['-R', '-J', '-joliet-long'],
    ['-R', '-rr_reloc_dir', '/moved'],
    ['-R', '-partition_offset', '16'],
    ['-R', '-iso-level', '3', '-hfsplus'],
  ];
  for (const options of cases) {
    rmSync(out, { force: true });
    execFileSync(xorriso, ['-as', 'mkisofs', '-quiet', ...options, '-o', out, tree], { stdio: 'ignore' });
    const { layout, contents } = readImage(out);
    t.same(contents, want, options.join(' '));
    t.same([layout.kinds, layout.problems], [['iso9660'], []]);
  }
});

t.test('three sessions by xorriso: files of all of them', async (t) => {
  const xorriso = oracle(t, 'xorriso');
  if (xorriso === undefined) return;
  const tree = makeTree(t, { 'one/1': '1'.repeat(3000), 'two/2': '2'.repeat(3000), 'three/3': '3'.repeat(3000) });
  const out = join(dirname(tree), 'out.iso');
  const session = (...commands: string[]): void => {
    execFileSync(xorriso, ['-dev', out, ...commands, '-commit'], { stdio: 'ignore' });
  };
  session('-map', join(tree, 'one'), '/one');
  session('-map', join(tree, 'two'), '/two', '-rm_r', '/one', '--');
  session('-map', join(tree, 'three'), '/three', '-mv', '/two/2', '/renamed', '--');
  t.same(readImage(out).contents, {
    'one/1': '1'.repeat(3000),
    renamed: '2'.repeat(3000),
    'three/3': '3'.repeat(3000),
  });
});

t.test('damaged and cut images: no exception, no endless walk, extents within the image', async (t) => {
  const images = rareUdf();
  for (const [i, image] of images.entries()) {
    const paths = readLayout(new MemoryReader(image))?.files.map((file) => file.path);
    t.same(paths?.sort(), ['F', 'G', 'H'], `rare UDF ${i} is read when whole`);
  }
  const genisoimage = oracle(t, 'genisoimage');
  const xorriso = oracle(t, 'xorriso');
  const tar = oracle(t, 'tar');
  const zip = oracle(t, 'zip');
  const tree = makeTree(t, { ...TREE, ...BOOT });
  const out = (name: string): string => join(dirname(tree), name);
  const run = (program: string | undefined, name: string, args: readonly string[]): void => {
    if (program === undefined) return;
    execFileSync(program, args, { cwd: tree, stdio: 'ignore' });
    images.push(readFileSync(out(name)));
  };
  const boot = ['-b', 'boot/boot.img', '-c', 'boot/catalogue', '-no-emul-boot'];
  run(genisoimage, 'a.iso', ['-quiet', '-R', '-J', '-udf', ...boot, '-o', out('a.iso'), '.']);
  run(xorriso, 'b.iso', [
    '-as',
    'mkisofs',
    '-quiet',
    '-R',
    '-partition_offset',
    '16',
    ...boot,
    '-o',
    out('b.iso'),
    '.',
  ]);
  run(tar, 'c.tar', ['--format=pax', '-cf', out('c.tar'), '.']);
  run(tar, 'd.tar', ['--format=gnu', '-cf', out('d.tar'), '.']);
  run(zip, 'e.zip', ['-0', '-q', '-r', out('e.zip'), '.']);

  const targets = images.map((bytes) => ({ bytes, areas: readLayout(new MemoryReader(bytes))?.areas ?? [] }));
  const damage = fc.record({
    image: fc.nat(targets.length - 1),
    // Mostly in what the walkers read.
    flips: fc.array(
      fc.record({
        area: fc.nat(),
        at: fc.nat(),
        value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    cut: fc.option(fc.nat(), { freq: 4 }),
  });
  const property = fc.property(damage, ({ image, flips, cut }) => {
    const { bytes, areas } = targets[image];
    const damaged = Buffer.from(bytes);
    for (const { area, at, value } of flips) {
      const { offset, length } = areas[area % areas.length];
      damaged[offset + (at % length)] = value;
    }
    checkLayout(cut === null ? damaged : damaged.subarray(0, cut % damaged.length));
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1200 }));
});

t.test('I/O errors are not hidden', async (t) => {
  const failing: RandomAccess = {
    size: 1e6,
    name: 'failing',
    read() {
      throw new Error('EIO');
    },
  };
  t.throws(() => readLayout(failing), { message: 'EIO' });
});

t.test('an image that is shorter than its size', async (t) => {
  const short: RandomAccess = { size: 1e6, name: 'short', read: () => 0 };
  t.equal(readLayout(short), undefined);
});
