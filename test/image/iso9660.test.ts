import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import type { ImageLayout } from '../../src/image/types.js';
import { both, descriptor, directory, entry, record, SECTOR, SP, terminator } from '../support/iso-builder.js';
import { SparseImage } from '../support/sparse-image.js';

const END = 1000;

/** An image with the given records in its root, at sector 20. */
function isoWith(records: readonly Buffer[], systemUse?: Buffer): SparseImage {
  return new SparseImage(END * SECTOR)
    .put(16 * SECTOR, descriptor({ root: 20 }))
    .put(17 * SECTOR, terminator())
    .put(20 * SECTOR, directory(20, records, systemUse));
}

/** Files as `path offset+length,...`, offsets in sectors where they are whole ones. */
function filesOf(layout: ImageLayout | undefined): string[] {
  const place = (offset: number): string => (offset % SECTOR === 0 ? `${offset / SECTOR}` : `${offset}B`);
  return (layout?.files ?? []).map(
    ({ path, extents }) => `${path} ${extents.map((extent) => `${place(extent.offset)}+${extent.length}`).join(',')}`,
  );
}

const read = (image: SparseImage): string[] => filesOf(readLayout(image));

t.test('plain names lose version and empty extension', async (t) => {
  const names = ['A.TXT;1', 'B.;1', 'C;12', 'NOVERS.ION', '.;1'];
  const image = isoWith(names.map((name, i) => record({ name, block: 30 + i, length: 7 })));
  t.same(read(image), ['A.TXT 30+7', 'B 31+7', 'C 32+7', 'NOVERS.ION 33+7', '_ 34+7']);
  t.same(readLayout(image)?.kinds, ['iso9660']);
});

t.test('areas are merged and ordered', async (t) => {
  t.same(readLayout(isoWith([]))?.areas, [
    { offset: 16 * SECTOR, length: 2 * SECTOR, what: 'volume descriptors' },
    { offset: 20 * SECTOR, length: SECTOR, what: 'directory' },
  ]);
});

t.test('a file of several records: touching extents are joined, others listed', async (t) => {
  const image = isoWith([
    record({ name: 'A;1', block: 30, length: 2 * SECTOR, flags: 128 }),
    record({ name: 'A;1', block: 32, length: 5 }),
    record({ name: 'B;1', block: 40, length: SECTOR, flags: 128 }),
    record({ name: 'B;1', block: 50, length: SECTOR, flags: 128 }),
    record({ name: 'B;1', block: 60, length: 1 }),
    record({ name: 'C;1', block: 70, length: SECTOR, flags: 128 }),
    record({ name: 'D;1', block: 72, length: 9 }),
  ]);
  t.same(read(image), ['A 30+4101', 'B 40+2048,50+2048,60+1', 'C 70+2048', 'D 72+9']);
});

t.test('interleaved files have an extent for each unit', async (t) => {
  const image = isoWith([
    record({ name: 'A;1', block: 30, length: 5 * SECTOR + 1, unit: 2, gap: 3 }),
    record({ name: 'B;1', block: 100, length: 9, unit: 1, gap: 1, attributeBlocks: 1 }),
  ]);
  t.same(read(image), ['A 30+4096,35+4096,40+2049']);
  t.same(readLayout(image)?.problems, ["ISO9660: `B': unusable interleaving"]);
});

t.test('extended attribute records precede the data; associated files are files', async (t) => {
  const image = isoWith([
    record({ name: 'A;1', block: 30, length: 9, attributeBlocks: 2 }),
    record({ name: 'B;1', block: 40, length: 9, flags: 4 }),
    record({ name: 'B;1', block: 50, length: 9 }),
  ]);
  t.same(read(image), ['A 32+9', '[ASSOCIATED]/B 40+9', 'B 50+9']);
});

t.test('of two byte orders the plausible one counts', async (t) => {
  const wrong = (at: number): Buffer => {
    const bytes = record({ name: 'A;1', block: 30, length: 9 });
    bytes.writeUInt32LE(0xfffffff0, at);
    return bytes;
  };
  t.same(read(isoWith([wrong(2)])), ['A 30+9']);
  t.same(read(isoWith([wrong(10)])), ['A 30+9']);
  const both30and40 = record({ name: 'A;1', block: 30, length: 9 });
  both(30, 4, 40).copy(both30and40, 2);
  t.same(read(isoWith([both30and40])), ['A 30+9']);
});

t.test('logical blocks of 512 and 1024 bytes', async (t) => {
  for (const blockSize of [512, 1024]) {
    const image = new SparseImage(END * SECTOR)
      .put(16 * SECTOR, descriptor({ root: (20 * SECTOR) / blockSize, blockSize }))
      .put(17 * SECTOR, terminator())
      .put(
        20 * SECTOR,
        directory((20 * SECTOR) / blockSize, [
          record({ name: 'A;1', block: (30 * SECTOR) / blockSize, length: 9 }),
          record({ name: 'B;1', block: (30 * SECTOR) / blockSize + 1, length: 9 }),
        ]),
      );
    t.same(read(image), ['A 30+9', `B ${30 * SECTOR + blockSize}B+9`]);
  }
});

t.test('hierarchies: Rock Ridge names beat Joliet, Joliet beats ISO9660:1999, that beats plain', async (t) => {
  const ucs2 = (name: string): Buffer => Buffer.from(name, 'utf16le').swap16();
  const image = isoWith([1, 2, 3, 4].map((i) => record({ name: `PLAIN${i}.;1`, block: 30 + i, length: 9 })))
    .put(17 * SECTOR, descriptor({ type: 2, escapes: '%/E', root: 21 }))
    .put(18 * SECTOR, descriptor({ type: 2, version: 2, root: 22 }))
    .put(19 * SECTOR, terminator())
    .put(
      21 * SECTOR,
      directory(
        21,
        [2, 3].map((i) => record({ name: ucs2(`joliet-ü-😀${i};1`), block: 30 + i, length: 9 })),
      ),
    )
    .put(
      22 * SECTOR,
      directory(
        22,
        [2, 3, 4].map((i) => record({ name: `enhanced${i}.`, block: 30 + i, length: 9 })),
      ),
    );
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
  t.same(read(image), ['PLAIN1 31+9', utf8('joliet-ü-😀2 32+9'), utf8('joliet-ü-😀3 33+9'), 'enhanced4. 34+9']);
  const rocky = record({ name: 'PLAIN2.;1', block: 32, length: 9, systemUse: entry('NM', [0], 'rocky') });
  image.put(20 * SECTOR, directory(20, [rocky], SP));
  t.same(read(image)[0], 'rocky 32+9');
});

t.test('Rock Ridge: names in pieces and continuation areas, links, sparse files', async (t) => {
  const continuation = (block: number, offset: number, length: number): Buffer =>
    entry('CE', both(block), both(offset), both(length));
  const rest = Buffer.concat([entry('NM', [1], '-two'), entry('NM', [0], '-three')]);
  const image = isoWith(
    [
      record({
        name: 'A;1',
        block: 30,
        length: 9,
        systemUse: Buffer.concat([entry('NM', [1], 'one'), continuation(25, 100, rest.length)]),
      }),
      record({
        name: 'LOOP;1',
        block: 31,
        length: 9,
        systemUse: Buffer.concat([entry('NM', [0], 'loop'), continuation(26, 0, 28)]),
      }),
      record({ name: 'LINK;1', block: 32, length: 9, systemUse: entry('SL', [0, 0, 1], 'x') }),
      record({ name: 'SPARSE;1', block: 33, length: 9, systemUse: entry('SF', both(0), [0]) }),
      record({
        name: 'STOP;1',
        block: 34,
        length: 9,
        systemUse: Buffer.concat([entry('ST'), entry('NM', [0], 'unseen')]),
      }),
      record({ name: 'SLASH;1', block: 35, length: 9, systemUse: entry('NM', [0], '../a\0b') }),
      record({ name: 'ZF;1', block: 36, length: 9, systemUse: entry('ZF', 'pz', [4, 15], both(100)) }),
    ],
    SP,
  )
    .put(25 * SECTOR + 100, rest)
    .put(26 * SECTOR, continuation(26, 0, 28));
  t.same(read(image), ['one-two-three 30+9', 'loop 31+9', 'STOP 34+9', '.._a_b 35+9', 'ZF 36+9']);
  t.same(readLayout(image)?.problems, [
    "ISO9660: `loop': bad system use continuation",
    "ISO9660: `SPARSE': sparse file",
  ]);
});

t.test('Rock Ridge behind CD-ROM XA attributes, and system use without SP', async (t) => {
  const xa = Buffer.alloc(14, 'X');
  const named = record({ name: 'A;1', block: 30, length: 9, systemUse: Buffer.concat([xa, entry('NM', [0], 'name')]) });
  const skip14 = Buffer.concat([xa, entry('SP', [0xbe, 0xef, 14])]);
  t.same(read(isoWith([named], skip14)), ['name 30+9']);
  t.same(read(isoWith([named])), ['A 30+9']);
});

t.test('Rock Ridge: relocated directories are put back, or stay where they are if nothing wants them', async (t) => {
  const nm = (name: string): Buffer => entry('NM', [0], name);
  const image = isoWith(
    [
      record({ name: 'PLACE;1', block: 22, length: 0, systemUse: Buffer.concat([nm('place'), entry('CL', both(22))]) }),
      record({ name: 'RR_MOVED', block: 21, length: SECTOR, flags: 2, systemUse: nm('rr_moved') }),
    ],
    SP,
  )
    .put(
      21 * SECTOR,
      directory(21, [
        record({ name: 'M1', block: 22, length: SECTOR, flags: 2, systemUse: Buffer.concat([nm('m1'), entry('RE')]) }),
        record({ name: 'M2', block: 23, length: SECTOR, flags: 2, systemUse: Buffer.concat([nm('m2'), entry('RE')]) }),
      ]),
    )
    .put(22 * SECTOR, directory(22, [record({ name: 'A;1', block: 30, length: 9 })]))
    .put(23 * SECTOR, directory(23, [record({ name: 'B;1', block: 31, length: 9 })]));
  t.same(read(image), ['place/A 30+9', 'rr_moved/m2/B 31+9']);
  t.same(readLayout(image)?.problems, []);
});

t.test('what is wrong is left out and told', async (t) => {
  const image = isoWith([
    record({ name: 'OUTSIDE;1', block: END - 1, length: SECTOR + 1 }),
    record({ name: 'NODIR', block: 40, length: SECTOR, flags: 2 }),
    record({ name: 'SELF', block: 20, length: SECTOR, flags: 2 }),
    record({ name: 'EMPTY;1', block: 30, length: 0 }),
    record({ name: 'GOOD;1', block: 30, length: 9 }),
    Buffer.from([33, 0, 0, 0]),
    record({ name: 'LOST;1', block: 31, length: 9 }),
  ]);
  t.same(read(image), ['GOOD 30+9']);
  t.same(readLayout(image)?.problems, [
    `ISO9660: \`OUTSIDE': ${SECTOR + 1} bytes at ${(END - 1) * SECTOR} lie outside the image`,
    "ISO9660: `': bad directory record at byte 41226",
    "ISO9660: `NODIR/': no directory at byte 81920",
  ]);
});

t.test('at most 100 problems', async (t) => {
  const image = isoWith([]);
  const records = Array.from({ length: 150 }, (_, i) =>
    record({ name: String.fromCharCode(48 + i), block: END, length: 9 }),
  );
  for (let i = 0; i < 3; i++) {
    image.put((20 + i) * SECTOR, directory(20, records.slice(i * 50, i * 50 + 50)));
  }
  image.put(16 * SECTOR, descriptor({ root: 20, rootLength: 3 * SECTOR }));
  const problems = readLayout(image)?.problems ?? [];
  t.equal(problems.length, 100);
  t.equal(problems[99], 'and 51 more');
});

t.test('El Torito: boot images that no directory has, floppy and hard disk sizes', async (t) => {
  const torito = Buffer.alloc(SECTOR);
  torito.write('\0CD001\x01EL TORITO SPECIFICATION', 'latin1');
  torito.writeUInt32LE(25, 71);
  const bootEntry = (media: number, sectors: number, block: number): Buffer => {
    const bytes = Buffer.alloc(32);
    bytes[0] = 0x88;
    bytes[1] = media;
    bytes.writeUInt16LE(sectors, 6);
    bytes.writeUInt32LE(block, 8);
    return bytes;
  };
  const section = Buffer.alloc(32);
  section[0] = 0x91;
  const validation = Buffer.alloc(32);
  validation[0] = 1;
  validation.writeUInt16LE(0xaa55, 30);
  const disk = Buffer.alloc(512);
  disk.writeUInt32LE(1, 454);
  disk.writeUInt32LE(9, 458);
  disk.writeUInt16LE(0xaa55, 510);
  const image = isoWith([record({ name: 'BOOT.IMG;1', block: 30, length: 9999 })])
    .put(17 * SECTOR, torito)
    .put(18 * SECTOR, terminator())
    .put(
      25 * SECTOR,
      Buffer.concat([
        validation,
        bootEntry(0, 4, 30),
        section,
        bootEntry(0, 3, 40),
        bootEntry(2, 1, 50),
        bootEntry(4, 1, 900),
        bootEntry(0, 0, 60),
      ]),
    )
    .put(900 * SECTOR, disk);
  t.same(read(image), ['BOOT.IMG 30+9999', '[BOOT]/2.img 40+1536', '[BOOT]/3.img 50+1474560', '[BOOT]/4.img 900+5120']);
  t.same(
    readLayout(image)?.areas.find((area) => area.what === 'boot catalogue'),
    { offset: 25 * SECTOR, length: 7 * 32, what: 'boot catalogue' },
  );
  image.put(25 * SECTOR, Buffer.alloc(32));
  t.same(readLayout(image)?.problems, [`ISO9660: no boot catalogue at byte ${25 * SECTOR}`]);
});

t.test('an image whose addresses count from elsewhere: a partition, the last session alone', async (t) => {
  const partition = isoWith([record({ name: 'A;1', block: 30, length: 9 })])
    .put(32 * SECTOR, descriptor({ root: 24 }))
    .put(33 * SECTOR, terminator())
    .put(40 * SECTOR, directory(24, [record({ name: 'B;1', block: 30, length: 9 })]));
  t.same(read(partition), ['A 30+9', 'B 46+9']);

  const session = new SparseImage(END * SECTOR)
    .put(16 * SECTOR, descriptor({ root: 5020 }))
    .put(17 * SECTOR, terminator())
    .put(
      20 * SECTOR,
      directory(5020, [
        record({ name: 'NEW;1', block: 5030, length: 9 }),
        record({ name: 'OLD;1', block: 30, length: 9 }),
      ]),
    );
  t.same(read(session), ['NEW 30+9']);
});

t.test('several sessions: the newest names a file that all have', async (t) => {
  const image = new SparseImage(END * SECTOR);
  const session = (start: number, blocks: number, records: Buffer[]): void => {
    image
      .put((start + 16) * SECTOR, descriptor({ root: start + 20, blocks }))
      .put((start + 17) * SECTOR, terminator())
      .put((start + 20) * SECTOR, directory(start + 20, records));
  };
  session(0, 100, [record({ name: 'OLD;1', block: 30, length: 9 }), record({ name: 'GONE;1', block: 31, length: 9 })]);
  session(208, 60, [
    record({ name: 'NEW;1', block: 30, length: 9 }),
    record({ name: 'ADDED;1', block: 240, length: 9 }),
  ]);
  t.same(read(image), ['NEW 30+9', 'GONE 31+9', 'ADDED 240+9']);
});

t.test('a file beyond 4 GiB, in extents that touch', async (t) => {
  const first = 3_000_000;
  const image = isoWith([
    record({ name: 'BIG;1', block: first, length: 0xfffff800, flags: 128 }),
    record({ name: 'BIG;1', block: first + 0xfffff800 / SECTOR, length: 10_000 }),
  ]);
  image.size = 12e9;
  t.same(read(image), [`BIG ${first}+${0xfffff800 + 10_000}`]);
});

t.test('directories that overlap and name each other end with the budget', async (t) => {
  // Every sector is a directory that goes on to the end of the image, and names the next one.
  const sectors = 400;
  const image = new SparseImage(sectors * SECTOR)
    .put(16 * SECTOR, descriptor({ root: 20 }))
    .put(17 * SECTOR, terminator());
  for (let block = 20; block < sectors - 1; block++) {
    const next = record({ name: `D${block}`, block: block + 1, length: (sectors - block - 1) * SECTOR, flags: 2 });
    image.put(block * SECTOR, directory(block, [next]));
  }
  const layout = readLayout(image);
  t.same(layout?.files, []);
  t.equal(layout?.problems[0], 'the directories are larger than the image can hold; the rest was left out');
});

t.test('not an ISO9660 image', async (t) => {
  t.equal(readLayout(new SparseImage(0)), undefined);
  t.equal(readLayout(new SparseImage(100 * SECTOR)), undefined);
  t.equal(readLayout(new SparseImage(16 * SECTOR + 100).put(16 * SECTOR, Buffer.from('\x01CD001\x01'))), undefined);
});
