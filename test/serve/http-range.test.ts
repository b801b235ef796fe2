import fc from 'fast-check';
import t from 'tap';
import { parseRange, type ByteRange } from '../../src/serve/http-range.js';

t.test('the examples of RFC 9110, 14.1.2, and what is none', async (t) => {
  const cases: [string | undefined, number, ReturnType<typeof parseRange>][] = [
    ['bytes=0-499', 10_000, [{ start: 0, length: 500 }]],
    ['bytes=500-999', 10_000, [{ start: 500, length: 500 }]],
    ['bytes=-500', 10_000, [{ start: 9500, length: 500 }]],
    ['bytes=9500-', 10_000, [{ start: 9500, length: 500 }]],
    [
      'bytes=0-0,-1',
      10_000,
      [
        { start: 0, length: 1 },
        { start: 9999, length: 1 },
      ],
    ],
    [
      'bytes= 0-999, 4500-5499, -1000',
      10_000,
      [
        { start: 0, length: 1000 },
        { start: 4500, length: 1000 },
        { start: 9000, length: 1000 },
      ],
    ],
    ['bytes=500-600,601-999', 10_000, [{ start: 500, length: 500 }]],
    ['bytes=500-700,601-999', 10_000, [{ start: 500, length: 500 }]],
    [
      'BYTES=,0-0 ,, 9-',
      10,
      [
        { start: 0, length: 1 },
        { start: 9, length: 1 },
      ],
    ],
    ['bytes=5-1000000', 10, [{ start: 5, length: 5 }]],
    ['bytes=-1000000', 10, [{ start: 0, length: 10 }]],
    [
      'bytes=4-4,1-1',
      10,
      [
        { start: 4, length: 1 },
        { start: 1, length: 1 },
      ],
    ],
    ['bytes=10-', 10, 'none'],
    ['bytes=-0', 10, 'none'],
    ['bytes=10-,3-4', 10, [{ start: 3, length: 2 }]],
    ['bytes=0-', 0, 'none'],
    ['bytes=-5', 0, 'none'],
    ['bytes=99999999999999999999999999-', 10, 'none'],
    ['bytes=0-99999999999999999999999999', 10, [{ start: 0, length: 10 }]],
    [undefined, 10, 'all'],
    ['', 10, 'all'],
    ['bytes=', 10, 'all'],
    ['bytes=,', 10, 'all'],
    ['bytes=-', 10, 'all'],
    ['bytes=5-4', 10, 'all'],
    ['bytes=a-b', 10, 'all'],
    ['bytes=0x1-2', 10, 'all'],
    ['bytes=1-2-3', 10, 'all'],
    ['bytes=0-1;2-3', 10, 'all'],
    ['bytes=0-1,x', 10, 'all'],
    ['bytes 0-1', 10, 'all'],
    ['lines=0-1', 10, 'all'],
    ['bytes=1e1-', 100, 'all'],
    ['bytes=+1-2', 10, 'all'],
  ];
  for (const [header, size, expected] of cases)
    t.strictSame(parseRange(header, size), expected, `${header} of ${size}`);
});

t.test('attacks are refused', async (t) => {
  const many = (count: number): string =>
    `bytes=${Array.from({ length: count }, (_, i) => `${2 * i}-${2 * i}`).join()}`;
  t.equal(parseRange(many(64), 1e6).length, 64);
  t.equal(parseRange(many(65), 1e6), 'none');
  t.equal(parseRange(`bytes=${'0-,'.repeat(500)}`, 1e6), 'none', 'Apache Killer, CVE-2011-3192');
});

t.test('whatever is asked for: within the size, no byte twice, every byte that was asked for', async (t) => {
  const spec = fc.oneof(
    fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.nat(40).map((n) => `-${n}`),
    fc.nat(40).map((n) => `${n}-`),
  );
  const property = fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), fc.nat(30), (specs, size) => {
    const wanted = new Set<number>();
    for (const text of specs) {
      const [a, b] = text.split('-');
      for (let i = 0; i < size; i++) {
        if (a === '' ? i >= size - Number(b) : i >= Number(a) && (b === '' || i <= Number(b))) wanted.add(i);
      }
    }
    const ranges = parseRange(`bytes=${specs.join(', ')}`, size);
    if (wanted.size === 0) return ranges === 'none';
    const got = (ranges as ByteRange[]).flatMap(({ start, length }) => Array.from({ length }, (_, i) => start + i));
    return got.length === wanted.size && got.every((i) => wanted.has(i));
  });
  t.doesNotThrow(() => fc.assert(property));
});
