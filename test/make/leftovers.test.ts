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

t.test('names what is in the template, and why', async (t) => {
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
  const left = await leftovers(territory, gaps, reasonsFor(files, 1024, different), never);
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
  const unknown = await leftovers(territory, gaps, reasonsFor(undefined, 1024, different), never);
  t.strictSame(
    unknown.slice(0, 3).map(({ cause }) => cause),
    ['unmatched', 'unmatched', 'unmatched'],
    'without a tree nobody can tell more',
  );
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
  const of = async (
    path: string,
    offset = 0,
    { excludes = false, left = 5000, compare = comparerOf(image) } = {},
  ): Promise<string> => {
    const reasons = reasonsFor(files, 1024, compare, excludes ? excluded : undefined);
    const [{ reason }] = await reasons([{ path, size: 5000, extents: [{ offset, length: 5000 }] }], () => left);
    return reason.replaceAll(`${dir}/`, '');
  };
  t.equal(await of('equal'), 'equal to tree/equal, but not matched');
  t.equal(await of('equal', 0, { left: 4999 }), 'equal to tree/equal, but other files cover part of it');
  t.equal(await of('other', 5000), 'differs from tree/other');
  t.equal(await of('gone', 5000), 'tree/gone cannot be read');
  t.equal(await of('equal', 6000), 'as long as tree/equal; not compared', 'the image ends before');
  t.equal(await of('elsewhere/leaf'), 'differs from tree/sub/leaf, which has 9 bytes');

  t.equal(await of('new'), 'equal to tree/new, which was not looked for');
  t.equal(await of('newer'), 'differs from tree/newer');
  t.equal(await of('larger'), 'differs from tree/larger, which has 5001 bytes');
  t.equal(await of('nothing'), 'differs from tree/nothing, which has 0 bytes');
  t.equal(
    await of('off/equal'),
    'equal to tree/off/equal, which was not looked for',
    'and not one that is called alike',
  );
  t.equal(await of('off/equal', 0, { excludes: true }), 'tree/off/equal is excluded (--exclude)');
  t.equal(await of('x.off', 0, { excludes: true }), 'tree/x.off is excluded (--exclude)');
  t.equal(await of('sub/y.off', 0, { excludes: true }), 'files of that name are excluded (--exclude)');

  t.equal(await of('dangling'), 'tree/dangling is a link to nothing');
  t.equal(await of('loop'), 'tree/loop cannot be looked at: Too many levels of symbolic links');
  for (const absent of ['nowhere', 'folder', 'equal/x', 'nul\0', 'x'.repeat(400)]) {
    t.equal(await of(absent, 5000), 'no such file in the tree', absent);
  }
  t.equal(await of('nowhere', 0, { excludes: true }), 'no such file in the tree, but for what is excluded');

  const compare = comparerOf(image);
  const all: string[] = [];
  for (let turn = 0; turn < 5; turn++) all.push(await of('equal', 0, { compare }));
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
  const [{ reason }] = await reasons([{ path: 'socket', size: 9, extents: [{ offset: 0, length: 9 }] }], () => 9);
  t.equal(reason, `${dir}/socket is not a regular file`);
  socket.close();
});

t.test('an image that nobody knows', async (t) => {
  const nobody = new Territory(undefined);
  const gaps = [
    { offset: 0, length: 60_000 },
    { offset: 90_000, length: 10_000 },
  ];
  t.strictSame(await leftovers(nobody, gaps, reasonsFor([], 1024, different), never), [
    {
      what: 'data that no directory names',
      cause: 'unnamed',
      reason: 'not a file of the tree',
      offset: 0,
      length: 70_000,
    },
  ]);
  const few = await leftovers(nobody, [{ offset: 5, length: 10 }], reasonsFor([], 1024, different), never);
  t.match(few, [{ what: 'data that no directory names', cause: 'unnamed', offset: 5, length: 10 }]);
  const wrapping = { what: 'compressed (xz)', remedy: 'unpack it' };
  t.match(await leftovers(nobody, gaps, reasonsFor([], 1024, different), never, wrapping), [
    { what: 'data that no directory names', reason: 'the image is compressed (xz)' },
  ]);
  t.strictSame(await leftovers(nobody, [], reasonsFor([], 1024, different), never), []);
  const zeros = await leftovers(
    nobody,
    [...gaps, { offset: 200_000, length: 70_000 }],
    reasonsFor([], 1024, different),
    () => true,
  );
  t.match(zeros, [
    { what: 'data that no directory names', length: 70_000 },
    { what: 'zeros', cause: 'zeros', offset: 200_000, length: 70_000 },
  ]);
});

t.test('a file of just the shortest length is not too short', async (t) => {
  const reasons = reasonsFor([], 1024, different);
  const causeAt = async (size: number): Promise<string> => {
    const [{ cause }] = await reasons([{ path: 'x', size, extents: [{ offset: 0, length: size }] }], () => size);
    return cause;
  };
  t.equal(await causeAt(1023), 'short');
  t.equal(await causeAt(1024), 'absent');
});

t.test('a comparison ends at the piece after an abort', async (t) => {
  const length = 4 << 20;
  const dir = t.testdir({ tree: { equal: Buffer.alloc(length) } });
  const caller = new AbortController();
  const read: number[] = [];
  const image = {
    name: 'image',
    size: length,
    read: (target: Uint8Array, offset: number): number => {
      read.push(offset);
      if (read.length === 2) caller.abort();
      target.fill(0);
      return target.length;
    },
  };
  const listed = { ...file('equal', length), prefix: `${dir}/tree/` };
  const compared = async (): Promise<Likeness> => comparerOf(image, caller.signal)(listed, { offset: 0, length });
  await t.rejects(compared(), { name: 'Interrupted' });
  t.equal(read.length, 2);
});
