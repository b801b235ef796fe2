// What inspect says of files made by the project's own generators: never wrong sums, never a crash.
import t, { type Test } from 'tap';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64, toHex } from '../../src/format/bytes.js';
import { encodeDesc } from '../../src/format/template.js';
import { identify } from '../../src/inspect/identify.js';
import { inspect, type InspectOptions } from '../../src/inspect/inspect.js';
import { inspectionJson } from '../../src/inspect/json.js';
import { MemoryReader } from '../../src/io/reader.js';
import { SILENT } from '../../src/io/reporter.js';
import { CREATION_MARK } from '../../src/rebuild/tmp-state.js';
import { descriptor, directory, record, SECTOR, terminator } from '../support/iso-builder.js';
import {
  data,
  entriesOf,
  imageOf,
  noise,
  part,
  templateOf,
  treeFile,
  type Piece,
} from '../support/template-builder.js';

interface Json {
  readonly kind: string;
  readonly jigdo: {
    readonly servers: object[];
    readonly comments: { text: string }[];
    readonly entries?: object[];
  } | null;
  readonly images: readonly {
    readonly name: string;
    readonly length: number;
    readonly template: { readonly asJigdoSays?: boolean; readonly packed: number } | null;
    readonly layout: { readonly kinds: string[]; readonly files: number } | null;
    readonly totals: Record<string, { readonly places: number; readonly length: number }>;
    readonly left: readonly { readonly what: string; readonly cause: string; readonly length: number }[];
    readonly stretches: readonly {
      readonly kind: string;
      readonly offset: number;
      readonly length: number;
      readonly md5?: string;
      readonly uris?: string[];
      readonly path?: string;
      readonly what?: string;
    }[];
  }[];
}

async function inspected(file: string, options: Partial<InspectOptions> = {}): Promise<Json> {
  const inspection = await inspect({ file: fromText(file), reporter: SILENT, ...options });
  return JSON.parse([...inspectionJson(inspection)].join('\n')) as Json;
}

/** An ISO9660 image whose first file is a part, and the others are not. */
function isoPieces(): Piece[] {
  const files = ['PART.BIN', 'LEFT.BIN', 'SHORT.TXT'].map((name, i) => ({
    record: record({ name: `${name};1`, block: 19 + 2 * i, length: i < 2 ? 4000 : 100 }),
    bytes: noise(i < 2 ? 4000 : 100, i + 1),
  }));
  const head = Buffer.concat([
    Buffer.alloc(16 * SECTOR),
    descriptor({ root: 18, blocks: 25 }),
    terminator(),
    directory(
      18,
      files.map((file) => file.record),
    ),
  ]);
  const padding = Buffer.alloc(96);
  return [
    data(head),
    part(files[0].bytes),
    data(Buffer.concat([padding, files[1].bytes, padding, files[2].bytes, Buffer.alloc(1948 + SECTOR)])),
  ];
}

/** A release in the test's folder: cd.iso, cd.template, cd.jigdo. */
function release(t: Test, pieces = isoPieces()): string {
  const template = templateOf(pieces);
  const md5 = toBase64(digestOf('md5', pieces[1].bytes));
  const jigdo = [
    '# a comment',
    '[Jigdo]',
    'Version=1.1',
    'Generator=test/1',
    '[Image]',
    'Filename=cd.iso',
    'Template=http://example.org/cd.template',
    `Template-MD5Sum=${toBase64(digestOf('md5', template))}`,
    'ShortInfo=A test',
    '[Parts]',
    `${md5}=Acme:pool/part.bin`,
    '[Servers]',
    'Acme=http://one.example.org/',
    'Acme=http://two.example.org/',
    'Idle=http://idle.example.org/',
    '',
  ];
  return t.testdir({
    'cd.iso': imageOf(pieces),
    'cd.template': template,
    'cd.jigdo': jigdo.join('\n'),
    'packed.jigdo': gzipSync(jigdo.join('\n')),
  });
}

t.test('a template alone names the files that it holds', async (t) => {
  const folder = t.testdir({ 'alone.template': templateOf(isoPieces()) });
  const { kind, jigdo, images } = await inspected(join(folder, 'alone.template'));
  t.equal(kind, 'template');
  t.equal(jigdo, null);
  const [{ layout, left, totals, length, stretches }] = images;
  t.match(layout, { kinds: ['iso9660'], files: 3 });
  t.match(
    left.filter(({ cause }) => cause === 'unmatched' || cause === 'short'),
    [
      { what: 'LEFT.BIN', length: 4000 },
      { what: 'SHORT.TXT', cause: 'short', length: 100 },
    ],
  );
  t.match(totals, { part: { places: 1, length: 4000 }, file: { places: 2, length: 4100 }, missing: { places: 0 } });
  t.strictSame(
    stretches.map(({ kind, path, what }) => path ?? what ?? kind),
    ['padding', 'volume descriptors', 'directory', 'part', 'padding', 'LEFT.BIN', 'padding', 'SHORT.TXT', 'padding'],
  );
  t.equal(
    stretches.reduce((sum, { length }) => sum + length, 0),
    length,
  );
});

t.test('each file of a release says the same of the image', async (t) => {
  const folder = release(t);
  const expected = (await inspected(join(folder, 'cd.jigdo'))).images[0];
  t.match(expected, { name: 'cd.iso', template: { asJigdoSays: true }, section: { shortInfo: 'A test' } });
  for (const [file, kind] of [
    ['cd.template', 'template'],
    ['cd.iso', 'image'],
    ['packed.jigdo', 'jigdo'],
  ]) {
    const found = await inspected(join(folder, file));
    t.equal(found.kind, kind);
    t.strictSame(found.images[0], expected, file);
  }
  const part = expected.stretches.find(({ kind }) => kind === 'part');
  t.match(part, {
    md5: toHex(digestOf('md5', isoPieces()[1].bytes)),
    uris: ['http://one.example.org/pool/part.bin', 'http://two.example.org/pool/part.bin'],
  });
});

t.test('what a .jigdo says', async (t) => {
  const folder = release(t);
  const { jigdo } = await inspected(join(folder, 'cd.jigdo'));
  t.match(jigdo, {
    generator: 'test/1',
    parts: 1,
    servers: [
      { label: 'Acme', urls: ['http://one.example.org/', 'http://two.example.org/'], parts: 1 },
      { label: 'Idle', parts: 0 },
    ],
    comments: [{ line: 1, text: '# a comment' }],
    entries: [{ target: 'Acme:pool/part.bin' }],
  });
});

t.test('thousands of servers of each part are not all listed, and the list says so', async (t) => {
  const piece = part(noise(2000, 1));
  const digest = toBase64(digestOf('md5', piece.bytes));
  const servers = Array.from({ length: 3000 }, (_, i) => `A=http://m${i}/\n`).join('');
  const image = '[Image]\nFilename=a.iso\nTemplate=a.template\n';
  const dir = t.testdir({
    'a.template': templateOf([piece, piece]),
    'a.jigdo': `${image}[Parts]\n${digest}=A:x\n${digest}=B:x\n[Servers]\n${servers}`,
  });
  const { jigdo, images } = await inspected(join(dir, 'a.jigdo'));
  const uris = Array.from({ length: 100 }, (_, i) => `http://m${i}/x`);
  t.same(
    images[0].stretches.map(({ uris }) => uris),
    [uris, uris],
  );
  t.match(images[0].stretches, [{ moreUris: true }, { moreUris: true }]);
  t.match(jigdo?.entries, [{ uris, moreUris: true }, { uris: ['B:x'] }]);
  t.notMatch(jigdo?.entries?.[1], { moreUris: true });
});

t.test('images that share a template', async (t) => {
  const dir = t.testdir({
    'a.template': templateOf([part(noise(2000, 1))]),
    'a.jigdo': ['a', 'b'].map((name) => `[Image]\nFilename=${name}\nTemplate=a.template\n`).join(''),
  });
  const inspection = await inspect({ file: fromText(join(dir, 'a.jigdo')), reporter: SILENT });
  t.match(inspection.images, [{ name: 'a' }, { name: 'b' }]);
  t.equal(inspection.images[0].contents, inspection.images[1].contents, 'which is read once');
});

t.test('a template that is not the one of the .jigdo', async (t) => {
  const folder = release(t);
  writeFileSync(join(folder, 'cd.template'), templateOf([...isoPieces(), data('more')]));
  t.equal((await inspected(join(folder, 'cd.jigdo'))).images[0].template?.asJigdoSays, false);
});

t.test('an image without a template, of a known kind or of none', async (t) => {
  const folder = t.testdir({ 'cd.iso': imageOf(isoPieces()), odd: noise(5000), empty: '' });
  const iso = (await inspected(join(folder, 'cd.iso'))).images[0];
  t.match(iso.totals, { file: { places: 3, length: 8100 }, part: { places: 0 } });
  const odd = (await inspected(join(folder, 'odd'))).images[0];
  t.strictSame([odd.layout, odd.stretches], [null, [{ kind: 'padding', offset: 0, length: 5000 }]]);
  t.strictSame((await inspected(join(folder, 'empty'))).images[0].stretches, []);
});

t.test('a tree tells why', async (t) => {
  const folder = release(t);
  writeFileSync(join(folder, 'LEFT.BIN'), noise(4001));
  const file = { ...treeFile(join(folder, 'LEFT.BIN')), prefix: 'tree/', rest: 'LEFT.BIN' };
  const { images } = await inspected(join(folder, 'cd.template'), { files: [file] });
  t.match(
    images[0].left.find(({ what }) => what === 'LEFT.BIN'),
    { cause: 'changed', reason: 'differs from tree/LEFT.BIN, which has 4001 bytes' },
  );
});

t.test('a .tmp: what is there, and what is missing', async (t) => {
  const pieces = [...isoPieces(), part(noise(3000, 9)), part(noise(2000, 8))];
  const { entries, image } = entriesOf(pieces);
  const tmp = (name: string, isWritten: (i: number) => boolean): string => {
    const folder = t.testdir({ [name]: Buffer.concat([imageOf(pieces), encodeDesc(entries, [image], isWritten)]) });
    return join(folder, name);
  };
  const { kind, images } = await inspected(tmp('cd.iso.tmp', (i) => i === 1));
  t.equal(kind, 'tmp');
  t.match(images[0].totals, { part: { places: 1, length: 4000 }, missing: { places: 2, length: 5000 } });
  t.equal(images[0].layout?.files, 3);
  const folder = t.testdir({ 'begun.tmp': Buffer.concat([noise(500), CREATION_MARK]) });
  t.match(await inspected(join(folder, 'begun.tmp')), { kind: 'begun', images: [] });
});

t.test('the content tells what a file is, the name only what it should have been', async (t) => {
  const kind = (bytes: Uint8Array | string, name = 'x'): string =>
    identify(new MemoryReader(Buffer.from(bytes as string), name));
  t.equal(kind(templateOf([data('abc')]), 'x.iso'), 'template');
  t.equal(kind('[Jigdo]\nVersion=1.0\n', 'x.iso'), 'jigdo');
  t.equal(kind(gzipSync('# first\r\n [ Parts ]\n')), 'jigdo');
  t.equal(kind(gzipSync(noise(100_000))), 'image', 'gzip of something else');
  t.equal(kind('[Jigdo]\0'), 'image');
  t.equal(kind(''), 'image');
  for (const extension of ['jigdo', 'template', 'tmp']) {
    t.throws(() => kind(noise(4000), `x.${extension}`), {
      name: 'JigdoError',
      message: `x.${extension}: this is no .${extension} file, or it is damaged`,
    });
  }
});

t.test('whatever a template says, the stretches cover the image', async (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'random.template');
  const iso = imageOf(isoPieces());
  /** The ISO cut anywhere into data and parts: its directories may be in parts, too. */
  const cuts = fc.array(fc.nat(iso.length), { maxLength: 8 }).map((positions): Piece[] => {
    const at = [0, ...positions.sort((a, b) => a - b), iso.length];
    return at.slice(1).map((end, i) => (i % 2 === 0 ? data : part)(iso.subarray(at[i], end)));
  });
  await fc.assert(
    fc.asyncProperty(cuts, async (pieces) => {
      writeFileSync(path, templateOf(pieces, { sectionLength: 5000 }));
      const [{ stretches, left, length, totals }] = (await inspected(path)).images;
      let position = 0;
      for (const stretch of stretches) {
        if (stretch.offset !== position || stretch.length <= 0) return false;
        position += stretch.length;
      }
      const unmatched = left.reduce((sum, { length }) => sum + length, 0);
      return position === iso.length && length === iso.length && unmatched + totals.part.length === iso.length;
    }),
    { numRuns: 60 },
  );
});

t.test('damage is one line, and never anything else', async (t) => {
  const folder = release(t);
  const path = join(folder, 'damaged.template');
  const template = readFileSync(join(folder, 'cd.template'));
  writeFileSync(join(folder, 'damaged.jigdo'), '[Jigdo]\nVersion=3.0\n');
  await t.rejects(inspected(join(folder, 'damaged.jigdo')), { name: 'JigdoError', exitCode: 3 });
  writeFileSync(join(folder, 'damaged.jigdo'), gzipSync(readFileSync(join(folder, 'cd.jigdo'))).subarray(0, -30));
  await t.rejects(inspected(join(folder, 'damaged.jigdo')), { name: 'JigdoError', exitCode: 3 });
  await fc.assert(
    fc.asyncProperty(fc.nat(template.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const bytes = Buffer.from(template);
      bytes[at] ^= change;
      writeFileSync(path, bytes);
      try {
        const [{ stretches, length }] = (await inspected(path, { jigdo: fromText(join(folder, 'cd.jigdo')) })).images;
        return stretches.reduce((sum, stretch) => sum + stretch.length, 0) === length;
      } catch (error) {
        return (error as Error).name === 'JigdoError' && !(error as Error).message.includes('\n');
      }
    }),
    { numRuns: 200 },
  );
});
