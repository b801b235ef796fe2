// Images: ISO9660 with Joliet and Rock Ridge, UDF, tar, zip.
import type { Random } from '../random-trees.js';
import { checkLayout } from '../check-layout.js';
import { both, descriptor, directory, entry, record, SECTOR, SP, terminator } from '../iso-builder.js';
import { rareUdf } from '../rare-udf.js';
import { bytesOf, SparseImage } from '../sparse-image.js';
import { BLOCK, entry as tarEntry, header as tarHeader, padded, paxRecord, withSum } from '../tar-builder.js';
import { crc16, fields } from '../udf-builder.js';
import { central, end, zipWith } from '../zip-builder.js';
import type { Kind } from './kinds.js';
import { mutated, sampleOf, type Sample } from './mutate.js';

const bytesOfAll = (image: SparseImage): Buffer => bytesOf(image, [{ offset: 0, length: image.size }]);

/** A sample that is made when it is first wanted. */
function lazily(make: () => readonly Buffer[]): (random: Random) => Sample {
  let samples: readonly Sample[] | undefined;
  return (random) => random.pick((samples ??= make().map(sampleOf)));
}

/** Directories of both hierarchies, names of all kinds, continuation areas, moved directories, boot catalogues, zisofs. */
function isos(): Buffer[] {
  const ucs2 = (name: string): Buffer => Buffer.from(name, 'utf16le').swap16();
  const ce = (block: number, offset: number, length: number): Buffer =>
    entry('CE', both(block), both(offset), both(length));
  const name = (text: string, flags = 0): Buffer => entry('NM', [flags], text);
  const px = entry('PX', both(0o100644), both(1), both(0), both(0), both(7));
  const files = [
    record({ name: 'A.TXT;1', block: 40, length: 900, systemUse: Buffer.concat([px, name('a file.txt')]) }),
    record({ name: 'B.TXT;1', block: 41, length: 5000, systemUse: Buffer.concat([name('long', 1), ce(30, 0, 40)]) }),
    record({
      name: 'C.Z;1',
      block: 44,
      length: 700,
      systemUse: Buffer.concat([name('c'), entry('ZF', 'pz', [4, 15], both(99_999))]),
    }),
    record({
      name: 'L;1',
      block: 44,
      length: 0,
      systemUse: Buffer.concat([name('link'), entry('SL', [0], [0, 3], 'to ')]),
    }),
    record({ name: 'D;1', block: 46, length: 2 * SECTOR, flags: 128 }),
    record({ name: 'D;1', block: 48, length: 77 }),
    record({ name: 'I;1', block: 46, length: 5 * SECTOR, unit: 1, gap: 1, attributeBlocks: 1 }),
    record({ name: 'S;1', block: 46, length: 30, systemUse: entry('SF', both(0), both(99), [2]) }),
    record({ name: 'MOVED', block: 48, length: 9, systemUse: Buffer.concat([name('moved'), entry('CL', both(24))]) }),
    record({ name: 'SUB', block: 23, length: SECTOR, flags: 2, systemUse: name('sub') }),
  ];
  const image = new SparseImage(60 * SECTOR)
    .put(16 * SECTOR, descriptor({ root: 21, blocks: 60 }))
    .put(17 * SECTOR, descriptor({ type: 2, escapes: '%/E', root: 22, blocks: 60 }))
    .put(
      18 * SECTOR,
      Buffer.concat([
        Buffer.from('\0CD001\x01EL TORITO SPECIFICATION', 'latin1'),
        Buffer.alloc(39),
        Buffer.of(28, 0, 0, 0),
      ]),
    )
    .put(19 * SECTOR, terminator())
    .put(21 * SECTOR, directory(21, files, SP))
    .put(
      22 * SECTOR,
      directory(22, [
        record({ name: ucs2('ä.txt'), block: 40, length: 900 }),
        record({ name: ucs2('SUB'), block: 25, length: SECTOR, flags: 2 }),
      ]),
    )
    .put(
      23 * SECTOR,
      directory(23, [
        record({ name: 'E;1', block: 50, length: 10 }),
        record({ name: 'UP', block: 21, length: SECTOR, flags: 2 }),
      ]),
    )
    .put(24 * SECTOR, directory(24, [record({ name: 'F;1', block: 51, length: 10, systemUse: entry('RE') })]))
    .put(25 * SECTOR, directory(25, [record({ name: ucs2('g'), block: 52, length: 2049 })]))
    .put(28 * SECTOR, bootCatalogue())
    .put(30 * SECTOR, Buffer.concat([name('er name'), ce(30, 0, 60)]))
    .put(
      44 * SECTOR,
      fields([4, 0x37e45396], [4, 0x07d6_c1db], [4, 99_999], [1, 4], [1, 15], [2, 0], [4, 32], [4, 700]),
    );
  const plain = new SparseImage(60 * SECTOR)
    .put(16 * SECTOR, descriptor({ root: 84, blockSize: 512, blocks: 240 }))
    .put(17 * SECTOR, descriptor({ type: 2, version: 2, root: 88, blockSize: 512 }))
    .put(18 * SECTOR, terminator())
    .put(
      21 * SECTOR,
      directory(84, [
        record({ name: 'A;1', block: 160, length: 9 }),
        record({ name: 'SUB', block: 92, length: SECTOR, flags: 2 }),
      ]),
    )
    .put(22 * SECTOR, directory(88, [record({ name: 'a long name', block: 160, length: 9 })]))
    .put(23 * SECTOR, directory(92, [record({ name: 'B;1', block: 163, length: 999, flags: 4 })]))
    .put(48 * SECTOR, descriptor({ root: 84 }))
    .put(49 * SECTOR, terminator());
  return [bytesOfAll(image), bytesOfAll(plain)];
}

function bootCatalogue(): Buffer {
  const entry = (...head: number[]): Buffer => Buffer.concat([Buffer.from(head), Buffer.alloc(32 - head.length)]);
  const validation = entry(1, 0);
  validation.writeUInt16LE(0xaa55, 30);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += validation.readUInt16LE(at);
  validation.writeUInt16LE(-sum & 0xffff, 28);
  return Buffer.concat([
    validation,
    entry(0x88, 0, 0, 0, 0, 0, 4, 0, 53, 0, 0, 0),
    entry(0x91, 0xef, 1, 0),
    entry(0x88, 2, 0, 0, 0, 0, 8, 0, 54, 0, 0, 0),
  ]);
}

/** Archives of each format, with what stands before a header. */
function tars(): Buffer[] {
  const long = `${'p/'.repeat(90)}name`;
  const sizeField = Buffer.alloc(12);
  sizeField[0] = 0x80;
  sizeField.writeUIntBE(700, 6, 6);
  const sparse = withSum(
    Buffer.concat([tarHeader({ name: 'old', type: 'S', size: 3, magic: 'ustar  ' }).fill(1, 482, 483)]),
  );
  const archives = [
    [
      tarEntry({ name: 'a', prefix: 'b/c' }, 'x'.repeat(900)),
      tarEntry({ name: '/../up/./x' }, 'y'),
      tarEntry({ name: 'dir/', type: '5' }, ''),
    ],
    [
      tarEntry({ name: '././@LongLink', type: 'L', magic: 'ustar  ' }, `${long}\0`),
      tarEntry({ name: 'cut', magic: 'ustar  ' }, 'x'),
    ].concat([
      tarHeader({ name: 'big', sizeField }),
      Buffer.alloc(2 * BLOCK),
      sparse,
      Buffer.alloc(BLOCK),
      padded('abc'),
    ]),
    [tarEntry({ name: 'g', type: 'g' }, paxRecord('comment', 'x') + paxRecord('path', 'all'))]
      .concat([
        tarEntry(
          { name: 'x', type: 'x' },
          paxRecord('path', 'pax/\xc3\xa4') + paxRecord('size', '3') + paxRecord('mtime', '1.5'),
        ),
      ])
      .concat([tarHeader({ name: 'b' }), padded('xyz')])
      .concat([
        tarEntry({ name: 'x', type: 'x' }, paxRecord('GNU.sparse.major', '1') + paxRecord('GNU.sparse.realsize', '99')),
      ])
      .concat([
        tarEntry({ name: 'y' }, '1\n0\n3\nabc'),
        tarHeader({ name: 'link', type: '1', size: 1 }),
        tarEntry({ name: 'v7', type: '\0', magic: '' }, 'x'),
      ]),
  ];
  return archives.map((blocks) => Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

/** Archives with 32 and 64 bits, a comment, something before and behind them. */
function zips(): Buffer[] {
  const members = [
    { name: 'a', size: 9, offset: 0 },
    { name: 'dir/b.txt', size: 300, offset: 100 },
    { name: 'deflated', size: 9, offset: 500, method: 8 },
    { name: '/../c', size: 9, offset: 600, wide: true },
  ];
  const plain = bytesOfAll(zipWith(members, 700, 'a comment'));
  const entries = Buffer.concat(members.map(central));
  const record = fields([4, 0x06064b50], [8, 44], [4, 0], [8, 0], [8, 4], [8, 4], [8, entries.length], [8, 700]);
  const locator = fields([4, 0x07064b50], [4, 0], [8, 700 + entries.length], [4, 1]);
  const wide = Buffer.concat([plain.subarray(0, 700), entries, record, locator, end(0xffffffff, 0xffffffff)]);
  return [plain, wide, Buffer.concat([Buffer.from('#!program'), plain]), Buffer.concat([plain, Buffer.alloc(50)])];
}

/** Gives the structures of a UDF image the checksums that they must have, so that more than the first change counts. */
function withTags(bytes: Buffer, block: number): Buffer {
  for (let at = 0; at + 16 <= bytes.length; at += block) {
    const identifier = bytes.readUInt16LE(at);
    if (identifier === 0 || (identifier > 9 && (identifier < 256 || identifier > 266))) continue;
    const length = bytes.readUInt16LE(at + 10);
    if (at + 16 + length > bytes.length || length > 4 * block) continue;
    bytes.writeUInt16LE(crc16(bytes.subarray(at + 16, at + 16 + length)), at + 8);
    bytes[at + 4] = 0;
    bytes[at + 4] = bytes.subarray(at, at + 16).reduce((sum, byte) => sum + byte, 0) % 256;
  }
  return bytes;
}

const iso = lazily(isos);
const udf = lazily(rareUdf);
const tar = lazily(tars);
const zip = lazily(zips);

/** Two layouts that describe the same bytes. */
const mixed = lazily(() => [
  ...isos().map((bytes) => Buffer.concat([tars()[0].subarray(0, 8 * BLOCK), bytes.subarray(8 * BLOCK), zips()[0]])),
  ...rareUdf().map((bytes) => {
    const bridge = Buffer.from(bytes);
    isos()[0].copy(bridge, 16 * SECTOR, 16 * SECTOR, 31 * SECTOR);
    return bridge;
  }),
]);

export const LAYOUTS: readonly Kind[] = [
  { name: 'iso9660', share: 70, run: (random) => checkLayout(mutated(random, iso(random), false)) },
  {
    name: 'udf',
    share: 60,
    run: (random) => {
      const bytes = mutated(random, udf(random), false);
      checkLayout(random.below(4) > 0 ? withTags(bytes, SECTOR) : bytes);
    },
  },
  {
    name: 'tar',
    share: 50,
    run: (random) => {
      const bytes = mutated(random, tar(random));
      // Bytes of files get a checksum, too: they are not looked at.
      if (random.below(4) > 0) {
        for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK)
          if (bytes[at] !== 0) withSum(bytes.subarray(at, at + BLOCK));
      }
      checkLayout(bytes);
    },
  },
  { name: 'zip', share: 50, run: (random) => checkLayout(mutated(random, zip(random))) },
  { name: 'mixed', share: 10, run: (random) => checkLayout(mutated(random, mixed(random), false)) },
];
