import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fromText } from '../../src/format/bytes.js';
import type { ImageFile } from '../../src/image/types.js';
import type * as headStartModule from '../../src/checksum/stream/until-worker.js';
import { ALIVE, WORD_COUNT } from '../../src/checksum/stream/protocol.js';
import type * as openModule from '../../src/make/open-image.js';
import type * as passModule from '../../src/make/image-pass.js';
import type * as readerModule from '../../src/io/reader.js';
import { rangesAmong } from '../../src/checksum/stream/ranged-md5.js';
import { RangeDigests } from '../../src/checksum/stream/ranges.js';
import { fileStretches } from '../../src/make/file-stretches.js';
import { Random } from '../support/random-trees.js';

// The compiled modules: workers that load TypeScript take a second each to start.
const compiled = async <M>(path: string): Promise<M> =>
  (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as M;
const { ImagePass } = await compiled<typeof passModule>('make/image-pass.js');
const { openEarly, openImage } = await compiled<typeof openModule>('make/open-image.js');
const { takeHeadStart } = await compiled<typeof headStartModule>('checksum/stream/until-worker.js');
const { FileReader } = await compiled<typeof readerModule>('io/reader.js');

const file = (...extents: (readonly [offset: number, length: number])[]): ImageFile => ({
  path: fromText('f'),
  size: 0,
  extents: extents.map(([offset, length]) => ({ offset, length })),
});
const layout = (files: ImageFile[]): Parameters<typeof fileStretches>[0] => ({
  kinds: ['iso9660'],
  files,
  areas: [],
  packed: new Map(),
  problems: [],
});

t.test('files in one piece, at a multiple of 64, that overlap no other are ranges', async (t) => {
  const files = [
    file([0, 100]),
    file([64, 10]),
    file([128, 64]),
    file([200, 9]),
    file([256, 64], [512, 64]),
    file([320, 2 ** 40]),
  ];
  const { offsets, lengths } = rangesAmong(fileStretches(layout(files)));
  t.strictSame([...offsets], [0, 128, 320]);
  t.strictSame([...lengths], [100, 64, 2 ** 40]);
});

t.test('digests come one after the other, or not at all', async (t) => {
  const ranges = { offsets: Float64Array.of(0, 64, 128, 192), lengths: Float64Array.of(64, 64, 60, 1) };
  const digests = new RangeDigests(ranges);
  const early = digests.of(0, 64);
  const second = digests.of(64, 64);
  t.equal(digests.of(64, 63), undefined, 'no such range');
  digests.begin(1);
  t.equal(await early, undefined, 'too early');
  t.equal(digests.of(0, 64), undefined);
  const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
  digests.add([a, b]);
  t.equal(await second, a);
  t.equal(digests.of(128, 60), b);
  const [once, again] = [digests.of(192, 1), digests.of(192, 1)];
  digests.end();
  t.strictSame(await Promise.all([once, again]), [undefined, undefined]);
  t.equal(digests.of(192, 1), undefined);
});

t.test('the pass digests the image, and what its layout says', async (t) => {
  const image = Buffer.from(new Random(3).bytes(17 << 20));
  const path = join(t.testdir({}), 'image');
  writeFileSync(path, image);
  const places = Array.from({ length: 17 }, (_, i) => [(i << 20) + 64 * i, 1000 + 40_000 * i] as const);
  const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
  using reader = new FileReader(fromText(path));
  for (const algorithm of ['md5', 'sha256'] as const) {
    await using pass = new ImagePass(reader, algorithm);
    pass.watch(layout(places.map((place) => file(place))));
    pass.allow(0);
    const digests = await Promise.all(places.map(async ([offset, length]) => pass.digestOf(offset, length)));
    const expected = places.map(([offset, length]) => md5(image.subarray(offset, offset + length)));
    const found = digests.map((digest) => digest && Buffer.from(digest).toString('hex'));
    t.strictSame(found, algorithm === 'md5' ? expected : places.map(() => undefined));
    const digest = Buffer.from(await pass.value()).toString('hex');
    t.equal(digest, createHash(algorithm).update(image).digest('hex'));
  }
});

t.test('a head start ends when the worker lives, and with the last whole read before the end', async (t) => {
  const path = join(t.testdir({}), 'image');
  writeFileSync(path, new Random(5).bytes((1 << 20) + 100));
  using reader = new FileReader(fromText(path));
  const words = new BigInt64Array(new SharedArrayBuffer(8 * WORD_COUNT));
  t.equal(takeHeadStart(reader.fd, reader.size, words).position, 1 << 20);
  t.equal(takeHeadStart(reader.fd, 5 << 20, words).position, 1 << 20, 'shorter than it should be');
  words[ALIVE] = 1n;
  t.equal(takeHeadStart(reader.fd, reader.size, words).position, 0);
});

t.test('an image that was opened early is taken, if it is the one that is wanted', async (t) => {
  const bytes = new Random(4).bytes(17 << 20);
  const folder = t.testdir({});
  const [path, other] = ['image', 'other'].map((name) => fromText(join(folder, name)));
  for (const name of [path, other]) writeFileSync(name, bytes);
  const wanted = [
    [path, 'md5'],
    [path, 'sha256'],
    [other, 'md5'],
  ] as const;
  for (const [name, algorithm] of wanted) {
    openEarly(path);
    await using open = await openImage(name, algorithm);
    t.equal(open.image.name, name);
    t.equal(open.pass.done > 0, name === path && algorithm === 'md5', 'a head start');
    t.strictSame(Buffer.from(await open.pass.value()), createHash(algorithm).update(bytes).digest());
  }
  openEarly(fromText(join(folder, 'missing')));
  await t.rejects(openImage(fromText(join(folder, 'missing')), 'md5'), { message: /Could not open/ });
});
