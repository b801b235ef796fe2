import { createHash } from 'node:crypto';
import t from 'tap';
import { JigdoError } from '../../src/errors.js';
import { encodeDesc, encodeHeader, encodeSectionHeader } from '../../src/format/template.js';
import { MemoryReader } from '../../src/io/reader.js';
import { openTemplate, type Template } from '../../src/rebuild/template-file.js';
import { UnmatchedData } from '../../src/rebuild/unmatched.js';
import {
  data,
  entriesOf,
  imageOf,
  noise,
  oldTemplateOf,
  part,
  sectionOf,
  templateOf,
} from '../support/template-builder.js';

/** 250,000 bytes `abcdefghij...`, bzip2 -1: three blocks. */
const THREE_BLOCKS = Buffer.from(
  'QlpoMTFBWSZTWR7YY7UAE4cBAD/wIABwQAwClUMJnFQVHlUFR6qCo+VBUYVBUZVBUaVBUbVBUfqgqOKgqOmKCskymst9hr3AAThwCAH/gQADggBgFKoYTOKgq' +
    'PFQVHtUFR8qCowqCoyqCo0qCo2qCo/VBUcVBUdMUFZJlNZ7Ip//AATiwEAP/AgAGoKVCaGBSqGCblIVGKQqMZpCo0UKjBQqMlCo0UKjZQqPyhUcKFR0XckU' +
    '4UJBIil5YA==',
  'base64',
);
const THREE_BLOCKS_TEXT = Buffer.from('abcdefghij'.repeat(25000));

const open = (bytes: Uint8Array): Template => openTemplate(new MemoryReader(bytes, 'x.template'));

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** The bytes `from` to `from + length` of a template's unmatched data. */
async function* templateData(template: Template, from: number, length: number): AsyncGenerator<Uint8Array> {
  const data = new UnmatchedData(template);
  try {
    yield* data.read(from, length);
  } finally {
    await data.close();
  }
}

const bzip = (packed: Uint8Array, length: number): Buffer =>
  Buffer.concat([encodeSectionHeader('BZIP', packed.length, length), packed]);

/** A template of nothing but `length` bytes of unmatched data, with these sections. */
function unmatchedTemplate(length: number, sections: readonly Uint8Array[]): Buffer {
  const image = { kind: 'image', algorithm: 'md5', length, digest: new Uint8Array(16), blockLength: 1024 } as const;
  return Buffer.concat([encodeHeader('md5', 'test/1'), ...sections, encodeDesc([{ kind: 'data', length }], [image])]);
}

t.test('opens every version', async (t) => {
  const pieces = [data('HEAD'), part(noise(1100)), data('TAIL')];
  const { entries, image } = entriesOf(pieces);
  const template = open(templateOf(pieces));
  t.match(template.header, { version: '1.2', creator: 'test/1', length: 114 });
  t.same(template.entries, entries);
  t.same(template.images, [image]);
  t.match(template.sections, [{ kind: 'DATA', offset: 114, dataOffset: 0, uncompressedLength: 8 }]);
  t.equal(template.name, 'x.template');

  const sha = open(templateOf(pieces, { algorithm: 'sha256' }));
  t.match(sha, { header: { version: '2.0' }, images: [{ algorithm: 'sha256' }] });
  const old = open(oldTemplateOf(pieces));
  t.match(old, { header: { version: '1.0' }, images: [{ blockLength: 0 }], entries: [{}, { length: 1100 }, {}] });
  t.equal(String(await gather(templateData(old, 0, 8))), 'HEADTAIL');
  const unknown = templateOf(pieces);
  unknown.write('9.9', 24);
  t.match(open(unknown).header, { version: '9.9' });
});

t.test('header damage and .tmp files: entries only', async (t) => {
  const bytes = templateOf([data('abc')]);
  bytes[0]++;
  const template = open(bytes);
  t.equal(template.header, undefined);
  t.equal(template.entries.length, 1);
  t.throws(() => template.sections, new JigdoError("`x.template' is not a template file"));
});

t.test('sections of both kinds, empty ones, surplus and junk', async (t) => {
  const noisy = noise(300_000);
  const length = 250_000 + 300_000 + 5;
  const template = open(
    unmatchedTemplate(length, [
      sectionOf(Buffer.alloc(0)),
      bzip(THREE_BLOCKS, 250_000),
      bzip(Buffer.from('QlpoMRdyRThQkAAAAAA=', 'base64'), 0),
      sectionOf(noisy),
      sectionOf(Buffer.from('hello, surplus')),
      Buffer.from('junk that is no section'),
    ]),
  );
  t.equal(template.sections.length, 3, 'those that are empty or not needed are left out');
  const all = Buffer.concat([THREE_BLOCKS_TEXT, noisy, Buffer.from('hello')]);
  t.ok((await gather(templateData(template, 0, length))).equals(all));
  for (const [from, count] of [
    [0, 0],
    [0, 1],
    [123_456, 1000],
    [249_999, 2],
    [250_000, 300_000],
    [549_999, 6],
    [length, 0],
  ]) {
    t.ok((await gather(templateData(template, from, count))).equals(all.subarray(from, from + count)), `${from}`);
  }
  const cursor = new UnmatchedData(template);
  for (const [from, count] of [
    [10, 20],
    [30, 240_000],
    [240_100, 300_000],
    [0, 10],
    [550_000, 5],
    [549_000, 1],
  ]) {
    t.ok((await gather(cursor.read(from, count))).equals(all.subarray(from, from + count)), `cursor at ${from}`);
  }
  await cursor.close();
  await t.rejects(gather(templateData(template, length + 9, 1)), /unmatched data ends/);
});

t.test('damage is told with name and place', async (t) => {
  const rejects = async (bytes: Uint8Array, length: number, message: string): Promise<void> => {
    await t.rejects(async () => gather(templateData(open(bytes), 0, length)), { name: 'JigdoError', message });
  };
  const section = sectionOf(noise(1000));
  const damaged = Buffer.from(section);
  damaged[500] ^= 1;
  await rejects(
    unmatchedTemplate(1000, [damaged]),
    1000,
    'x.template: byte 114: damaged DATA section: incorrect data check',
  );
  const wrongStart = Buffer.from(section);
  wrongStart[16] = 0;
  await rejects(
    unmatchedTemplate(1000, [sectionOf(Buffer.from('abc')), wrongStart]),
    1000,
    'x.template: byte 141: damaged DATA section: incorrect header check',
  );
  const announced = (length: number): Buffer => {
    const bytes = Buffer.from(section);
    bytes.writeUIntLE(length, 10, 6);
    return bytes;
  };
  await rejects(
    unmatchedTemplate(999, [announced(999)]),
    999,
    'x.template: byte 114: damaged DATA section: more data than announced',
  );
  await rejects(
    unmatchedTemplate(1001, [announced(1001)]),
    1001,
    'x.template: byte 114: damaged DATA section: only 1000 of 1001 announced bytes',
  );
  const cut = Buffer.concat([encodeSectionHeader('DATA', 400, 1000), section.subarray(16, 416)]);
  await rejects(
    unmatchedTemplate(1000, [cut]),
    1000,
    'x.template: byte 114: damaged DATA section: unexpected end of file',
  );
  await rejects(unmatchedTemplate(1000, []), 1000, 'x.template: byte 114: unmatched data ends after 0 of 1000 bytes');
  await rejects(
    unmatchedTemplate(1000, [encodeSectionHeader('DATA', 2 ** 40, 1000)]),
    1000,
    'x.template: byte 118: the section runs into the DESC section',
  );
  const blocks = Buffer.from(THREE_BLOCKS);
  blocks[60] ^= 1;
  await rejects(
    unmatchedTemplate(250_000, [bzip(blocks, 250_000)]),
    250_000,
    'x.template: byte 114: damaged BZIP section: Data error',
  );
  await rejects(
    unmatchedTemplate(250_000, [bzip(THREE_BLOCKS.subarray(0, 100), 250_000)]),
    250_000,
    'x.template: byte 114: damaged BZIP section: unexpected end of the bzip2 stream',
  );
  await rejects(
    unmatchedTemplate(249_999, [bzip(THREE_BLOCKS, 249_999)]),
    249_999,
    'x.template: byte 114: damaged BZIP section: more data than announced',
  );
  const wrongSum = Buffer.from(THREE_BLOCKS);
  wrongSum[THREE_BLOCKS.length - 2] ^= 1;
  await rejects(
    unmatchedTemplate(250_000, [bzip(wrongSum, 250_000)]),
    250_000,
    'x.template: byte 114: damaged BZIP section: wrong CRC of the bzip2 stream',
  );
  t.throws(() => open(Buffer.alloc(0)), { message: 'x.template: it is empty' });
});

t.test('bombs are bounded by what they announce', async (t) => {
  // 128 MiB of zeros, announced as 1000 bytes.
  const small = sectionOf(Buffer.alloc(128 * 1024 * 1024));
  small.writeUIntLE(1000, 10, 6);
  const before = process.memoryUsage().rss;
  await t.rejects(gather(templateData(open(unmatchedTemplate(1000, [small])), 0, 1000)), /more data than announced/);
  t.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024, 'memory');
  // Three bytes, announced as 200 TiB.
  const huge = sectionOf(Buffer.from('abc'));
  huge.writeUIntLE(200 * 2 ** 40, 10, 6);
  const template = open(unmatchedTemplate(200 * 2 ** 40, [huge]));
  await t.rejects(gather(templateData(template, 0, 10)), /only 3 of \d+ announced bytes/);
  await t.rejects(gather(templateData(template, 2 ** 47, 10)), /only 3 of \d+ announced bytes/);
});

t.test('a large section is unpacked piece by piece', async (t) => {
  const length = 64 * 1024 * 1024;
  const template = open(unmatchedTemplate(length, [sectionOf(Buffer.alloc(length))]));
  const hash = createHash('md5');
  let longest = 0;
  for await (const piece of templateData(template, 0, length)) {
    longest = Math.max(longest, piece.length);
    hash.update(piece);
  }
  t.equal(hash.digest('hex'), '7f614da9329cd3aebf59b91aadc30bf0');
  t.ok(longest <= 256 * 1024, `pieces of ${longest} bytes`);
});

t.test('any damage of a small template is refused or harmless', async (t) => {
  const pieces = [data('HEAD'), part(noise(1100)), data('middle'), part(noise(1500, 2)), data('TAIL!')];
  const whole = templateOf(pieces);
  const wanted = imageOf(pieces.filter(({ kind }) => kind === 'data'));
  const attempt = async (bytes: Uint8Array): Promise<string> => {
    try {
      const template = open(bytes);
      const length = template.entries.reduce((sum, { kind, length }) => sum + (kind === 'data' ? length : 0), 0);
      const got = await gather(templateData(template, 0, length));
      return got.equals(wanted) ? 'same' : 'other';
    } catch (error) {
      if (!(error instanceof JigdoError) || error.message.includes('\n')) throw error;
      return 'refused';
    }
  };
  for (let length = 0; length < whole.length; length++) {
    if ((await attempt(whole.subarray(0, length))) !== 'refused') t.fail(`cut to ${length} bytes`);
  }
  const outcomes = { same: 0, other: 0, refused: 0 } as Record<string, number>;
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    outcomes[await attempt(damaged)]++;
  }
  t.equal(outcomes.other, 0, 'never other data');
  t.ok(outcomes.refused > 800, `${outcomes.refused} refused`);
});
