import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { rsum64 } from '../../src/checksum/rsum64.js';
import { HEAD_PREFIX_LENGTH, readHead } from '../../src/tree/head.js';
import { smallestPeriod } from '../../src/tree/period.js';

t.test('the smallest period', (t) => {
  const period = (text: string): number => smallestPeriod(Buffer.from(text));
  t.equal(period('aaaa'), 1);
  t.equal(period('abcabcab'), 3);
  t.equal(period('abcabc'), 3);
  t.equal(period('abcab'), 0, 'less than two repetitions are none');
  t.equal(period('aaab'), 0);
  t.equal(period('aabaabaa'), 3);
  t.equal(period('x'), 0);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 40 }), (bytes) => {
      let expected = 0;
      for (let p = Math.floor(bytes.length / 2); p > 0; p--)
        if (bytes.slice(p).every((b, i) => b === bytes[i])) expected = p;
      return smallestPeriod(Uint8Array.from(bytes)) === expected;
    }),
  );
  t.end();
});

t.test('the head of a file', (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'f');
  const head = (bytes: Uint8Array, length: number): ReturnType<typeof readHead> => {
    writeFileSync(path, bytes);
    return readHead(path, bytes.length, length);
  };
  const text = Buffer.from(Array.from({ length: 150 }, (_, i) => (i * i) & 0xff));
  t.strictSame(head(text, 120), {
    length: 120,
    ...rsum64(text, 0, 120),
    period: 0,
    run: 0,
    prefix: new Uint8Array(text.subarray(0, HEAD_PREFIX_LENGTH)),
  });
  t.strictSame(head(text, 4)?.prefix, new Uint8Array(text.subarray(0, 4)));
  t.equal(head(text, 151), undefined, 'too short for a head');
  t.equal(head(text, 150)?.length, 150);
  t.equal(readHead(path, 1000, 200), undefined, 'the file has become shorter');

  const piece = 256 * 1024;
  const zeros = (n: number, tail = ''): Buffer => Buffer.concat([Buffer.alloc(n), Buffer.from(tail)]);
  t.match(head(zeros(1024), 1024), { period: 1, run: 1024 });
  t.match(head(zeros(5000, 'x'), 1024), { period: 1, run: 5000 });
  t.match(head(zeros(1024, 'x'), 1024), { period: 1, run: 1024 });
  t.match(head(zeros(1024 + piece, 'x'), 1024), { period: 1, run: 1024 + piece });
  t.match(head(zeros(3 * piece + 7, 'tail'), 1024), { period: 1, run: 3 * piece + 7 });
  t.match(head(zeros(3 * piece), 1024), { period: 1, run: 3 * piece });
  t.match(head(Buffer.alloc(700_001, 'abcdefg'), 1024), { period: 7, run: 700_001 });
  t.match(head(Buffer.concat([Buffer.alloc(600_000, 'abcdefg'), zeros(100)]), 1024), { period: 7, run: 600_000 });

  const fd = openSync(path, 'r');
  t.match(readHead(fd, 600_100, 1024), { period: 7, run: 600_000 }, 'by descriptor');
  closeSync(fd);
  t.throws(() => readHead(join(folder, 'gone'), 5000, 1024), { code: 'ENOENT' });
  t.end();
});
