import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import { MemoryReader } from '../../src/io/reader.js';
import { Territory } from '../../src/image/territory.js';
import { comparerOf, leftovers, reasonsFor, type Likeness } from '../../src/make/leftovers.js';
import { compileExcludes } from '../../src/tree/exclude.js';
import type { TreeFile } from '../../src/tree/types.js';

/** A tar archive: names and sizes; contents are zeros. */
function tarOf(members: readonly (readonly [name: string, size: number])[]): Buffer {
  const blocks = [];
  for (const [name, size] of members) {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write('0000644\0', 100);
    header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    header.write('ustar\x0000', 257);
    header.fill(' ', 148, 156);
    const sum = header.reduce((a, b) => a + b, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, Buffer.alloc(Math.ceil(size / 512) * 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Nothing is looked at. */
const never = (): boolean => false;
const different = (): Likeness => 'differs';

const file = (rest: string, size: number): TreeFile => ({
  prefix: 'tree/',
  rest,
  size,
  mtimeNs: 0n,
  ctimeNs: 0n,
  ino: 0n,
});

t.test('names what is in the template, and why', (t) => {
  const image = tarOf([
    ['matched', 5000],
    ['changed', 9000],
    ['longer', 8000],
    ['new', 7000],
    ['short', 600],
  ]);
  const gaps = [
    { offset: 0, length: 512 },
    { offset: 5512, length: image.length - 5512 },
  ];
  const territory = new Territory(readLayout(new MemoryReader(image)));
  const files = [file('matched', 5000), file('changed', 9000), file('sub/longer', 8001)];
  const left = leftovers(territory, gaps, reasonsFor(files, 1024, different), never);
  t.strictSame(left.slice(0, 3), [
    {
      what: 'changed',
      cause: 'changed',
      reason: 'differs from tree/changed',
      offset: 512 + 5120 + 512,
      length: 9000,
    },
    {
      what: 'longer',
      cause: 'changed',
      reason: 'differs from tree/sub/longer, which has 8001 bytes',
      offset: 15872,
      length: 8000,
    },
    { what: 'new', cause: 'absent', reason: 'no such file in the tree', offset: 24576, length: 7000 },
  ]);
  t.equal(left.find(({ what }) => what === 'short')?.reason, 'shorter than --min-length 1024');
  const unmatched = image.length - 5000;
  t.equal(
    left.reduce((sum, { length }) => sum + length, 0),
    unmatched,
    'together they are all that is unmatched',
  );
  const unknown = leftovers(territory, gaps, reasonsFor(undefined, 1024, different), never);
  t.strictSame(
    unknown.slice(0, 3).map(({ cause }) => cause),
    ['unmatched', 'unmatched', 'unmatched'],
    'without a tree nobody can tell more',
  );
  t.end();
});

t.test('reasons are true', async (t) => {
  const dir = t.testdir({
    tree: {
      equal: 'e'.repeat(5000),
      other: 'o'.repeat(5000),
      new: 'e'.repeat(5000),
      newer: 'n'.repeat(5000),
      larger: 'e'.repeat(5001),
      nothing: '',
      folder: {},
      off: { equal: 'e'.repeat(5000) },
      'x.off': 'e'.repeat(5000),
      dangling: t.fixture('symlink', 'nowhere'),
      loop: t.fixture('symlink', 'loop'),
      other2: { equal: 'e'.repeat(4000) },
    },
  });
  const image = new MemoryReader(Buffer.concat([Buffer.alloc(5000, 'e'), Buffer.alloc(5000, 'd')]));
  const listed = (rest: string, size = 5000): TreeFile => ({ ...file(rest, size), prefix: `${dir}/tree/` });
  const files = [listed('equal'), listed('other'), listed('gone'), listed('other2/equal', 4000), listed('sub/leaf', 9)];
  const excluded = await compileExcludes(['*.off', '/off']);
  const of = (path: string, offset = 0, { excludes = false, left = 5000, compare = comparerOf(image) } = {}): string =>
    reasonsFor(
      files,
      1024,
      compare,
      excludes ? excluded : undefined,
    )([{ path, size: 5000, extents: [{ offset, length: 5000 }] }], () => left)[0].reason.replaceAll(`${dir}/`, '');
  t.equal(of('equal'), 'equal to tree/equal, but not matched');
  t.equal(of('equal', 0, { left: 4999 }), 'equal to tree/equal, but other files cover part of it');
  t.equal(of('other', 5000), 'differs from tree/other');
  t.equal(of('gone', 5000), 'tree/gone cannot be read');
  t.equal(of('equal', 6000), 'as long as tree/equal; not compared', 'the image ends before');
  t.equal(of('elsewhere/leaf'), 'differs from tree/sub/leaf, which has 9 bytes');

  t.equal(of('new'), 'equal to tree/new, which was not looked for');
  t.equal(of('newer'), 'differs from tree/newer');
  t.equal(of('larger'), 'differs from tree/larger, which has 5001 bytes');
  t.equal(of('nothing'), 'differs from tree/nothing, which has 0 bytes');
  t.equal(of('off/equal'), 'equal to tree/off/equal, which was not looked for', 'and not one that is called alike');
  t.equal(of('off/equal', 0, { excludes: true }), 'tree/off/equal is excluded (--exclude)');
  t.equal(of('x.off', 0, { excludes: true }), 'tree/x.off is excluded (--exclude)');
  t.equal(of('sub/y.off', 0, { excludes: true }), 'files of that name are excluded (--exclude)');

  t.equal(of('dangling'), 'tree/dangling is a link to nothing');
  t.equal(of('loop'), 'tree/loop cannot be looked at: Too many levels of symbolic links');
  for (const absent of ['nowhere', 'folder', 'equal/x', 'nul\0', 'x'.repeat(400)]) {
    t.equal(of(absent, 5000), 'no such file in the tree', absent);
  }
  t.equal(of('nowhere', 0, { excludes: true }), 'no such file in the tree, but for what is excluded');

  const compare = comparerOf(image);
  const all = Array.from({ length: 5 }, () => of('equal', 0, { compare }));
  t.same(
    all.map((reason) => reason.includes('not compared')),
    [false, false, false, false, true],
    'in bounded time',
  );
});

t.test('what is no file is told so', async (t) => {
  const dir = t.testdir({ a: 'a' });
  const socket = createServer().listen(`${dir}/socket`);
  await once(socket, 'listening');
  const reasons = reasonsFor([{ ...file('a', 1), prefix: `${dir}/` }], 0, different);
  const [{ reason }] = reasons([{ path: 'socket', size: 9, extents: [{ offset: 0, length: 9 }] }], () => 9);
  t.equal(reason, `${dir}/socket is not a regular file`);
  socket.close();
});

t.test('an image that nobody knows', (t) => {
  const nobody = new Territory(undefined);
  const gaps = [
    { offset: 0, length: 60_000 },
    { offset: 90_000, length: 10_000 },
  ];
  t.strictSame(leftovers(nobody, gaps, reasonsFor([], 1024, different), never), [
    {
      what: 'data that no directory names',
      cause: 'unnamed',
      reason: 'not a file of the tree',
      offset: 0,
      length: 70_000,
    },
  ]);
  const few = leftovers(nobody, [{ offset: 5, length: 10 }], reasonsFor([], 1024, different), never);
  t.match(few, [{ what: 'data that no directory names', cause: 'unnamed', offset: 5, length: 10 }]);
  const wrapping = { what: 'compressed (xz)', remedy: 'unpack it' };
  t.match(leftovers(nobody, gaps, reasonsFor([], 1024, different), never, wrapping), [
    { what: 'data that no directory names', reason: 'the image is compressed (xz)' },
  ]);
  t.strictSame(leftovers(nobody, [], reasonsFor([], 1024, different), never), []);
  const zeros = leftovers(
    nobody,
    [...gaps, { offset: 200_000, length: 70_000 }],
    reasonsFor([], 1024, different),
    () => true,
  );
  t.match(zeros, [
    { what: 'data that no directory names', length: 70_000 },
    { what: 'zeros', cause: 'zeros', offset: 200_000, length: 70_000 },
  ]);
  t.end();
});

t.test('a file of just the shortest length is not too short', (t) => {
  const reasons = reasonsFor([], 1024, different);
  const causeAt = (size: number): string =>
    reasons([{ path: 'x', size, extents: [{ offset: 0, length: size }] }], () => size)[0].cause;
  t.equal(causeAt(1023), 'short');
  t.equal(causeAt(1024), 'absent');
  t.end();
});
