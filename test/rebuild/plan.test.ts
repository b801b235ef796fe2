import t from 'tap';
import { encodeDesc, encodeHeader, type StretchEntry } from '../../src/format/template.js';
import { MemoryReader } from '../../src/io/reader.js';
import { Plan } from '../../src/rebuild/plan.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { data, noise, part, templateOf } from '../support/template-builder.js';

function planFor(bytes: Uint8Array): Plan {
  return new Plan(openTemplate(new MemoryReader(bytes)));
}

t.test('slices, parts and occurrences', async (t) => {
  const [f1, f2] = [noise(1100), noise(1500, 2)];
  const plan = planFor(templateOf([data('HEAD'), part(f1), data('middle'), part(f2), part(f1), data('TAIL!')]));
  t.equal(plan.length, 3715);
  t.equal(plan.blockLength, 1024);
  t.same(
    plan.parts.map(({ length }) => length),
    [1100, 1500],
    'equal parts once',
  );
  t.same([...plan.occurrences(0)], [1, 4]);
  t.same([...plan.occurrences(1)], [3]);
  t.same(
    [0, 1, 2, 3, 4, 5].map((entry) => [plan.offsetOf(entry), plan.partOf(entry)]),
    [
      [0, -1],
      [4, 0],
      [1104, -1],
      [1110, 1],
      [2610, 0],
      [3710, -1],
    ],
  );
  t.same(
    [...plan.slices()],
    [
      { entry: 0, offset: 0, length: 4, part: -1, from: 0 },
      { entry: 1, offset: 4, length: 1100, part: 0, from: 0 },
      { entry: 2, offset: 1104, length: 6, part: -1, from: 4 },
      { entry: 3, offset: 1110, length: 1500, part: 1, from: 0 },
      { entry: 4, offset: 2610, length: 1100, part: 0, from: 0 },
      { entry: 5, offset: 3710, length: 5, part: -1, from: 10 },
    ],
  );
  t.same(
    [...plan.slices(1106, 1505)],
    [
      { entry: 2, offset: 1106, length: 4, part: -1, from: 6 },
      { entry: 3, offset: 1110, length: 1500, part: 1, from: 0 },
      { entry: 4, offset: 2610, length: 1, part: 0, from: 0 },
    ],
  );
  t.same([...plan.slices(2000, 1)], [{ entry: 3, offset: 2000, length: 1, part: 1, from: 890 }]);
  t.same([...plan.slices(4, 1)], [{ entry: 1, offset: 4, length: 1, part: 0, from: 0 }]);
  t.same([...plan.slices(3715, 0)], []);
  t.throws(() => [...plan.slices(3715, 1)], RangeError);
  t.throws(() => [...plan.slices(-1, 1)], RangeError);
});

t.test('empty image and empty entries', async (t) => {
  t.same([...planFor(templateOf([])).slices()], []);
  const plan = planFor(templateOf([data(''), part(''), data('ab'), data(''), data('cd'), part('')]));
  t.equal(plan.parts.length, 0, 'nobody has to find an empty file');
  t.same(
    [...plan.slices()],
    [
      { entry: 2, offset: 0, length: 2, part: -1, from: 0 },
      { entry: 4, offset: 2, length: 2, part: -1, from: 2 },
    ],
  );
  t.same([...plan.slices(2, 2)], [{ entry: 4, offset: 2, length: 2, part: -1, from: 2 }]);
});

t.test('past 4 GiB', async (t) => {
  const G = 2 ** 30;
  const file = (length: number, mark: number): StretchEntry => ({
    kind: 'part',
    algorithm: 'md5',
    length,
    digest: new Uint8Array(16).fill(mark),
    rsum: new Uint8Array(8),
    written: false,
  });
  const entries: StretchEntry[] = [
    { kind: 'data', length: 5 * G },
    file(9 * G + 1, 1),
    { kind: 'data', length: 1000 * G },
    file(9 * G + 1, 1),
  ];
  const length = 1023 * G + 2;
  const image = { kind: 'image', algorithm: 'md5', length, digest: new Uint8Array(16), blockLength: 1024 } as const;
  const plan = planFor(Buffer.concat([encodeHeader('md5', 'x'), encodeDesc(entries, [image])]));
  t.equal(plan.length, length);
  t.same(
    [...plan.slices(14 * G, 1000 * G + 2)],
    [
      { entry: 1, offset: 14 * G, length: 1, part: 0, from: 9 * G },
      { entry: 2, offset: 14 * G + 1, length: 1000 * G, part: -1, from: 5 * G },
      { entry: 3, offset: 1014 * G + 1, length: 1, part: 0, from: 0 },
    ],
  );
});

t.test('many entries', async (t) => {
  const digests = new Uint8Array(50_000 * 16);
  const entries: StretchEntry[] = [];
  for (let i = 0; i < 100_000; i++) {
    const digest = digests.subarray((i >> 1) * 16, (i >> 1) * 16 + 16);
    digest.set([i >> 1, i >> 9, i >> 17]);
    entries.push({ kind: 'data', length: 3 }, { kind: 'part', algorithm: 'md5', length: 7, digest, written: false });
  }
  const image = { kind: 'image', algorithm: 'md5', length: 1e6, digest: new Uint8Array(16), blockLength: 0 } as const;
  const plan = planFor(Buffer.concat([encodeHeader('md5', 'x'), encodeDesc(entries, [image])]));
  t.equal(plan.parts.length, 50_000);
  t.same([...plan.occurrences(1234)], [4937, 4939]);
  t.same(
    [...plan.slices(999_992, 2)],
    [
      { entry: 199_998, offset: 999_992, length: 1, part: -1, from: 299_999 },
      { entry: 199_999, offset: 999_993, length: 1, part: 49_999, from: 0 },
    ],
  );
});
