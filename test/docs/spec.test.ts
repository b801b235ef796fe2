// The vectors of docs/spec/template-format.md, computed by the code. The worked example is in test/format/template.test.ts.
import t from 'tap';
import { readFileSync } from 'node:fs';
import { rsum64, rsum64Bytes } from '../../src/checksum/rsum64.js';
import { RSUM64_TABLE } from '../../src/checksum/rsum64-table.js';
import { toBase64 } from '../../src/format/bytes.js';

const spec = (name: string): string => readFileSync(new URL(`../../docs/spec/${name}`, import.meta.url), 'utf8');

t.test('the table of rsum64', async (t) => {
  t.strictSame([...RSUM64_TABLE], JSON.parse(spec('rsum64-table.json')));
});

t.test('the vectors of rsum64', async (t) => {
  const bytes = (length: number, at: (i: number) => number): Buffer =>
    Buffer.from(Array.from({ length }, (_, i) => at(i)));
  const inputs: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    '`00`': Buffer.from([0]),
    '"a"': Buffer.from('a'),
    '"abc"': Buffer.from('abc'),
    'bytes 0…255': bytes(256, (i) => i),
    '1024 × 00': Buffer.alloc(1024),
    '1024 × ff': Buffer.alloc(1024, 0xff),
    'bytes i&255, i=0…1023': bytes(1024, (i) => i & 255),
    '"jigdo"×205 (1025 bytes)': Buffer.from('jigdo'.repeat(205)),
    'F1[0..1023], F1[i]=(31i²+7i+3)&255': bytes(1024, (i) => (31 * i * i + 7 * i + 3) & 255),
    'F2[0..1023], F2[i]=(i³+11i+(i>>8))&255': bytes(1024, (i) => (i ** 3 + 11 * i + (i >> 8)) & 255),
  };
  const rows = [
    ...spec('template-format.md').matchAll(
      /^\| (.*?) +\| ([0-9a-f]{8}) \| ([0-9a-f]{8}) \| ([0-9a-f]{16}) \| `(.{11})`/gm,
    ),
  ];
  t.strictSame(
    rows.map(([, input]) => input),
    Object.keys(inputs),
  );
  for (const [, input, lo, hi, hex, text] of rows) {
    const sum = rsum64(inputs[input]);
    const digits = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');
    const stored = rsum64Bytes(sum);
    t.strictSame(
      [digits(sum.lo), digits(sum.hi), Buffer.from(stored).toString('hex'), toBase64(stored)],
      [lo, hi, hex, text],
      input,
    );
  }
});

t.test('the vectors of base64', async (t) => {
  const [vectors] = /^Vectors: no bytes[^]*?\n\n/m.exec(spec('template-format.md')) ?? [''];
  const pairs = [...vectors.matchAll(/(?:"(\w+)"|`([0-9a-f…]+)`) →\s`([\w-]+)`/g)];
  t.equal(pairs.length, 7, 'pairs were found');
  for (const [, text, hex, encoded] of pairs) {
    const bytes = text ? Buffer.from(text) : Buffer.from(hex.replace('02…0f', '02030405060708090a0b0c0d0e0f'), 'hex');
    t.equal(toBase64(bytes), encoded);
  }
});
