import t from 'tap';
import { bestCover, components, type Match, type Run } from '../../src/make/cover.js';
import { Random } from '../support/random-trees.js';

const match = (start: number, end: number, file = 0): Match => ({ start, end, file });

t.test('more bytes win, then fewer parts, then the left', (t) => {
  // A file in a file, and one that begins like another.
  t.strictSame(bestCover([match(10, 20, 1), match(0, 100, 2), match(0, 30, 3)], []), [match(0, 100, 2)]);
  // The earliest end is a trap: it shuts out the two that cover more.
  t.strictSame(bestCover([match(20, 40, 1), match(0, 30, 2), match(30, 60, 3)], []), [
    match(0, 30, 2),
    match(30, 60, 3),
  ]);
  // Equal bytes: one part instead of two.
  t.strictSame(bestCover([match(0, 50, 1), match(50, 80, 2), match(0, 80, 3)], []), [match(0, 80, 3)]);
  // Equal in all: the first offered, and the left one.
  t.strictSame(bestCover([match(5, 15, 7), match(5, 15, 8)], []), [match(5, 15, 7)]);
  t.strictSame(bestCover([match(10, 30, 1), match(0, 20, 2)], []), [match(0, 20, 2)]);
  t.strictSame(bestCover([], []), []);
  t.end();
});

/** All tiles of a run as matches. */
function listed({ start, end, period, tiles }: Run): Match[] {
  const all: Match[] = [];
  for (const { size, first, file } of tiles) {
    for (let at = Math.max(start, first); at + size <= end; at += period) all.push(match(at, at + size, file));
  }
  return all;
}

const score = (cover: readonly Match[]): [bytes: number, parts: number] => [
  cover.reduce((sum, { start, end }) => sum + end - start, 0),
  cover.length,
];

t.test('runs: the same result as if every tile were a match', (t) => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const period = 1 + random.below(4);
    const start = random.below(50);
    const end = start + 30 + random.below(200);
    const tiles = Array.from({ length: 1 + random.below(3) }, (_, i) => ({
      size: 5 + random.below(40),
      first: start + random.below(period),
      file: 100 + i,
    }));
    const run: Run = { start, end, period, tiles };
    const matches = Array.from({ length: random.below(5) }, (_, i) => {
      const at = random.below(end + 20);
      return match(at, at + 5 + random.below(60), i);
    });
    const cover = bestCover(matches, [run]);
    const expected = bestCover([...matches, ...listed(run)], []);
    if (score(cover).join() !== score(expected).join()) t.strictSame(score(cover), score(expected), `seed ${seed}`);
    for (const [i, { start }] of cover.entries()) {
      if (i > 0 && start < cover[i - 1].end) t.fail(`seed ${seed}: parts overlap`);
    }
  }
  t.pass('300 runs');
  t.end();
});

t.test('a run that is too long to weigh each position', (t) => {
  const MiB = 1 << 20;
  const tiles = [
    { size: 3000, first: 1000, file: 1 },
    { size: 100_000, first: 1000, file: 2 },
  ];
  const ending = match(20 * MiB - 500, 20 * MiB + 100_000, 3);
  const cover = bestCover([ending], [{ start: 1000, end: 20 * MiB, period: 1, tiles }]);
  t.strictSame(cover.at(-1), ending);
  for (const [i, { start }] of cover.entries()) if (i > 0 && start < cover[i - 1].end) t.fail('parts overlap');
  const room = 20 * MiB - 500 - 1000;
  t.ok(score(cover)[0] - 100_500 > room - 3000, 'less than the smallest tile is left');
  t.ok(cover.filter(({ file }) => file === 2).length > 200, 'the large tile fills nearly all of it');
  t.end();
});

t.test('components', (t) => {
  const run: Run = { start: 40, end: 60, period: 1, tiles: [] };
  const parts = components([match(50, 70), match(0, 10), match(5, 20), match(20, 30)], [run]);
  t.strictSame(
    parts.map(({ start, end, matches, runs }) => [start, end, matches.length, runs.length]),
    [
      [0, 20, 2, 0],
      [20, 30, 1, 0],
      [40, 70, 1, 1],
    ],
  );
  t.end();
});
