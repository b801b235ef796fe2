import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import { MemoryReader } from '../../src/io/reader.js';
import { Territory } from '../../src/image/territory.js';
import { leftovers, likeness, reasonsFor, type Likeness } from '../../src/make/leftovers.js';
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

t.test('no file is said to differ that does not', (t) => {
  const dir = t.testdir({ tree: { equal: 'e'.repeat(5000), other: 'o'.repeat(5000), excluded: 'x' } });
  const image = new MemoryReader(Buffer.concat([Buffer.alloc(5000, 'e'), Buffer.alloc(5000, 'd')]));
  const listed = (rest: string): TreeFile => ({ ...file(rest, 5000), prefix: `${dir}/tree/` });
  const files = ['equal', 'other', 'gone'].map(listed);
  const reasons = reasonsFor(files, 1024, (each, extent) => likeness(image, each, extent));
  const of = (path: string, offset: number): string =>
    reasons([{ path, size: 5000, extents: [{ offset, length: 5000 }] }])[0].reason.replaceAll(`${dir}/`, '');
  t.equal(of('equal', 0), 'equal to tree/equal, which was not looked for, or others cover more');
  t.equal(of('other', 5000), 'differs from tree/other');
  t.equal(of('gone', 5000), 'tree/gone cannot be read');
  t.equal(of('excluded', 5000), 'tree/excluded was not among the files to look for (excluded?)');
  t.equal(of('nowhere', 5000), 'no such file in the tree');
  t.equal(of('equal', 6000), 'as long as tree/equal; not compared', 'the image ends before');
  t.end();
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
    reasons([{ path: 'x', size, extents: [{ offset: 0, length: size }] }])[0].cause;
  t.equal(causeAt(1023), 'short');
  t.equal(causeAt(1024), 'absent');
  t.end();
});
