// No part gets into a template whose bytes are not those of the image, whatever those say who chose it.
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText } from '../../src/format/bytes.js';
import { MemoryReader } from '../../src/io/reader.js';
import { openCompressor } from '../../src/make/compress.js';
import type { Match } from '../../src/make/cover.js';
import { PartProof, type HashedPlace } from '../../src/make/part-proof.js';
import { TemplateSink } from '../../src/make/template-sink.js';
import { TreeIndexBuilder } from '../../src/make/tree-index.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { Random } from '../support/random-trees.js';

const random = new Random(1);
const zeros = Buffer.alloc(1000);
const noise = random.bytes(3000);
const image = Buffer.concat([random.bytes(500), noise, Buffer.alloc(3500), random.bytes(500), noise]);
const files = [zeros, noise];
const part = (file: number, start: number): Match => ({ file, start, end: start + files[file].length });
const right = [part(1, 500), part(0, 3500), part(0, 4500), part(0, 5600), part(1, 7500)];

/** Writes a template of these parts, of which so many places are known to be hashed. */
async function write(parts: readonly Match[], hashed: readonly HashedPlace[]): Promise<Buffer> {
  const reader = new MemoryReader(image, 'the image');
  const builder = new TreeIndexBuilder({ count: 2, pathsLength: 2, minLength: 256, algorithm: 'md5' });
  const head = { length: 256, lo: 0, hi: 0, period: 0, run: 0, prefix: new Uint8Array() };
  files.forEach((bytes, i) =>
    builder.add(
      { prefix: fromText(''), rest: 'zn'[i], size: bytes.length, mtimeNs: 0n, ctimeNs: 0n, ino: 0n },
      head,
      digestOf('md5', bytes),
    ),
  );
  await using compressor = openCompressor('gzip', 1);
  const proof = new PartProof(reader, 'md5');
  const pieces: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => void pieces.push(bytes) };
  const template = new TemplateSink(sink, reader, builder.index(), compressor, 'test', proof);
  for (const place of hashed) proof.hashed(place);
  await template.decided(parts, image.length);
  await template.finish(digestOf('md5', image));
  return Buffer.concat(pieces);
}

const places = (file: number, ...starts: number[]): HashedPlace[] =>
  starts.map((start) => ({ start, length: files[file].length, digest: digestOf('md5', files[file]) }));

/** With nothing hashed before, with some, and with all. */
const hashings = [[], places(0, 3700), [...places(0, 3500, 4500, 5600), ...places(1, 500, 7500)]];

t.test('right parts', async (t) => {
  for (const hashed of hashings) {
    const { entries } = openTemplate(new MemoryReader(await write(right, hashed)));
    t.strictSame(
      entries.map(({ kind, length }) => [kind, length]),
      [
        ['data', 500],
        ['part', 3000],
        ['part', 1000],
        ['part', 1000],
        ['data', 100],
        ['part', 1000],
        ['data', 900],
        ['part', 3000],
      ],
    );
  }
});

t.test('wrong ones', async (t) => {
  const refused = async (t: Test, wrong: Match, index: number): Promise<void> => {
    for (const hashed of hashings) {
      const { file, start } = wrong;
      await t.rejects(write(right.with(index, wrong), hashed), {
        name: 'JigdoError',
        message: new RegExp(
          `the image: the template would say that \`${'zn'[file]}' lies at byte ${start}, which is not so`,
        ),
        exitCode: 3,
      });
    }
  };
  await refused(t, part(1, 501), 0);
  await refused(t, part(0, 499), 0);
  await refused(t, part(0, 6001), 3);
  await refused(t, part(1, 4500), 2);
  await refused(t, part(0, 8000), 4);
});

t.test('the last of a row, and parts that overlap', async (t) => {
  const row = (count: number): Match[] => Array.from({ length: count }, (_, i) => part(0, 3500 + 1000 * i));
  for (const hashed of hashings) {
    await write(row(3), hashed);
    await t.rejects(write(row(4), hashed), /`z' lies at byte 6500, which is not so/);
    // The template has no overlaps: the second would begin where the first ends.
    await t.rejects(write([part(1, 500), part(1, 600)], hashed), /`n' lies at byte 3500, which is not so/);
  }
});
