import fc from 'fast-check';
import t from 'tap';
import { FileTable } from '../../src/tree/file-table.js';
import { Inodes } from '../../src/tree/inodes.js';
import type { TreeFile } from '../../src/tree/types.js';

t.test('a table gives back what was put in', (t) => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((name) => Buffer.from(name).toString('latin1'));
  const files: fc.Arbitrary<TreeFile[]> = fc.array(
    fc.record(
      {
        prefix: fc.constantFrom('', 'a/', 'b/'),
        rest: bytes,
        size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        mtimeNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        ctimeNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        ino: fc.bigInt(0n, 2n ** 64n - 1n),
      },
      { noNullPrototype: true },
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(files, (files) => {
      const table = new FileTable();
      for (const file of files) table.add(file);
      t.strictSame([...table], files);
      t.equal(table.length, files.length);
      t.strictSame(table.at(0), files.at(0));
      t.equal(table.at(files.length), undefined);
    }),
    { numRuns: 30 },
  );
  t.end();
});

t.test('inodes are as a set of them', (t) => {
  // Few different ones, that differ in either half.
  const inode = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })).map(([a, b]) => (BigInt(a) << 32n) | BigInt(b));
  const inodes = fc.array(fc.oneof(inode, fc.bigInt(0n, 2n ** 64n - 1n)), { minLength: 1500, maxLength: 4000 });
  fc.assert(
    fc.property(inodes, (inodes) => {
      const ours = new Inodes();
      const plain = new Set<bigint>();
      for (const inode of inodes) {
        if (ours.add(inode) === plain.has(inode)) t.fail(`${inode}`);
        plain.add(inode);
      }
    }),
    { numRuns: 20 },
  );
  t.end();
});
