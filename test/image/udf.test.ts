import t from 'tap';
import { readLayout } from '../../src/image/layout.js';
import {
  entity,
  extendedAd,
  fields,
  fileEntry,
  fileSet,
  identifier,
  longAd,
  namedMap,
  PARTITION,
  PLAIN_MAP,
  shortAd,
  tagged,
  udfImage,
  type EntryFields,
  type VolumeFields,
} from '../support/udf-builder.js';
import type { SparseImage } from '../support/sparse-image.js';

const BLOCK = 2048;
const PARENT = identifier('', longAd(BLOCK, 1), 10);

/** Files as `path block+length,...`: blocks of the partition where they are whole ones, else bytes of the image. */
function read(image: SparseImage, blockSize = BLOCK): string[] {
  const place = (offset: number): string =>
    offset % blockSize === 0 ? `${offset / blockSize - PARTITION}` : `${offset}B`;
  return (readLayout(image)?.files ?? []).map(
    ({ path, extents }) => `${path} ${extents.map((extent) => `${place(extent.offset)}+${extent.length}`).join(',')}`,
  );
}

/** An image of 2000 blocks whose root, at block 1 of the partition, holds the given entries. */
function udfWith(identifiers: readonly Buffer[], volume: VolumeFields = {}, base = PARTITION): SparseImage {
  const { blockSize = BLOCK } = volume;
  const data = Buffer.concat([PARENT, ...identifiers]);
  const image = udfImage(volume);
  image.size = 2000 * blockSize;
  return image
    .put(base * blockSize, fileSet(0, longAd(blockSize, 1)))
    .put((base + 1) * blockSize, fileEntry(1, { type: 4, size: data.length, allocation: shortAd(data.length, 2) }))
    .put((base + 2) * blockSize, data);
}

/** The same with one file, `F`, whose entry is given. */
function udfWithFile(entry: EntryFields): SparseImage {
  const image = udfWith([identifier('F', longAd(BLOCK, 10))]);
  return image.put((PARTITION + 10) * BLOCK, fileEntry(10, entry));
}

t.test('files by short, long and extended allocation descriptors, or inside their entry', async (t) => {
  for (const extended of [false, true]) {
    const allocations: Record<string, EntryFields> = {
      '20+5000': { size: 5000, allocation: shortAd(5000, 20) },
      '20+5001': { size: 5001, form: 1, allocation: longAd(5001, 20) },
      '20+5002': { size: 5002, form: 2, allocation: extendedAd(5002, 20) },
      '20+4096,30+2048,40+1': {
        size: 6145,
        allocation: Buffer.concat([shortAd(4096, 20), shortAd(BLOCK, 30), shortAd(2000, 40), shortAd(BLOCK, 50)]),
      },
      '20+6145': { size: 6145, allocation: Buffer.concat([shortAd(4096, 20), shortAd(2049, 22)]) },
    };
    for (const [place, entry] of Object.entries(allocations)) {
      t.same(read(udfWithFile({ ...entry, extended, attributes: Buffer.alloc(24) })), [`F ${place}`]);
    }
    const at = (PARTITION + 10) * BLOCK + (extended ? 216 : 176) + 24;
    const embedded = { size: 5, form: 3, allocation: Buffer.from('hello'), extended, attributes: Buffer.alloc(24) };
    t.same(read(udfWithFile(embedded)), [`F ${at}B+5`]);
  }
});

t.test('names of 8 and 16 bits, deleted and hidden entries, hard links, directories in several extents', async (t) => {
  const icb = longAd(BLOCK, 10);
  const wide = Buffer.concat([Buffer.from([16]), Buffer.from('日本😀', 'utf16le').swap16()]);
  const sub = Buffer.concat([
    PARENT,
    ...Array.from({ length: 60 }, (_, i) => identifier(`entry-${i}`, longAd(BLOCK, 100 + i), 0, 6)),
  ]);
  const image = udfWith([
    identifier('gone', icb, 4),
    identifier(wide, icb),
    identifier('a/b\xe4', icb, 1),
    identifier('sub', longAd(BLOCK, 11), 2),
    identifier('loop', longAd(BLOCK, 1), 2),
  ])
    .put((PARTITION + 10) * BLOCK, fileEntry(10, { size: 9, allocation: shortAd(9, 20) }))
    .put(
      (PARTITION + 11) * BLOCK,
      fileEntry(11, {
        type: 4,
        size: sub.length,
        allocation: Buffer.concat([shortAd(BLOCK, 30), shortAd(sub.length - BLOCK, 40)]),
      }),
    )
    .put((PARTITION + 30) * BLOCK, sub.subarray(0, BLOCK))
    .put((PARTITION + 40) * BLOCK, sub.subarray(BLOCK));
  const expected = [`${Buffer.from('日本😀').toString('latin1')} 20+9`];
  for (let i = 0; i < 60; i++) {
    image.put((PARTITION + 100 + i) * BLOCK, fileEntry(100 + i, { size: 9, allocation: shortAd(9, 200 + i) }));
    expected.push(`sub/entry-${i} ${200 + i}+9`);
  }
  t.same(read(image), expected);
  t.same(readLayout(image)?.problems, []);
  t.same(
    read(
      udfWith([identifier('a/b\xe4', icb, 1)]).put(
        (PARTITION + 10) * BLOCK,
        fileEntry(10, { size: 9, allocation: shortAd(9, 20) }),
      ),
    ),
    [`a_b${Buffer.from('ä').toString('latin1')} 20+9`],
  );
});

t.test('allocation descriptors go on elsewhere, and may loop', async (t) => {
  const more = Buffer.concat([shortAd(4096, 40), shortAd(4096, 50)]);
  const image = udfWithFile({ size: 4096 * 3, allocation: Buffer.concat([shortAd(4096, 20), shortAd(BLOCK, 30, 3)]) });
  image.put((PARTITION + 30) * BLOCK, tagged(258, 30, fields([4, 0], [4, more.length], more)));
  t.same(read(image), ['F 20+4096,40+4096,50+4096']);

  const loop = shortAd(BLOCK, 30, 3);
  image.put((PARTITION + 30) * BLOCK, tagged(258, 30, fields([4, 0], [4, loop.length], loop)));
  t.same(read(image), []);
  t.match(readLayout(image)?.problems, ["UDF: `F': its extents are 8192 bytes short"]);
});

t.test('what is no plain file is left out and told', async (t) => {
  const problem = (entry: EntryFields): readonly string[] | undefined => {
    const layout = readLayout(udfWithFile(entry));
    t.same(layout?.files, []);
    return layout?.problems;
  };
  t.same(problem({ size: 9, allocation: shortAd(9, 20, 1) }), ["UDF: `F': sparse file"]);
  t.same(problem({ size: 9, allocation: shortAd(9, 20, 2) }), ["UDF: `F': sparse file"]);
  t.same(problem({ size: 9, form: 2, allocation: extendedAd(9, 20, 5) }), [
    "UDF: `F': extents recorded in another form",
  ]);
  t.same(problem({ size: 10, allocation: shortAd(9, 20) }), ["UDF: `F': its extents are 1 bytes short"]);
  t.same(problem({ size: 9, form: 1, allocation: longAd(9, 20, 7) }), [
    "UDF: `F': no place for block 20 of partition 7",
  ]);
  t.same(problem({ size: 9, form: 3, allocation: Buffer.alloc(8) }), ["UDF: `F': 9 bytes do not fit its file entry"]);
  t.same(problem({ size: 9, allocation: shortAd(9, 5000) }), [
    `UDF: \`F': 9 bytes at ${(PARTITION + 5000) * BLOCK} lie outside the image`,
  ]);
  t.same(problem({ type: 12, size: 9, allocation: shortAd(9, 20) }), []);
});

t.test('a wrong checksum is no structure, a wrong CRC is told', async (t) => {
  const good = fileEntry(10, { size: 9, allocation: shortAd(9, 20) });
  const at = (PARTITION + 10) * BLOCK;
  const crc = Buffer.from(good);
  crc[100] ^= 1; // in a time
  const image = udfWith([identifier('F', longAd(BLOCK, 10))]).put(at, crc);
  t.same(read(image), ['F 20+9']);
  t.same(readLayout(image)?.problems, ["UDF: `F': its file entry has a wrong CRC; used all the same"]);
  const checksum = Buffer.from(good);
  checksum[4] ^= 1;
  image.put(at, checksum);
  t.same(read(image), []);
  t.same(readLayout(image)?.problems, ["UDF: `F': no file entry at block 10 of partition 0"]);
});

t.test('a damaged entry of a directory costs that entry', async (t) => {
  const bad = identifier('bad', longAd(BLOCK, 10));
  bad[4] ^= 1;
  const image = udfWith([bad, identifier('F', longAd(BLOCK, 10))]);
  image.put((PARTITION + 10) * BLOCK, fileEntry(10, { size: 9, allocation: shortAd(9, 20) }));
  t.same(read(image), ['F 20+9']);
  t.same(readLayout(image)?.problems, ["UDF: `': damaged directory at byte 40 of it"]);
});

t.test('anchors elsewhere, the reserve sequence, other block sizes', async (t) => {
  const file = (image: SparseImage, blockSize: number): SparseImage =>
    image.put((PARTITION + 10) * blockSize, fileEntry(10, { size: 9, allocation: shortAd(9, 20) }));
  for (const blockSize of [512, 1024, 2048, 4096]) {
    for (const anchor of [256, 512, 1999, 2000 - 257]) {
      const image = udfWith([identifier('F', longAd(blockSize, 10))], { blockSize, anchor });
      t.same(read(file(image, blockSize), blockSize), ['F 20+9'], `block size ${blockSize}, anchor at ${anchor}`);
    }
  }
  t.same(read(file(udfWith([identifier('F', longAd(BLOCK, 10))], { sequence: 1000 }), BLOCK)), ['F 20+9']);
});

t.test('strategy 4096: the newest version of an entry', async (t) => {
  const version = (block: number, next: number): Buffer =>
    Buffer.concat([
      pad(fileEntry(block, { size: 9, strategy: 4096, allocation: shortAd(9, block + 500) })),
      tagged(259, block + 1, fields([20, 0], longAd(2 * BLOCK, next))),
    ]);
  const image = udfWith([identifier('F', longAd(2 * BLOCK, 10))]);
  image.put((PARTITION + 10) * BLOCK, version(10, 20)).put((PARTITION + 20) * BLOCK, version(20, 30));
  image.put((PARTITION + 30) * BLOCK, fileEntry(30, { size: 9, strategy: 4096, allocation: shortAd(9, 530) }));
  t.same(read(image), ['F 530+9']);
  image.put((PARTITION + 30) * BLOCK, version(30, 10));
  t.equal(read(image).length, 1, 'a loop of versions ends');
});

function pad(bytes: Buffer, length = BLOCK): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

t.test('a sparable partition: moved packets', async (t) => {
  const map = namedMap('*UDF Sparable Partition', fields([2, 32], [1, 1], [1, 0], [4, 64], [4, 1500]));
  const table = fields(
    [16, 0],
    entity('*UDF Sparing Table'),
    [2, 2],
    [2, 0],
    [4, 1],
    [4, 64],
    [4, 1600],
    [4, 0xffffffff],
    [4, 1700],
  );
  const image = udfWith([identifier('F', longAd(BLOCK, 10))], { maps: [map] });
  image
    .put(1500 * BLOCK, table)
    .put((PARTITION + 10) * BLOCK, fileEntry(10, { size: 100 * BLOCK, allocation: shortAd(100 * BLOCK, 60) }));
  // Blocks 64 to 95 lie in the sectors from 1600 on.
  t.same(read(image), [`F 60+${4 * BLOCK},${1600 - PARTITION}+${32 * BLOCK},96+${64 * BLOCK}`]);
});

t.test('a virtual partition: the table is the last thing written (1.50 and 2.00)', async (t) => {
  const map = namedMap('*UDF Virtual Partition', Buffer.alloc(0));
  const table = fields([4, 300], [4, 301], [4, 0xffffffff], [4, 310]);
  const header = fields([2, 152], [2, 0], [148, 0]);
  const trailer = fields(entity('*UDF Virtual Alloc Tbl'), [4, 0xffffffff]);
  for (const [type, content] of [
    [248, Buffer.concat([header, table])],
    [0, Buffer.concat([table, trailer])],
  ] as const) {
    // Virtual blocks: 0 file set at 300, 1 root at 301, 3 file at 310. Data are addressed physically.
    const data = Buffer.concat([PARENT, identifier('F', longAd(BLOCK, 3, 1)), identifier('NONE', longAd(BLOCK, 2, 1))]);
    const image = udfImage({ maps: [PLAIN_MAP, map], fileSet: longAd(BLOCK, 0, 1) });
    const last = 1000;
    const put = (block: number, bytes: Buffer): SparseImage => image.put((PARTITION + block) * BLOCK, bytes);
    put(300, fileSet(0, longAd(BLOCK, 1, 1)));
    put(301, fileEntry(1, { type: 4, size: data.length, form: 1, allocation: longAd(data.length, 302, 0) }));
    put(302, data);
    put(310, fileEntry(3, { size: 9, form: 1, allocation: longAd(9, 320, 0) }));
    put(last, pad(fileEntry(last, { type, size: content.length, form: 3, allocation: content })));
    image.size += 150 * BLOCK;
    t.same(read(image), ['F 320+9'], `file type ${type}`);
    t.same(readLayout(image)?.problems, ["UDF: `NONE': no file entry at block 2 of partition 1"]);
  }
});

t.test("a metadata partition: its blocks are a file's, or those of its mirror", async (t) => {
  const map = namedMap('*UDF Metadata Partition', fields([4, 500], [4, 501], [4, 502], [4, 32], [2, 32], [1, 1]));
  for (const from of [500, 501]) {
    const image = udfImage({ maps: [PLAIN_MAP, map], fileSet: longAd(BLOCK, 0, 1) });
    image.size = 2000 * BLOCK;
    const put = (block: number, bytes: Buffer): SparseImage => image.put((PARTITION + block) * BLOCK, bytes);
    // Metadata blocks 0 and 1 lie at 600 and 601, the others from 700 on.
    const allocation = Buffer.concat([shortAd(2 * BLOCK, 600), shortAd(30 * BLOCK, 700)]);
    put(from, fileEntry(from, { type: from - 250, size: 32 * BLOCK, allocation, extended: true }));
    const data = Buffer.concat([PARENT, identifier('F', longAd(BLOCK, 4, 1)), identifier('G', longAd(BLOCK, 50, 1))]);
    put(600, fileSet(0, longAd(BLOCK, 1, 1)));
    put(601, fileEntry(1, { type: 4, size: data.length, allocation: shortAd(data.length, 3), extended: true }));
    put(701, data);
    put(702, fileEntry(4, { size: 9, form: 1, allocation: longAd(9, 800, 0), extended: true }));
    t.same(read(image), ['F 800+9']);
  }
});

t.test('partitions that nobody can read, a missing file set', async (t) => {
  const maps = [namedMap('*Unheard Of', Buffer.alloc(0))];
  t.match(readLayout(udfWith([], { maps })), {
    kinds: ['udf'],
    files: [],
    problems: ['UDF: partition 0 cannot be read', 'UDF: no file set descriptor at block 0 of partition 0'],
  });
});

t.test('a file of several extents beyond 4 GiB', async (t) => {
  const image = udfWithFile({
    size: 2 ** 32 + 5,
    allocation: Buffer.concat(
      [0, 1, 2, 3, 4].map((i) => shortAd(2 ** 30 - BLOCK, 3_000_000 + i * (2 ** 30 / BLOCK - 1))),
    ),
  });
  image.size = 12e9;
  t.same(read(image), [`F 3000000+${2 ** 32 + 5}`]);
});
