// Any range of an image that does not exist, from a template and parts whose files may change at any time.
import fc from 'fast-check';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';
import { MemoryReader } from '../../src/io/reader.js';
import { LocalParts } from '../../src/serve/local-parts.js';
import { Plan } from '../../src/rebuild/plan.js';
import { RangeReader } from '../../src/rebuild/range-reader.js';
import type { PartCache } from '../../src/rebuild/sources.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { UnmatchedCache } from '../../src/rebuild/unmatched-cache.js';
import { PartUnavailable, VerifiedParts } from '../../src/rebuild/verified-parts.js';
import { LocalFolders } from '../../src/verify/local-folders.js';
import { data, imageOf, noise, part, templateOf, type Piece } from '../support/template-builder.js';

/** A folder of files, old enough to be believed, and a reader of the image that they are parts of. */
function setUp(
  t: Test,
  pieces: readonly Piece[],
  { cache, sectionLength }: { cache?: PartCache; sectionLength?: number } = {},
): {
  dir: string;
  reader: RangeReader;
  parts: VerifiedParts;
  places: LocalParts;
  read: (a: number, n: number) => Promise<Buffer>;
} {
  const dir = t.testdir({ tree: {} });
  const template = openTemplate(new MemoryReader(templateOf(pieces, { sectionLength })));
  const plan = new Plan(template);
  const lines = pieces
    .filter(({ kind }) => kind === 'part')
    .map(({ bytes }, i) => {
      write(join(dir, 'tree', `f${i}`), bytes);
      return `${toBase64(digestOf('md5', bytes))}=L:f${i}\n`;
    });
  const folders = new LocalFolders(new Map([['L', [fromText(join(dir, 'tree'))]]]), []);
  const places = new LocalParts(plan, parseJigdo(`[Parts]\n${lines.join('')}`), folders);
  const parts = new VerifiedParts(plan.parts, places, cache);
  const reader = new RangeReader(plan, parts, new UnmatchedCache(768 * 1024));
  t.teardown(() => reader.close());
  const read = async (start: number, length: number): Promise<Buffer> => {
    const target = Buffer.alloc(length);
    await reader.read(target, start);
    return target;
  };
  return { dir: join(dir, 'tree'), reader, parts, places, read };
}

/** Writes a file that was modified in 2001. */
function write(path: string, bytes: Uint8Array, time = 1e9): void {
  writeFileSync(path, bytes);
  utimesSync(path, time, time);
}

t.test('every range is what the image has there', async (t) => {
  // Larger than a block of unmatched data, so that decoders go on, start again, and are thrown out.
  const pieces = [
    data(noise(300_000, 1)),
    part(noise(3000, 2)),
    data('x'),
    part(noise(90_000, 3)),
    part(noise(3000, 2)),
    data(noise(900_000, 4)),
    part(noise(1025, 5)),
  ];
  const image = imageOf(pieces);
  for (const sectionLength of [70_000, 2 ** 24]) {
    const { read } = setUp(t, pieces, { sectionLength });
    const position = fc.nat({ max: image.length });
    await fc.assert(
      fc.asyncProperty(position, position, fc.boolean(), async (a, b, short) => {
        const start = Math.min(a, b);
        const length = short ? Math.min(Math.abs(a - b), 5000) : Math.abs(a - b);
        return (await read(start, length)).equals(image.subarray(start, start + length));
      }),
      { numRuns: 30 },
    );
    t.ok((await read(0, image.length)).equals(image), 'the whole image');
    await t.rejects(read(image.length - 1, 2), RangeError);
  }
});

t.test('readers at the same time share what is unpacked', async (t) => {
  const pieces = [data(noise(2_000_000, 1)), part(noise(5000, 2))];
  const image = imageOf(pieces);
  const { read } = setUp(t, pieces);
  const starts = Array.from({ length: 40 }, (_, i) => (i * 777_777) % 1_900_000);
  // One reader reads one range at a time: these all have the data's bytes only.
  const found = await Promise.all(starts.map((start) => read(start, 50_000)));
  t.ok(found.every((bytes, i) => bytes.equals(image.subarray(starts[i], starts[i] + 50_000))));
});

t.test('a part that is another file than before is never read as if it were right', async (t) => {
  const bytes = noise(400_000, 7);
  const { dir, parts, read } = setUp(t, [data('head'), part(bytes)]);
  const path = join(dir, 'f0');
  t.ok((await read(4, 1000)).equals(bytes.subarray(0, 1000)));

  await t.test('changed in place while it is open', async (t) => {
    const wrong = Buffer.from(bytes);
    wrong[200_000] ^= 1;
    write(path, wrong, 1.1e9);
    await t.rejects(read(1004, 300_000), PartUnavailable);
    await t.rejects(read(1004, 10), PartUnavailable, 'and it stays so, also where the bytes would be the same');
  });
  await t.test('repaired', async (t) => {
    write(path, bytes, 1.2e9);
    parts.doubt(0);
    await parts.verify(0);
    t.equal(parts.doubtful.size, 0);
  });
  await t.test('replaced by a shorter one, and gone', async (t) => {
    const { dir, read, parts } = setUp(t, [part(bytes)]);
    write(join(dir, 'new'), bytes.subarray(1));
    renameSync(join(dir, 'new'), join(dir, 'f0'));
    await t.rejects(read(0, 10), PartUnavailable);
    rmSync(join(dir, 'f0'));
    await t.rejects(read(0, 10), { message: /^The part md5 \S{22} is missing$/ });
    t.strictSame([...parts.doubtful], [0]);
  });
  await t.test('a folder, or a link out of the tree', async (t) => {
    const { dir, read } = setUp(t, [part(bytes)]);
    rmSync(join(dir, 'f0'));
    mkdirSync(join(dir, 'f0'));
    await t.rejects(read(0, 10), PartUnavailable);
    rmSync(join(dir, 'f0'), { recursive: true });
    write(join(dir, '..', 'outside'), bytes);
    symlinkSync('../outside', join(dir, 'f0'));
    await t.rejects(read(0, 10), PartUnavailable);
  });
});

t.test('a file is believed as long as it is the same, and could not change unseen', async (t) => {
  const bytes = noise(5000, 10);
  const wrong = Buffer.from(bytes).fill(0, 100, 200);
  const { dir, parts } = setUp(t, [part(bytes)]);
  const path = join(dir, 'f0');
  await parts.verify(0);
  write(path, wrong, 1.1e9);
  await t.rejects(parts.verify(0), PartUnavailable, 'changed between two readings');

  // Modified later than now: a further change need not show in the time.
  const future = Math.floor(Date.now() / 1000) + 3600;
  write(path, bytes, future);
  await parts.verify(0);
  write(path, wrong, future);
  await t.rejects(parts.verify(0), PartUnavailable, 'changed with the same time, length and inode');
});

t.test('a part is read as a whole once, and not at all if the cache knows it', async (t) => {
  const bytes = noise(5000, 8);
  const digests = new Map<string, Uint8Array>();
  let asked = 0;
  const cache: PartCache = {
    digest: (file) => (asked++, digests.get(file.rest)),
    remember: (file, _, digest) => digests.set(file.rest, digest),
  };
  const first = setUp(t, [part(bytes), data('tail')], { cache });
  await first.read(0, 10);
  await first.read(5000, 1);
  await first.read(20, 10);
  t.strictSame([asked, digests.size], [1, 1], 'asked once, remembered once');
  await t.test('what the cache says is believed', async (t) => {
    const second = setUp(t, [part(bytes)], { cache });
    digests.set(fromText(join(second.dir, 'f0')), digestOf('md5', Buffer.from('something else')));
    await t.rejects(second.read(0, 10), PartUnavailable);
  });
});

t.test('a wrong file is not read again for each request', async (t) => {
  let asked = 0;
  const cache: PartCache = { digest: () => (asked++, undefined), remember: () => {} };
  const { dir, parts } = setUp(t, [part(noise(5000, 11))], { cache });
  write(join(dir, 'f0'), noise(5000, 12));
  // A file of this very moment may change again without a trace.
  await setTimeout(100);
  await t.rejects(parts.verify(0), PartUnavailable);
  await t.rejects(parts.verify(0), PartUnavailable);
  t.equal(asked, 1);
});

t.test('parts within an image', async (t) => {
  const bytes = noise(6000, 9);
  const { dir, places, read } = setUp(t, [part(bytes)]);
  rmSync(join(dir, 'f0'));
  t.strictSame([...places.missing()], [0]);
  const old = Buffer.concat([noise(100, 1), bytes.subarray(0, 2500), noise(50, 2), bytes.subarray(2500)]);
  write(join(dir, 'old.iso'), old);
  const extents = [
    { offset: 100, length: 2500 },
    { offset: 2650, length: 3500 },
  ];
  places.add(0, { path: fromText(join(dir, 'old.iso')), extents, size: 6000, name: 'old.iso: f0' });
  t.strictSame([...places.missing()], []);
  for (const [start, length] of [
    [0, 6000],
    [2499, 2],
    [2600, 10],
    [10, 100],
  ] as const) {
    t.ok((await read(start, length)).equals(bytes.subarray(start, start + length)), `${start}+${length}`);
  }
});
