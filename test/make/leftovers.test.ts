import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import { MemoryReader } from '../../src/io/reader.js';
import { leftovers } from '../../src/make/leftovers.js';
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

const file = (rest: string, size: number): TreeFile => ({ prefix: 'tree/', rest, size, mtimeNs: 0n, ino: 0n });

t.test('names what is in the template, and why', (t) => {
  const image = tarOf([
    ['matched', 5000],
    ['changed', 9000],
    ['longer', 8000],
    ['new', 7000],
    ['short', 600],
  ]);
  const parts = [{ start: 512, end: 5512, file: 0 }];
  const files = [file('matched', 5000), file('changed', 9000), file('sub/longer', 8001)];
  const left = leftovers(image.length, readLayout(new MemoryReader(image)), parts, files, 1024);
  t.strictSame(left.slice(0, 3), [
    { what: 'changed', reason: 'differs from tree/changed', offset: 512 + 5120 + 512, length: 9000 },
    { what: 'longer', reason: 'differs from tree/sub/longer, which has 8001 bytes', offset: 15872, length: 8000 },
    { what: 'new', reason: 'no such file in the tree', offset: 24576, length: 7000 },
  ]);
  t.equal(left.find(({ what }) => what === 'short')?.reason, 'shorter than --min-length 1024');
  const unmatched = image.length - 5000;
  t.equal(
    left.reduce((sum, { length }) => sum + length, 0),
    unmatched,
    'together they are all that is unmatched',
  );
  t.end();
});

t.test('an image that nobody knows', (t) => {
  t.strictSame(leftovers(100_000, undefined, [], [], 1024), [
    { what: 'data that no directory names', reason: 'not a file of the tree', offset: 0, length: 100_000 },
  ]);
  t.strictSame(leftovers(0, undefined, [], [], 1024), []);
  t.end();
});
