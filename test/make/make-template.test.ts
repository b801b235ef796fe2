import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import {
  appendFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { NO_CACHE } from '../../src/cache/types.js';
import { rsum64 } from '../../src/checksum/rsum64.js';
import { fromText } from '../../src/format/bytes.js';
import { MemoryReader } from '../../src/io/reader.js';
import { SILENT } from '../../src/io/reporter.js';
import { makeTemplate, type MakeTemplateOptions, type MakeTemplateResult } from '../../src/make/make-template.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import type { TreeFile } from '../../src/tree/types.js';
import { walkTree } from '../../src/tree/walk.js';
import { Random } from '../support/random-trees.js';

/** Makes `image` and a tree of `files` in a folder of the test's own. */
function prepare(t: Test, image: Buffer, files: Record<string, Buffer>): string {
  return t.testdir({ image, tree: files });
}

async function make(dir: string, options: Partial<MakeTemplateOptions> = {}): Promise<MakeTemplateResult> {
  return makeTemplate({
    image: fromText(join(dir, 'image')),
    jigdo: fromText(join(dir, 'o.jigdo')),
    template: fromText(join(dir, 'o.template')),
    files: await walkTree([fromText(`${join(dir, 'tree')}//`)], { reporter: SILENT }),
    minLength: 256,
    cache: NO_CACHE,
    reporter: SILENT,
    ...options,
  });
}

const outputs = (dir: string): string[] => readdirSync(dir).filter((name) => !['image', 'tree'].includes(name));

t.test('more tiles than fit the arguments of a call', async (t) => {
  const dir = prepare(t, Buffer.alloc(0), { zeros: Buffer.alloc(256) });
  truncateSync(join(dir, 'image'), 40 << 20);
  const result = await make(dir, { level: 1 });
  t.equal(result.parts, (40 << 20) / 256);
  t.equal(result.unmatched, 0);
});

t.test('a signal that outlives many runs keeps nothing of them', async (t) => {
  const content = new Random(2).bytes(50_000);
  const dir = prepare(t, content, { f: content.subarray(1000, 20_000) });
  const { signal } = new AbortController();
  for (let i = 0; i < 12; i++) await make(dir, { signal, force: true });
  const failing = (): never => {
    throw new Error('no');
  };
  await t.rejects(make(dir, { signal, force: true, onMatch: failing }), { message: 'no' });
  t.strictSame(getEventListeners(signal, 'abort'), []);
});

t.test('an image that changes meanwhile', async (t) => {
  const content = new Random(1).bytes(50_000);
  const dir = prepare(t, content, { f: content.subarray(1000, 20_000) });
  const image = join(dir, 'image');
  const changing = (change: () => void): Promise<MakeTemplateResult> =>
    make(dir, {
      onMatch: change,
    });
  await t.rejects(
    changing(() => truncateSync(image, 30_000)),
    { message: /became shorter|changed while it was read/, exitCode: 3 },
  );
  t.strictSame(outputs(dir), []);
  writeFileSync(image, content);
  await t.rejects(
    changing(() => writeFileSync(image, Buffer.from(content).fill(1, 40_000))),
    { message: /image: the image changed while it was read/ },
  );
  t.strictSame(outputs(dir), []);
});

t.test('an image that changes while the tree is listed', async (t) => {
  const content = new Random(1).bytes(50_000);
  for (const check of [false, true]) {
    const dir = prepare(t, content, { f: content.subarray(1000, 20_000) });
    // Else both times may be of one tick of the clock.
    utimesSync(join(dir, 'image'), 1000, 1000);
    const listed = async (): Promise<TreeFile[]> => {
      writeFileSync(join(dir, 'image'), Buffer.from(content).fill(1, 40_000, 40_010));
      return walkTree([fromText(`${join(dir, 'tree')}//`)], { reporter: SILENT });
    };
    await t.rejects(make(dir, { files: listed, check }), { message: check ? /change/ : /image changed/ });
    t.strictSame(outputs(dir), []);
  }
});

t.test('an image whose time of modification tells nothing', async (t) => {
  const content = new Random(1).bytes(50_000);
  const changed = Buffer.from(content).fill(1, 40_000);
  const rewrite = (path: string, bytes: Buffer): void => {
    const { atime, mtime } = statSync(path);
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
  };
  for (const [what, change, message] of [
    ['is written to', (i: string) => rewrite(i, changed), /image: the image changed while it was read/],
    [
      'is replaced by another one',
      (i: string) => {
        writeFileSync(`${i}.new`, changed);
        renameSync(`${i}.new`, i);
      },
      /image: the image changed while it was read/,
    ],
    ['is written to with what it was', (i: string) => rewrite(i, content), undefined],
    ['gets another name', (i: string) => linkSync(i, `${dirname(i)}/tree/name`), undefined],
    ['loses its name', (i: string) => unlinkSync(i), undefined],
  ] as const) {
    const dir = prepare(t, content, { f: content.subarray(1000, 20_000) });
    utimesSync(join(dir, 'image'), 1000, 1000);
    const made = make(dir, { onMatch: () => change(join(dir, 'image')) });
    if (message === undefined) t.equal((await made).parts, 1, what);
    else await t.rejects(made, { message, exitCode: 3 }, what);
    t.equal(outputs(dir).length, message === undefined ? 2 : 0, what);
  }
});

t.test('a file of the tree that changes meanwhile', async (t) => {
  const content = new Random(1).bytes(50_000);
  const other = new Random(2).bytes(19_000);
  for (const [what, change, message] of [
    ['is replaced', (f: string) => writeFileSync(f, other), /`.*\/tree\/f' changed while the template was made/],
    ['is gone', (f: string) => unlinkSync(f), /`.*\/tree\/f' changed while the template was made/],
    ['becomes longer', (f: string) => appendFileSync(f, 'x'), /`.*\/tree\/f' changed while the template was made/],
    [
      'is replaced and looks as before',
      (f: string) => {
        const { atime, mtime } = statSync(f);
        writeFileSync(f, other);
        utimesSync(f, atime, mtime);
      },
      /`.*\/tree\/f' changed while the template was made/,
    ],
    ['is touched', (f: string) => utimesSync(f, 1, 1), undefined],
    [
      'is replaced by its like',
      (f: string) => {
        unlinkSync(f);
        writeFileSync(f, content.subarray(1000, 20_000));
      },
      undefined,
    ],
  ] as const) {
    for (const check of [false, true]) {
      const dir = prepare(t, content, { f: content.subarray(1000, 20_000) });
      const made = make(dir, { onMatch: () => change(join(dir, 'tree/f')), check });
      const label = `${what}${check ? ', with a check' : ''}`;
      if (message === undefined) t.equal((await made).parts, 1, label);
      else await t.rejects(made, { message, exitCode: 2 }, label);
      t.equal(outputs(dir).length, message === undefined ? 2 : 0, label);
    }
  }
});

t.test('heads with the same rolling sum, one of which repeats itself', async (t) => {
  const repeated = Buffer.alloc(4000, 'AB');
  const swapped = Buffer.concat([Buffer.alloc(4000, 'AB'), new Random(2).bytes(1000)]);
  // The sum is linear: a swap at one place and the opposite one at another leave both halves as they were.
  swapped.write('BA', 100);
  swapped.write('AB', 201);
  t.strictSame(rsum64(swapped, 0, 256), rsum64(repeated, 0, 256));
  const dir = prepare(t, Buffer.concat([new Random(3).bytes(777), swapped]), { a: repeated, b: swapped });
  const result = await make(dir);
  t.equal(result.matched, swapped.length);
});

t.test('if one output cannot be put in place, neither is', async (t) => {
  const content = new Random(4).bytes(5000);
  const dir = prepare(t, content, { f: content.subarray(0, 3000) });
  const jigdo = join(dir, 'o.jigdo');
  await t.rejects(make(dir, { onMatch: () => writeFileSync(jigdo, 'somebody else') }), { message: /already exists/ });
  t.strictSame(outputs(dir), ['o.jigdo']);
  t.equal(readFileSync(jigdo, 'utf8'), 'somebody else');
});

t.test('an image that is a device without an end, or a pipe', async (t) => {
  const dir = prepare(t, Buffer.alloc(10_000), { f: Buffer.alloc(5000, 'f') });
  await t.rejects(make(dir, { image: '/dev/zero' }), { message: /`\/dev\/zero' for input: Is a character device$/ });
  t.strictSame(outputs(dir), []);
});

t.test('outputs that would destroy something', async (t) => {
  const content = new Random(5).bytes(5000);
  const dir = prepare(t, content, { f: content.subarray(0, 3000) });
  const image = fromText(join(dir, 'image'));
  await t.rejects(make(dir, { template: image, force: true }), { message: /is the image/ });
  const both = fromText(join(dir, 'both'));
  await t.rejects(make(dir, { template: both, jigdo: both, force: true }), {
    message: /both the .jigdo and the template/,
  });
  await t.rejects(make(dir, { template: '/dev/null', force: true }), { message: /not a regular file/ });
  t.ok(existsSync('/dev/null'));
  t.equal(
    createHash('md5')
      .update(readFileSync(join(dir, 'image')))
      .digest('hex'),
    createHash('md5').update(content).digest('hex'),
  );

  writeFileSync(join(dir, 'real'), 'old');
  symlinkSync('real', join(dir, 'o.template'));
  await make(dir, { force: true });
  const template = openTemplate(new MemoryReader(readFileSync(join(dir, 'real'))));
  t.equal(template.images[0].length, content.length, 'the file behind the link is replaced');
});

t.test('every compression gives a template from which the image can be rebuilt', async (t) => {
  // Text, which compresses, of several sections with the smallest pieces.
  const words = Array.from({ length: 60_000 }, (_, i) => `word ${(i * i) % 65521} `).join('');
  const dir = prepare(t, Buffer.from(words), { part: Buffer.from(words.slice(3000, 9000)) });
  const lengths = new Map<string, number>();
  for (const compression of ['gzip', 'bzip2', 'zopfli'] as const) {
    const result = await make(dir, { compression, level: compression === 'bzip2' ? 1 : 9, check: true, force: true });
    t.ok(result.checked, compression);
    t.equal(result.unmatched, words.length - 6000);
    lengths.set(compression, result.template.length);
  }
  t.ok((lengths.get('zopfli') ?? Infinity) < (lengths.get('gzip') ?? 0), 'Zopfli is worth while');
});
