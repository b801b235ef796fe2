import { execFileSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import type { Algorithm } from '../../src/checksum/algorithm.js';
import { digestOf } from '../../src/checksum/digest.js';
import { rsum64, rsum64Bytes } from '../../src/checksum/rsum64.js';
import { JigdoError } from '../../src/errors.js';
import { encodeDesc } from '../../src/format/template.js';
import { whileLocked } from '../../src/io/lock.js';
import { SILENT } from '../../src/io/reporter.js';
import { makeImage, type MakeImageOptions, type MakeImageResult } from '../../src/rebuild/make-image.js';
import type { PartCache } from '../../src/rebuild/sources.js';
import { pathOf, type TreeFile } from '../../src/tree/types.js';
import { jigdoBeside } from '../cli/jigdo.js';
import { Log } from '../support/log.js';
import {
  data,
  entriesOf,
  imageOf,
  noise,
  oldTemplateOf,
  part,
  sectionOf,
  templateOf,
  treeFile,
  type Piece,
} from '../support/template-builder.js';

const F1 = noise(1100);
const F2 = noise(1500, 2);
const PIECES = [data('HEAD'), part(F1), data('middle'), part(F2), part(F1), data('TAIL!')];

/** A folder with a template and files, and make-image run in it. */
class Bench {
  readonly dir: string;
  readonly image: string;
  readonly tmp: string;
  readonly pieces: readonly Piece[];
  log = new Log();

  constructor(
    t: Test,
    files: Record<string, Uint8Array> = { f1: F1, f2: F2 },
    pieces: readonly Piece[] = PIECES,
    template: Uint8Array = templateOf(pieces),
  ) {
    this.dir = t.testdir();
    this.image = `${this.dir}/out.iso`;
    this.tmp = `${this.image}.tmp`;
    this.pieces = pieces;
    for (const [name, bytes] of Object.entries(files)) writeFileSync(`${this.dir}/${name}`, bytes);
    writeFileSync(`${this.dir}/x.template`, template);
  }

  files(...names: string[]): TreeFile[] {
    return names.map((name) => treeFile(`${this.dir}/${name}`));
  }

  async make(names: string[], options: Partial<MakeImageOptions> = {}): Promise<MakeImageResult> {
    this.log = new Log();
    return await makeImage({
      image: this.image,
      template: `${this.dir}/x.template`,
      files: this.files(...names),
      reporter: this.log,
      ...options,
    });
  }

  /** Whether the image is there as it should be, and the .tmp is not. */
  good(t: Test, result: MakeImageResult): void {
    t.match(result, { status: 'created', exitCode: 0, missing: [] });
    t.ok(readFileSync(this.image).equals(imageOf(this.pieces)), 'the image');
    t.notOk(existsSync(this.tmp), 'no .tmp');
  }

  /** The content that the .tmp should have. */
  expectedTmp(written: (digest: Uint8Array) => boolean, algorithm: Algorithm = 'md5'): Buffer {
    const { entries, image } = entriesOf(this.pieces, { algorithm });
    const bytes = this.pieces.map(({ kind, bytes }) =>
      kind === 'data' || written(digestOf(algorithm, bytes)) ? bytes : new Uint8Array(bytes.length),
    );
    const desc = encodeDesc(entries, [image], (i) => {
      const entry = entries[i];
      return entry.kind === 'part' && written(entry.digest);
    });
    return Buffer.concat([...bytes, desc]);
  }

  leftNothing(t: Test): void {
    t.notOk(existsSync(this.image), 'no image');
    t.notOk(existsSync(this.tmp), 'no .tmp');
  }
}

const isF2 = (digest: Uint8Array): boolean => Buffer.compare(digest, digestOf('md5', F2)) === 0;

t.test('all files there', async (t) => {
  const bench = new Bench(t);
  const result = await bench.make(['f1', 'f2']);
  bench.good(t, result);
  t.match(result, { needed: 3, found: 3 });
  t.same(bench.log.infos, [
    'Found 3 of the 3 files required by the template',
    `Successfully created \`${bench.image}'`,
  ]);
  t.same(bench.log.warnings, []);
});

t.test('every kind of template', async (t) => {
  const kinds: Record<string, [readonly Piece[], Uint8Array]> = {
    sha256: [PIECES, templateOf(PIECES, { algorithm: 'sha256' })],
    'version 1.0': [PIECES, oldTemplateOf(PIECES)],
    'fully matched': [[part(F1), part(F2)], templateOf([part(F1), part(F2)])],
    'fully matched, version 1.0': [[part(F1)], oldTemplateOf([part(F1)])],
    'nothing matched': [[data('abc')], templateOf([data('abc')])],
    'many sections': [PIECES, templateOf(PIECES, { sectionLength: 3 })],
    'an empty image': [[], templateOf([])],
    'an empty image, version 1.0': [[], oldTemplateOf([])],
    'empty files': [[part(''), part(F1), data(''), part('')], templateOf([part(''), part(F1), data(''), part('')])],
    'short block': [PIECES, templateOf(PIECES, { blockLength: 256 })],
    'block longer than the files': [PIECES, templateOf(PIECES, { blockLength: 1_000_000 })],
  };
  for (const [name, [pieces, template]] of Object.entries(kinds)) {
    t.test(name, async (t) => {
      const bench = new Bench(t, { f1: F1, f2: F2 }, pieces, template);
      bench.good(t, await bench.make(['f1', 'f2']));
    });
  }
  t.test('resumed, version 1.0', async (t) => {
    const bench = new Bench(t, { f1: F1, f2: F2 }, PIECES, oldTemplateOf(PIECES));
    t.match(await bench.make(['f2']), { status: 'incomplete' });
    bench.good(t, await bench.make(['f1']));
  });
});

t.test('some files missing, then there', async (t) => {
  const bench = new Bench(t);
  const result = await bench.make(['f2']);
  t.match(result, { status: 'incomplete', exitCode: 1, needed: 3, found: 1 });
  t.same(
    result.missing.map(({ length }) => length),
    [1100],
  );
  t.same(bench.log.infos, [
    'Found 1 of the 3 files required by the template',
    `Copied input files to temporary file \`${bench.tmp}' - repeat command and supply more files to continue`,
  ]);
  t.ok(readFileSync(bench.tmp).equals(bench.expectedTmp(isF2)), 'the .tmp');

  t.match(await bench.make([]), { status: 'incomplete', exitCode: 1, needed: 2, found: 0 });
  t.ok(readFileSync(bench.tmp).equals(bench.expectedTmp(isF2)), 'unchanged');

  const last = await bench.make(['f1', 'f2']);
  bench.good(t, last);
  t.match(last, { needed: 2, found: 2 });
  t.same(bench.log.infos[0], 'Found 2 of the 2 files required by the template');
});

t.test('no file there', async (t) => {
  const bench = new Bench(t);
  const result = await bench.make(['x.template']);
  t.match(result, { status: 'nothing', exitCode: 1, needed: 3, found: 0, missing: [{}, {}] });
  t.equal(bench.log.infos[1], 'Will not create image or temporary file - try again with different input files');
  bench.leftNothing(t);
});

t.test('existing image', async (t) => {
  const bench = new Bench(t, { f1: F1, f2: F2, 'out.iso': Buffer.from('precious') });
  await t.rejects(bench.make(['f1', 'f2']), {
    message: `Output file \`${bench.image}' already exists - delete it or use --force`,
    exitCode: 3,
  });
  await bench.make(['f2'], { force: true });
  t.equal(String(readFileSync(bench.image)), 'precious', 'stays until the new one is complete');
  bench.good(t, await bench.make(['f1'], { force: true }));
});

t.test('an image that appears meanwhile', async (t) => {
  const bench = new Bench(t);
  const reporter = new Log();
  // The first line comes between the first look and the image.
  reporter.info = (line) => {
    if (line.startsWith('Found')) writeFileSync(bench.image, 'precious');
  };
  await t.rejects(bench.make(['f1', 'f2'], { reporter }), {
    message: `Output file \`${bench.image}' already exists - delete it or use --force`,
    exitCode: 3,
  });
  t.equal(String(readFileSync(bench.image)), 'precious', 'stays');
  t.ok(readFileSync(bench.tmp).equals(bench.expectedTmp(() => true)), 'the .tmp, too');

  bench.good(t, await bench.make([], { force: true, reporter }));
  unlinkSync(bench.image);
  bench.good(t, await bench.make(['f1', 'f2']));
});

t.test('foreign .tmp', async (t) => {
  const other = new Bench(t, { f1: F1, f2: F2 });
  await other.make(['f2']);
  const ours = readFileSync(other.tmp);
  const { entries, image } = entriesOf(PIECES);
  const desc = (stretches: typeof entries, whole: typeof image): Buffer =>
    Buffer.concat([ours.subarray(0, 3715), encodeDesc(stretches, [whole])]);
  const merged = [entries[0], entries[1], { kind: 'data', length: 1506 } as const, ...entries.slice(4)];
  const [early, late] = entries.flatMap(({ kind }, i) => (kind === 'data' ? [i] : []));
  const moved = entries.map((entry, i) =>
    i === early || i === late ? { ...entry, length: entry.length + (i === early ? 1 : -1) } : entry,
  );
  const digest = new Uint8Array(16);
  const reasons: Record<string, [string, Buffer]> = {
    empty: ['it was not created by jigdo-file, or is corrupted.', Buffer.alloc(0)],
    text: ['it was not created by jigdo-file, or is corrupted.', Buffer.from('hello '.repeat(100))],
    cut: ['it was not created by jigdo-file, or is corrupted.', ours.subarray(0, 3800)],
    digest: ['it corresponds to a different image/template.', desc(entries, { ...image, digest })],
    length: ['it corresponds to a different image/template.', Buffer.concat([Buffer.of(0), ours])],
    entries: ['since its creation, the template was regenerated.', desc(merged, image)],
    moved: ['since its creation, the template was regenerated.', desc(moved, image)],
    part: [
      'since its creation, the template was regenerated.',
      desc(
        entries.map((entry) => (entry.kind === 'part' ? { ...entry, digest } : entry)),
        image,
      ),
    ],
  };
  for (const [name, [reason, bytes]] of Object.entries(reasons)) {
    t.test(name, async (t) => {
      const bench = new Bench(t);
      writeFileSync(bench.tmp, bytes);
      const line = `Will not reuse existing temporary file \`${bench.tmp}' - ${reason}`;
      await t.rejects(bench.make(['f1', 'f2']), {
        message: `${line} Delete/rename the file or use --force`,
        exitCode: 3,
      });
      t.ok(readFileSync(bench.tmp).equals(bytes), 'untouched');
      bench.good(t, await bench.make(['f1', 'f2'], { force: true }));
      t.equal(bench.log.infos[0], line);
    });
  }
});

t.test('an image that another run has made meanwhile is not made once more', async (t) => {
  const bench = new Bench(t);
  const files = async (): Promise<TreeFile[]> => {
    bench.good(t, await bench.make(['f1', 'f2']));
    return bench.files('f1', 'f2');
  };
  await t.rejects(bench.make([], { files }), { message: /already exists/, exitCode: 3 });
  t.notOk(existsSync(bench.tmp), 'nothing is left of a second one');
  bench.good(t, await bench.make(['f1', 'f2'], { force: true }));
});

t.test('two runs do not write to one .tmp', async (t) => {
  const bench = new Bench(t);
  symlinkSync(bench.dir, `${bench.dir}/link`);
  const [first, second] = await Promise.allSettled([
    bench.make(['f1']),
    bench.make(['f2'], { image: `${bench.dir}/link/out.iso` }),
  ]);
  t.match(first, { value: { exitCode: 1 } });
  const [path, lock] = ['out.iso', '.out.iso.lock'].map((name) => `\`${bench.dir}/link/${name}'`);
  const message = `${path} is in use: another run is at work on it, and holds ${lock}`;
  t.match(second, { reason: { message, exitCode: 3 } });

  const args = ['make-image', '--image', 'out.iso', '--template', 'x.template', 'f2'];
  const refused = await whileLocked(`${bench.dir}/out.iso`, SILENT, () => jigdoBeside(bench.dir, args));
  t.equal(refused.code, 3);
  t.equal(
    refused.stderr,
    "jigdo make-image: `out.iso' is in use: another run is at work on it, and holds `.out.iso.lock'\n",
  );
  t.equal((await jigdoBeside(bench.dir, args)).code, 0, 'one after the other');
  t.same(readdirSync(bench.dir).sort(), ['f1', 'f2', 'link', 'out.iso', 'x.template'], 'nothing is left of the lock');
});

t.test('something else in the place of the .tmp', async (t) => {
  const bench = new Bench(t);
  mkdirSync(bench.tmp);
  await t.rejects(bench.make(['f1', 'f2'], { force: true }), {
    message: `\`${bench.tmp}' is in the way: it is not a regular file - move it away`,
  });
});

t.test('a .tmp of ours whose creation was cut off is made anew', async (t) => {
  const bench = new Bench(t);
  writeFileSync(bench.tmp, Buffer.concat([Buffer.alloc(3715), Buffer.from('jigdo: being created\n')]));
  bench.good(t, await bench.make(['f1', 'f2']));
});

t.test('files that only look right', async (t) => {
  const impostor = Buffer.from(F1);
  impostor[1099] ^= 1;
  t.test('instead of the right one', async (t) => {
    const bench = new Bench(t, { impostor, f2: F2 });
    const result = await bench.make(['impostor', 'f2']);
    t.match(result, { status: 'incomplete', exitCode: 1, needed: 3, found: 1 });
    t.same(bench.log.warnings, []);
    t.ok(readFileSync(bench.tmp).equals(bench.expectedTmp(isF2)), 'zeros in its place');
  });
  t.test('before the right one', async (t) => {
    const bench = new Bench(t, { impostor, f1: F1, f2: F2 });
    bench.good(t, await bench.make(['impostor', 'f2', 'f1']));
  });
  t.test('before the right one, without checks while copying', async (t) => {
    const bench = new Bench(t, { impostor, f1: F1, f2: F2 });
    bench.good(t, await bench.make(['impostor', 'f2', 'f1'], { checkFiles: false }));
  });
  t.test('alone', async (t) => {
    const bench = new Bench(t, { impostor });
    t.match(await bench.make(['impostor']), { status: 'nothing', exitCode: 1 });
    bench.leftNothing(t);
  });
  t.test('both needed', async (t) => {
    const pieces = [part(impostor), part(F1), data('x')];
    const bench = new Bench(t, { impostor, f1: F1 }, pieces);
    bench.good(t, await bench.make(['f1', 'impostor']));
  });
});

t.test('wrong head sums', async (t) => {
  const sums = (wrongSum: (right: Uint8Array, i: number) => Uint8Array): Uint8Array => templateOf(PIECES, { wrongSum });
  const zeros = sums(() => new Uint8Array(8));
  t.test('of all parts', async (t) => {
    const bench = new Bench(t, { f1: F1, f2: F2 }, PIECES, zeros);
    for (const checkFiles of [true, false]) {
      bench.good(t, await bench.make(['f1', 'f2'], { checkFiles }));
      const warning = `${bench.dir}/x.template: the head sums (rsum64) of 2 files are wrong - they were found by their checksums`;
      t.same(bench.log.warnings, [warning]);
      unlinkSync(bench.image);
    }
    t.match(await bench.make(['f2']), { status: 'incomplete', exitCode: 1, found: 1 });
    bench.good(t, await bench.make(['f1']));
  });
  t.test('a file that is another than it seems', async (t) => {
    const [a, b] = [noise(2000, 7), noise(2000, 8)];
    const pieces = [part(a), data('x'), part(b)];
    const headOfA = rsum64Bytes(rsum64(a, 0, 1024));
    const wrongSum = (_: Uint8Array, i: number): Uint8Array => (i === 0 ? noise(8) : headOfA);
    const bench = new Bench(t, { a, b }, pieces, templateOf(pieces, { wrongSum }));
    bench.good(t, await bench.make(['a', 'b']));
    unlinkSync(bench.image);
    t.match(await bench.make(['a']), { status: 'incomplete', exitCode: 1, missing: [{ digest: digestOf('md5', b) }] });
  });
  t.test('to a stream', async (t) => {
    const bench = new Bench(t, { f1: F1, f2: F2 }, PIECES, zeros);
    const chunks: Buffer[] = [];
    const output = new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(Buffer.from(chunk));
        done();
      },
    });
    t.match(await bench.make(['f1', 'f2'], { image: '-', output }), { status: 'created' });
    t.ok(Buffer.concat(chunks).equals(imageOf(PIECES)));
  });
});

/** A cache that says what the test wants. */
class FakeCache implements PartCache {
  readonly asked: string[] = [];
  readonly remembered: string[] = [];
  readonly #known: (path: string) => Uint8Array | undefined;

  constructor(known: (path: string) => Uint8Array | undefined) {
    this.#known = known;
  }

  digest(file: TreeFile): Uint8Array | undefined {
    this.asked.push(pathOf(file));
    return this.#known(pathOf(file));
  }

  remember(file: TreeFile, algorithm: Algorithm, digest: Uint8Array): void {
    this.remembered.push(`${pathOf(file)} ${algorithm} ${Buffer.from(digest).toString('hex')}`);
  }
}

t.test('cache', async (t) => {
  const md5 = (bytes: Uint8Array): string => Buffer.from(digestOf('md5', bytes)).toString('hex');
  t.test('learns', async (t) => {
    const bench = new Bench(t);
    const cache = new FakeCache(() => undefined);
    bench.good(t, await bench.make(['f1', 'f2', 'x.template'], { cache }));
    const lines = [
      `${bench.dir}/f1 md5 ${md5(F1)}`,
      `${bench.dir}/f2 md5 ${md5(F2)}`,
      `${bench.dir}/f1 md5 ${md5(F1)}`,
    ];
    t.same(cache.remembered.toSorted(), lines.toSorted());
    t.same(cache.asked, [`${bench.dir}/f1`, `${bench.dir}/f2`], 'only about lengths that are wanted');
  });
  t.test('knows', async (t) => {
    const impostor = Buffer.from(F1);
    impostor[1099] ^= 1;
    const bench = new Bench(t, { impostor, f1: F1, f2: F2 });
    const cache = new FakeCache((path) => digestOf('md5', readFileSync(path)));
    bench.good(t, await bench.make(['impostor', 'f2', 'f1'], { cache }));
  });
  t.test('lies: the file is bad', async (t) => {
    const bench = new Bench(t, { f1: noise(1100, 7), f2: F2 });
    const cache = new FakeCache((path) => digestOf('md5', path.endsWith('f1') ? F1 : F2));
    const result = await bench.make(['f1', 'f2'], { cache });
    t.match(result, { status: 'incomplete', exitCode: 2, needed: 3, found: 1 });
    t.same(bench.log.warnings, [`Error: \`${bench.dir}/f1' does not match checksum in template data`]);
    t.ok(readFileSync(bench.tmp).equals(bench.expectedTmp(isF2)), 'zeros in its place');
  });
  t.test('lies, but another file is right', async (t) => {
    const bench = new Bench(t, { bad: noise(1100, 7), f1: F1, f2: F2 });
    const cache = new FakeCache((path) => (path.endsWith('bad') ? digestOf('md5', F1) : undefined));
    bench.good(t, await bench.make(['bad', 'f1', 'f2'], { cache }));
  });
  t.test('lies, without checks: the image is looked at', async (t) => {
    const bench = new Bench(t, { f1: noise(1100, 7), f2: F2 });
    const cache = new FakeCache((path) => digestOf('md5', path.endsWith('f1') ? F1 : F2));
    const result = await bench.make(['f1', 'f2'], { cache, checkFiles: false });
    t.match(result, { status: 'incomplete', exitCode: 1, missing: [{ length: 1100 }] });
  });
});

t.test('sources that fail', async (t) => {
  const bench = new Bench(t, { f1: F1, f2: F2, gone: F1 });
  const files = bench.files('gone', 'f1', 'f2');
  unlinkSync(`${bench.dir}/gone`);
  bench.good(t, await bench.make([], { files }));
  t.same(bench.log.warnings, [`Could not open \`${bench.dir}/gone' for input: No such file or directory - excluded`]);

  const shrunk = new Bench(t, { f1: F1, f2: F2 });
  const known = new FakeCache((path) => digestOf('md5', path.endsWith('f1') ? F1 : F2));
  const before = shrunk.files('f1', 'f2');
  writeFileSync(`${shrunk.dir}/f1`, F1.subarray(0, 1000));
  t.match(await shrunk.make([], { files: before, cache: known }), { status: 'incomplete', exitCode: 2 });
  t.same(shrunk.log.warnings, [`Error reading from \`${shrunk.dir}/f1' (file is too short)`]);
});

t.test('damaged template', async (t) => {
  const whole = templateOf(PIECES);
  const flipped = Buffer.from(whole);
  flipped[135] ^= 0x40;
  const bench = new Bench(t, { f1: F1, f2: F2 }, PIECES, flipped);
  await t.rejects(bench.make(['f1', 'f2']), { message: /x\.template: byte 114: damaged DATA section/, exitCode: 3 });
  bench.leftNothing(t);

  await bench.make(['f2'], { template: write(bench, 'good.template', whole) });
  const tmp = readFileSync(bench.tmp);
  bench.good(t, await bench.make(['f1']));
  t.equal(tmp.length, 3715 + 157, 'a .tmp does not need the data again');

  const { entries, image } = entriesOf(PIECES);
  const written = encodeDesc(entries, [image], () => true);
  const header = whole.subarray(0, whole.length - written.length);
  await t.rejects(
    bench.make([], { force: true, template: write(bench, 'w.template', Buffer.concat([header, written])) }),
    {
      message: /w\.template: files are marked as written/,
    },
  );
  await t.rejects(bench.make([], { force: true, template: write(bench, 'n.template', whole.subarray(1)) }), {
    message: /`.*n\.template' is not a template file/,
  });
  await t.rejects(bench.make([], { force: true, template: `${bench.dir}/none` }), {
    message: `Could not open \`${bench.dir}/none' for input: No such file or directory`,
  });
});

function write(bench: Bench, name: string, bytes: Uint8Array): string {
  writeFileSync(`${bench.dir}/${name}`, bytes);
  return `${bench.dir}/${name}`;
}

t.test('the image is not what the template says', async (t) => {
  const { entries, image } = entriesOf(PIECES);
  const wrong = { ...image, digest: new Uint8Array(16) };
  const head = templateOf(PIECES).subarray(0, -157);
  const bench = new Bench(t, { f1: F1, f2: F2 }, PIECES, Buffer.concat([head, encodeDesc(entries, [wrong])]));
  const refusal = {
    message:
      'Error: the MD5 of the image is not that of the template, though all files are right - ' +
      `\`${bench.dir}/x.template' is damaged; the image is kept as \`${bench.tmp}'`,
    exitCode: 2,
  };
  await t.rejects(bench.make(['f1', 'f2']), refusal);
  t.notOk(existsSync(bench.image));
  t.ok(readFileSync(bench.tmp).subarray(0, 3715).equals(imageOf(PIECES)));
  await t.rejects(bench.make([]), refusal);
});

t.test('a .tmp that was damaged meanwhile is mended', async (t) => {
  const bench = new Bench(t);
  await bench.make(['f2']);
  const tmp = readFileSync(bench.tmp);
  tmp[1] ^= 1;
  tmp[1200] ^= 1;
  writeFileSync(bench.tmp, tmp);
  t.match(await bench.make(['f1']), { status: 'incomplete', exitCode: 1, missing: [{ length: 1500 }] });
  t.same(bench.log.warnings, [`\`${bench.tmp}' was damaged at 2 places - mending them`]);
  bench.good(t, await bench.make(['f2']));
});

t.test('interrupted', async (t) => {
  const pieces = [data('HEAD'), part(F1), data(noise(5000, 3)), part(F2), part(F1), data('TAIL!')];
  t.test('while it is created', async (t) => {
    const bench = new Bench(t, { f1: F1, f2: F2 }, pieces);
    const controller = new AbortController();
    const reporter = new Log((what, done) => {
      if (what === 'writing image' && done > 1000) controller.abort();
    });
    await t.rejects(bench.make(['f1', 'f2'], { reporter, signal: controller.signal }), {
      name: 'AbortError',
    });
    t.same(reporter.warnings, [`\`${bench.tmp}' holds what was copied - repeat the command to continue`]);
    t.notOk(existsSync(bench.image));
    t.match(await bench.make([]), { status: 'incomplete', needed: 2 });
    bench.good(t, await bench.make(['f1', 'f2']));
  });
  t.test('while it is resumed', async (t) => {
    const bench = new Bench(t, { f1: F1, f2: F2 }, pieces);
    await bench.make(['f2']);
    const controller = new AbortController();
    const reporter = new Log((_, done) => {
      if (done > 1000) controller.abort();
    });
    await t.rejects(bench.make(['f1'], { reporter, signal: controller.signal }), {
      name: 'AbortError',
    });
    t.match(await bench.make([]), { status: 'incomplete', needed: 1 }, 'the first occurrence is there');
    bench.good(t, await bench.make(['f1']));
  });
  t.test('at once', async (t) => {
    const bench = new Bench(t, { f1: F1, f2: F2 }, pieces);
    await t.rejects(bench.make(['f1'], { signal: AbortSignal.abort() }), { name: 'AbortError' });
    bench.leftNothing(t);
  });
});

/** Keeps what is written to it, slowly. */
class Collector extends Writable {
  bytes = Buffer.alloc(0);

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    setTimeout(done, 1);
  }
}

t.test('to a stream', async (t) => {
  const bench = new Bench(t);
  let output = new Collector();
  t.match(await bench.make(['f1', 'f2'], { image: '-', output }), { status: 'created', exitCode: 0 });
  t.ok(output.bytes.equals(imageOf(PIECES)));
  t.equal(bench.log.infos.at(-1), "Successfully created `-'");
  bench.leftNothing(t);

  output = new Collector();
  await t.rejects(bench.make(['f2'], { image: '-', output }), {
    message: 'Cannot create image because of missing files',
    exitCode: 3,
  });
  t.equal(output.bytes.length, 0, 'nothing is written');

  const cache = new FakeCache((path) => digestOf('md5', path.endsWith('f1') ? F1 : F2));
  writeFileSync(`${bench.dir}/f1`, noise(1100, 9));
  await t.rejects(bench.make(['f1', 'f2'], { image: '-', output: new Collector(), cache }), {
    message: `Error: \`${bench.dir}/f1' does not match checksum in template data`,
    exitCode: 2,
  });
  await t.rejects(bench.make(['f1', 'f2'], { image: '-', output: new Collector(), cache, checkFiles: false }), {
    message: 'Error: the MD5 of the image is not that of the template',
    exitCode: 2,
  });
  writeFileSync(`${bench.dir}/f1`, F1);
  const full = createWriteStream('/dev/full');
  await t.rejects(bench.make(['f1', 'f2'], { image: '-', output: full }), {
    message: 'Error writing to standard output: No space left on device',
  });
});

t.test('images as sources', async (t) => {
  const bench = new Bench(t, { f1: F1, f2: F2, other: noise(3000, 5) });
  execFileSync('tar', ['-C', bench.dir, '-cf', `${bench.dir}/old.tar`, 'other', 'f1', 'f2']);
  bench.good(t, await bench.make(['x.template', 'old.tar']));
  unlinkSync(bench.image);
  bench.good(t, await bench.make(['old.tar', 'f1']));
  unlinkSync(bench.image);
  const result = await bench.make(['old.tar'], { checkFiles: false });
  bench.good(t, result);
});

t.test('large: the image is digested by a worker', async (t) => {
  const big = noise(8_000_000, 3);
  const impostor = Buffer.from(big);
  impostor[7_999_999] ^= 1;
  const pieces = [data(noise(1_000_000, 4)), part(big), data(Buffer.alloc(1_000_000)), part(F1), part(big)];
  const bench = new Bench(t, { big, impostor, f1: F1 }, pieces);
  bench.good(t, await bench.make(['impostor', 'f1', 'big']));
  unlinkSync(bench.image);
  t.match(await bench.make(['impostor', 'f1']), { status: 'incomplete', missing: [{ length: 8_000_000 }] });
  bench.good(t, await bench.make(['big']));
});

t.test('a section larger than what the image needs', async (t) => {
  const pieces = [data('abc'), part(F1)];
  const template = templateOf(pieces);
  const bigger = Buffer.concat([
    template.subarray(0, 114),
    sectionOf(Buffer.from('abc and more')),
    template.subarray(114 + sectionOf(Buffer.from('abc')).length),
  ]);
  const bench = new Bench(t, { f1: F1 }, pieces, bigger);
  bench.good(t, await bench.make(['f1']));
});

t.test('no damage of a template gives a wrong image, or anything but one line', async (t) => {
  const whole = templateOf(PIECES);
  const bench = new Bench(t);
  const outcomes: Record<string, number> = { created: 0, incomplete: 0, nothing: 0, refused: 0 };
  const attempt = async (damaged: Uint8Array): Promise<void> => {
    writeFileSync(`${bench.dir}/x.template`, damaged);
    let outcome: string;
    try {
      outcome = (await bench.make(['f1', 'f2'])).status;
    } catch (error) {
      if (!(error instanceof JigdoError) || error.message.includes('\n')) throw error;
      outcome = 'refused';
    }
    outcomes[outcome]++;
    if (outcome === 'created' && !readFileSync(bench.image).equals(imageOf(PIECES))) t.fail('a wrong image');
    if (outcome !== 'created' && existsSync(bench.image)) t.fail('an image in spite of an error');
    for (const path of [bench.image, bench.tmp]) if (existsSync(path)) unlinkSync(path);
  };
  for (let length = 0; length < whole.length; length += 3) await attempt(whole.subarray(0, length));
  t.same(outcomes, { created: 0, incomplete: 0, nothing: 0, refused: Math.ceil(whole.length / 3) });
  for (let bit = 0; bit < whole.length * 8; bit += 11) {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    await attempt(damaged);
  }
  // Each damages one thing: there is always a file that is found.
  const { nothing, ...others } = outcomes;
  t.equal(nothing, 0);
  t.ok(
    Object.values(others).every((count) => count > 0),
    JSON.stringify(outcomes),
  );
});
