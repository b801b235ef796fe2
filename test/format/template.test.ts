import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { fromBase64, toBase64 } from '../../src/format/bytes.js';
import { FormatError } from '../../src/format/errors.js';
import {
  DESC_MAX,
  decodeDesc,
  decodeHeader,
  decodeSectionHeader,
  descLength,
  encodeDesc,
  encodeHeader,
  encodeSectionHeader,
  type ImageEntry,
  type StretchEntry,
} from '../../src/format/template.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const digest = (text: string, length: number): Uint8Array => fromBase64(text, length) as Uint8Array;

// The worked example of docs/spec/template-format.md 8.
const EXAMPLE = hex(`44455343 9d0000000000
  02 040000000000
  06 4c0400000000 08f96cd9e46c245a d46c9ebbe1e84e9c4852ae1a1acb4fc6
  02 060000000000
  06 dc0500000000 e6cc5ef5e21805af 788ceb9325dc2fe22a3fe04bb48aba28
  06 4c0400000000 08f96cd9e46c245a d46c9ebbe1e84e9c4852ae1a1acb4fc6
  02 050000000000
  05 830e00000000 c146ef1180c2dbbea2ddebf522ca84db 00040000
  9d0000000000`);
const F1 = {
  kind: 'part',
  algorithm: 'md5',
  length: 1100,
  rsum: hex('08f96cd9e46c245a'),
  digest: digest('1Gyeu-HoTpxIUq4aGstPxg', 16),
  written: false,
} as const;
const F2 = {
  ...F1,
  length: 1500,
  rsum: hex('e6cc5ef5e21805af'),
  digest: digest('eIzrkyXcL-IqP-BLtIq6KA', 16),
} as const;
const ENTRIES: StretchEntry[] = [
  { kind: 'data', length: 4 },
  F1,
  { kind: 'data', length: 6 },
  F2,
  F1,
  { kind: 'data', length: 5 },
];
const IMAGE: ImageEntry = {
  kind: 'image',
  algorithm: 'md5',
  length: 3715,
  digest: hex('c146ef1180c2dbbea2ddebf522ca84db'),
  blockLength: 1024,
};

function formatError(t: Test, place: string, message: RegExp, run: () => unknown): void {
  try {
    run();
    t.fail('nothing was thrown');
  } catch (error) {
    t.ok(error instanceof FormatError, String(error));
    t.equal((error as FormatError).place, place);
    t.match((error as FormatError).message, message);
  }
}

t.test('header', async (t) => {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  t.equal(
    text(encodeHeader('md5', 'jigdo/1.0')),
    'JigsawDownload template 1.2 jigdo/1.0\r\n' +
      'See https://www.einval.com/~steve/software/jigdo/ for details about jigdo.\r\n\r\n',
  );
  t.equal(encodeHeader('md5', 'jigdo-file/0.8.0').length, 124, "as long as the original's");
  t.match(text(encodeHeader('sha256', 'x')), /^JigsawDownload template 2\.0 x\r\n/);
  t.throws(() => encodeHeader('md5', 'a b'), RangeError);
  t.throws(() => encodeHeader('md5', 'a\r\n'), RangeError);

  const read = (header: string): unknown => decodeHeader(new Uint8Array(Buffer.from(header, 'latin1')));
  t.same(decodeHeader(encodeHeader('sha256', 'jigdo/1.0')), { version: '2.0', creator: 'jigdo/1.0', length: 117 });
  const libjte = 'JigsawDownload template 1.1 libjte-2.0.0 \r\nSee <http> \r\n\r\n';
  t.same(read(`${libjte}DATA`), { version: '1.1', creator: 'libjte-2.0.0', length: libjte.length });
  t.match(read('JigsawDownload template 9.9 some one 1\r\n\xff\r\n\r\n'), { version: '9.9', creator: 'some one 1' });
  t.match(read('JigsawDownload template \r\n\r\n\r\n'), { version: '', creator: '' });
  for (const [name, bad] of Object.entries({
    empty: '',
    magic: 'JigsawDownload template1.2 x\r\ny\r\n\r\n',
    'LF only': 'JigsawDownload template 1.2 x\ny\n\n',
    'no third line': 'JigsawDownload template 1.2 x\r\ny\r\nz\r\n\r\n',
    'endless line': `JigsawDownload template 1.2 ${'x'.repeat(5000)}\r\ny\r\n\r\n`,
  })) {
    t.test(name, async (t) => formatError(t, 'byte 0', /this is not a template file/, () => read(bad)));
  }
});

t.test('section header', async (t) => {
  t.same(encodeSectionHeader('DATA', 23, 15), hex('44415441 270000000000 0f0000000000'));
  t.same(encodeSectionHeader('BZIP', 2 ** 40, 2 ** 47), hex('425a4950 100000000001 000000000080'));
  t.same(decodeSectionHeader(hex('44415441 270000000000 0f0000000000 78da'), 0), {
    kind: 'DATA',
    compressedLength: 23,
    uncompressedLength: 15,
  });
  t.equal(decodeSectionHeader(hex('44455343 9d0000000000 020400000000'), 0), undefined, 'DESC');
  t.equal(decodeSectionHeader(hex('44415441 2700'), 0), undefined, 'too short');
  formatError(t, 'byte 104', /impossible length 15 of a DATA section/, () =>
    decodeSectionHeader(hex('44415441 0f0000000000 000000000000'), 100),
  );
});

t.test('DESC, worked example', async (t) => {
  t.same(encodeDesc(ENTRIES, [IMAGE]), EXAMPLE);
  t.same(decodeDesc(EXAMPLE, 0), { entries: ENTRIES, images: [IMAGE] });
  const written = EXAMPLE.slice();
  written[10 + 7 + 31 + 7] = 7;
  const state = ENTRIES.map((entry) => (entry === F2 ? { ...F2, written: true } : entry));
  t.same(encodeDesc(state, [IMAGE]), written, 'what the entries say is written');
  t.same(
    encodeDesc(ENTRIES, [IMAGE], (i) => i === 3),
    written,
    'what the caller says is written',
  );
  t.same(decodeDesc(written, 0).entries, state);
  t.equal(descLength(EXAMPLE.subarray(-6), 1000), 157);

  const sha = [
    { kind: 'data', length: 4 },
    {
      kind: 'part',
      algorithm: 'sha256',
      length: 1100,
      rsum: hex('08f96cd9e46c245a'),
      digest: digest('EEzD6SSkOCZ_nZEUEM_9WsUjxysQzDwEfO8GQPO6ytY', 32),
      written: true,
    },
  ] as const;
  const image = { ...IMAGE, algorithm: 'sha256', length: 1104, digest: new Uint8Array(32).fill(7) } as const;
  const bytes = encodeDesc(sha, [image]);
  t.equal(bytes.length, 10 + 7 + 47 + 43 + 6);
  t.same(
    bytes.subarray(17, 64),
    hex('0a 4c0400000000 08f96cd9e46c245a 104cc3e924a438267f9d911410cffd5ac523c72b10cc3c047cef0640f3bacad6'),
  );
  t.same(decodeDesc(bytes, 0), { entries: sha, images: [image] });
  t.equal(toBase64(decodeDesc(bytes, 0).images[0].digest), 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc');
});

t.test('DESC, accepted beyond what writers make', async (t) => {
  const empty = { ...IMAGE, length: 0 };
  t.equal(encodeDesc([], [empty]).length, 43, 'an empty image');
  t.same(decodeDesc(encodeDesc([], [empty]), 0), { entries: [], images: [empty] });
  const old = hex(`44455343 3e0000000000
    03 010000000000 d46c9ebbe1e84e9c4852ae1a1acb4fc6
    01 010000000000 c146ef1180c2dbbea2ddebf522ca84db 3e0000000000`);
  const oldPart = { kind: 'part', algorithm: 'md5', length: 1, digest: F1.digest, written: false } as const;
  const oldImage = { ...IMAGE, length: 1, blockLength: 0 };
  t.same(decodeDesc(old, 0), { entries: [oldPart], images: [oldImage] }, 'version 1.0');
  t.equal(encodeDesc([oldPart], [oldImage]).length, 16 + 31 + 27, 'written again as types 6 and 5');
  old[10] = 4;
  t.match(decodeDesc(old, 0).entries, [{ written: true }], 'type 4');
  t.equal(descLength(hex('270000000000'), 39), 39, 'nothing but a type 1');

  const entries: StretchEntry[] = [
    { kind: 'data', length: 0 },
    { kind: 'data', length: 3 },
    { kind: 'data', length: 3 },
    { ...F1, length: 0 },
  ];
  const both = [
    { ...IMAGE, length: 6 },
    { ...IMAGE, algorithm: 'sha256', digest: new Uint8Array(32), length: 6 },
  ] as const;
  t.same(decodeDesc(encodeDesc(entries, both), 0), { entries, images: both }, 'adjacent, empty, two digests');
});

t.test('DESC, refused', async (t) => {
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = EXAMPLE.slice();
    bytes[at] = value;
    return bytes;
  };
  const cases: [string, string, RegExp, Uint8Array][] = [
    ['ID', 'byte 1000', /no DESC section/, changed(0, 0x45)],
    ['first length', 'byte 1004', /two length fields/, changed(4, 0)],
    ['last length', 'byte 1004', /two length fields/, changed(151, 0)],
    ['type 0', 'byte 1010', /unknown entry type 0/, changed(10, 0)],
    ['type 11', 'byte 1017', /unknown entry type 11/, changed(17, 11)],
    ['sum', 'byte 1125', /the image has 3715 bytes, but its entries 3716/, changed(11, 5)],
    ['cut short', 'byte 1124', /the last entry is cut short/, changed(124, 8)],
    ['image first', 'byte 1033', /an entry follows/, encodeImageFirst()],
  ];
  for (const [name, place, message, bytes] of cases) {
    t.test(name, async (t) => formatError(t, place, message, () => decodeDesc(bytes, 1000)));
  }
  const noImage = hex(`44455343 2f0000000000 06 010000000000 ${'00'.repeat(24)} 2f0000000000`);
  t.test('no image', async (t) => formatError(t, 'byte 41', /is missing/, () => decodeDesc(noImage, 0)));
  const huge = hex(
    `44455343 350000000000 02 ffffffffffff 02 ffffffffffff 01 000000000000 ${'00'.repeat(16)} 350000000000`,
  );
  t.test('2^48', async (t) => formatError(t, 'byte 18', /exceed 2\^48/, () => decodeDesc(huge, 0)));

  const tail = (length: number): Uint8Array => encodeSectionHeader('DATA', length - 16, 0).subarray(4, 10);
  formatError(t, 'byte 994', /impossible length 1001/, () => descLength(tail(1001), 1000));
  formatError(t, 'byte 994', /impossible length 38/, () => descLength(tail(38), 1000));
  formatError(t, `byte ${2 ** 40 - 6}`, /impossible length/, () => descLength(tail(DESC_MAX + 1), 2 ** 40));
  formatError(t, 'byte 5', /too short/, () => descLength(new Uint8Array(6), 5));

  t.throws(() => encodeDesc(ENTRIES, []), /an image entry is missing/);
  t.throws(() => encodeDesc(ENTRIES, [{ ...IMAGE, length: 1 }]), /the entries cover 3715 of 1 bytes/);
  t.throws(() => encodeDesc([{ ...F1, digest: new Uint8Array(15) }], [{ ...IMAGE, length: 1100 }]), RangeError);
});

function encodeImageFirst(): Uint8Array {
  return hex(`44455343 2e0000000000
    01 000000000000 c146ef1180c2dbbea2ddebf522ca84db
    02 000000000000
    2e0000000000`);
}

t.test('properties', async (t) => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const length = fc.integer({ min: 0, max: 2 ** 40 });
  const stretch: fc.Arbitrary<StretchEntry> = fc.oneof(
    fc.record({ kind: fc.constant('data' as const), length }, { noNullPrototype: true }),
    ...([['md5', 16] as const, ['sha256', 32] as const] as const).map(([algorithm, size]) =>
      fc.record(
        {
          kind: fc.constant('part' as const),
          algorithm: fc.constant(algorithm),
          length,
          rsum: bytes(8),
          digest: bytes(size),
          written: fc.boolean(),
        },
        { noNullPrototype: true },
      ),
    ),
  );
  fc.assert(
    fc.property(
      fc.array(stretch, { maxLength: 20 }),
      bytes(16),
      fc.nat(2 ** 31 - 1),
      (entries, digest, blockLength) => {
        const sum = entries.reduce((sum, entry) => sum + entry.length, 0);
        const image: ImageEntry = { kind: 'image', algorithm: 'md5', length: sum, digest, blockLength };
        deepStrictEqual(decodeDesc(encodeDesc(entries, [image]), 0), { entries, images: [image] });
      },
    ),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 157 }), fc.nat(156), (noise, at) => {
      const damaged = EXAMPLE.slice();
      damaged.set(noise.subarray(0, EXAMPLE.length - at), at);
      try {
        decodeDesc(damaged, 0);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
  t.pass('what is written is read again; damage gives nothing but FormatErrors');
});
