import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { FormatError } from '../../src/format/errors.js';
import { gunzipAll, isGzip } from '../../src/io/gzip.js';

const LIMIT = 1 << 20;

function gunzip(...pieces: (Uint8Array | string)[]): string {
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array)));
  return Buffer.concat(gunzipAll(bytes, LIMIT)).toString('latin1');
}

t.test('members, and what stands behind them', (t) => {
  const [one, two] = [gzipSync('one\n'), gzipSync('two\n')];
  t.equal(gunzip(one), 'one\n');
  t.equal(gunzip(one, two, one), 'one\ntwo\none\n');
  t.equal(gunzip(one, two, 'text\n'), 'one\ntwo\ntext\n');
  t.equal(gunzip(one, 'text\n', two), `one\ntext\n${two.toString('latin1')}`, 'what follows text is text');
  t.equal(gunzip(one, new Uint8Array(512)), 'one\n', 'padding');
  t.equal(gunzip(gzipSync('')), '');
  t.equal(isGzip(one), true);
  t.equal(isGzip(one, 1), false);
  t.equal(isGzip(Uint8Array.of(0x1f)), false);
  t.end();
});

t.test('optional fields of the header', (t) => {
  const plain = gzipSync('content');
  const header = Uint8Array.of(0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3);
  const fields = [Uint8Array.of(3, 0, 1, 2, 3), 'name\0', 'comment\0', Uint8Array.of(0xaa, 0xbb)];
  t.equal(gunzip(header, ...fields, plain.subarray(10)), 'content');
  t.end();
});

t.test('every way to cut a member short is told', (t) => {
  const header = Uint8Array.of(0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3);
  const fields = Buffer.from('\x03\0abcname\0comment\0xx', 'latin1');
  const whole = Buffer.concat([header, fields, gzipSync('content content').subarray(10)]);
  for (let length = 2; length < whole.length; length++) {
    t.throws(
      () => gunzip(whole.subarray(0, length)),
      new FormatError(`byte ${length}`, 'the gzip data ends too soon'),
      `${length} bytes`,
    );
  }
  t.end();
});

t.test('damage', (t) => {
  const good = gzipSync(Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i * 31) % 251)));
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at < 0 ? bytes.length + at : at] ^= 0xff;
    return bytes;
  };
  t.throws(() => gunzip(flipped(2)), new FormatError('byte 2', 'damaged gzip header: unknown compression'));
  t.throws(() => gunzip(flipped(3)), new FormatError('byte 3', 'damaged gzip header: reserved flags'));
  t.throws(() => gunzip(flipped(10)), { name: 'FormatError', message: /^damaged gzip data: / });
  const end = good.length - 8;
  t.throws(() => gunzip(flipped(-1)), new FormatError(`byte ${end}`, 'damaged gzip data: wrong checksum'), 'length');
  t.throws(() => gunzip(flipped(-8)), new FormatError(`byte ${end}`, 'damaged gzip data: wrong checksum'), 'CRC');
  t.throws(
    () => gunzip(good, flipped(2)),
    new FormatError(`byte ${good.length + 2}`, 'damaged gzip header: unknown compression'),
    'second member',
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { minLength: 1 }),
      (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          gunzipAll(bytes, LIMIT);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      },
    ),
    { numRuns: 300 },
  );
  t.end();
});

t.test('the limit', (t) => {
  const bomb = gzipSync(new Uint8Array(LIMIT + 1));
  t.throws(() => gunzip(bomb), new FormatError('byte 0', 'more than 1048576 bytes when decompressed'));
  t.equal(gunzip(gzipSync(new Uint8Array(LIMIT))).length, LIMIT);
  const half = gzipSync(new Uint8Array(LIMIT / 2));
  t.equal(gunzip(half, half).length, LIMIT);
  const tooLong = new FormatError(`byte ${2 * half.length}`, 'more than 1048576 bytes when decompressed');
  t.throws(() => gunzip(half, half, 'x'), tooLong);
  t.throws(() => gunzip(half, half, gzipSync('x')), tooLong);
  t.equal(gunzip(half, half, gzipSync('')).length, LIMIT);
  const empty = gzipSync('');
  t.throws(
    () => gunzip(...Array.from({ length: 10_001 }, () => empty)),
    new FormatError(`byte ${10_000 * empty.length}`, 'more than 10000 gzip members'),
  );
  t.end();
});
