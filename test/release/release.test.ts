// A release from configuration to outputs: what is made, what is made again and why, what fails.
import t, { type Test } from 'tap';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openCache } from '../../src/cache/open.js';
import { NO_CACHE, type Cache } from '../../src/cache/types.js';
import type { JigdoError } from '../../src/errors.js';
import { FormatError } from '../../src/format/errors.js';
import { makeTemplate } from '../../src/make/make-template.js';
import { readConfig } from '../../src/release/config.js';
import { release, type ReleaseResult, type ReleaseRun } from '../../src/release/release.js';
import { walkTree } from '../../src/tree/walk.js';
import { noise } from '../cli/jigdo.js';
import { Log } from '../support/log.js';
import { oracle } from '../support/oracle.js';

const [A, B, C] = [noise(30_000, 1), noise(20_000, 2), noise(10_000, 3)];
const CONFIG = {
  images: ['iso/*.iso'],
  trees: [{ path: 'tree', label: 'L', servers: ['http://a/', 'http://b/'] }],
  output: 'out',
};

/** Two images and a tree, of which one file is in neither. */
function prepare(t: Test, config: object = CONFIG): string {
  return t.testdir({
    'jigdo.json': JSON.stringify(config),
    iso: {
      'one.iso': Buffer.concat([noise(3000, 7), A, B]),
      'two.iso': Buffer.concat([noise(3000, 8), B, noise(100, 9)]),
    },
    tree: { a: A, sub: { b: B }, other: C, 'too-short': 'x' },
  });
}

async function run(cwd: string, more: Partial<ReleaseRun> = {}, log = new Log()): Promise<ReleaseResult> {
  const config = readConfig(join(cwd, 'jigdo.json'));
  return release({ config, cache: NO_CACHE, jobs: 1, reporter: log, ...more });
}

/** What became of each image, and why, in one line each. */
function told({ images }: ReleaseResult): string[] {
  return images.map(({ image, status, reasons }) => [image.name, status, ...reasons].join(': '));
}

const CURRENT = ['one.iso: current', 'two.iso: current'];

function change(cwd: string, changes: object): void {
  const path = join(cwd, 'jigdo.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...changes }));
}

t.test('an error of the program is not one of an image; any other tells its place', async (t) => {
  const failing = (error: Error): Cache =>
    new Proxy(NO_CACHE, {
      get: () => {
        throw error;
      },
    });
  const cwd = prepare(t);
  await t.rejects(run(cwd, { cache: failing(new TypeError('a bug')) }), { name: 'TypeError', message: 'a bug' });
  const { images } = await run(cwd, { cache: failing(new FormatError('byte 7', 'Too long')) });
  t.strictSame(new Set(images.flatMap(({ reasons }) => reasons)), new Set(['byte 7: Too long']));
});

t.test('the outputs are those of make-template, and the lists are right', async (t) => {
  for (const options of [
    {},
    { checksum: 'sha256', compression: 'gzip', level: 4, 'min-length': 15_000, exclude: ['a'] },
  ]) {
    const cwd = prepare(t, { ...CONFIG, options });
    const result = await run(cwd);
    t.equal(result.exitCode, 0);
    t.strictSame(readdirSync(join(cwd, 'out')).sort(), [
      'MD5SUMS', 'SHA256SUMS', 'one.jigdo', 'one.template', 'two.jigdo', 'two.template',
    ]); // prettier-ignore
    for (const name of ['one', 'two']) {
      const [jigdo, template] = [`${cwd}/${name}.jigdo`, `${cwd}/${name}.template`];
      const { exclude, checksum, compression, level } = { exclude: [], checksum: 'md5', ...options } as never as {
        exclude: string[]; checksum: 'md5'; compression: 'gzip'; level: number;
      }; // prettier-ignore
      await makeTemplate({
        image: `${cwd}/iso/${name}.iso`,
        jigdo,
        template,
        files: await walkTree([`${cwd}/tree//`], { exclude, reporter: new Log() }),
        labels: new Map([[`${cwd}/tree/`, 'L']]),
        uris: new Map([['L', ['http://a/', 'http://b/']]]),
        algorithm: checksum,
        compression,
        level,
        minLength: 'min-length' in options ? options['min-length'] : undefined,
        cache: NO_CACHE,
        reporter: new Log(),
      });
      for (const path of [jigdo, template]) {
        t.ok(readFileSync(path).equals(readFileSync(path.replace(cwd, `${cwd}/out`))), path);
      }
    }
    for (const name of ['one.iso', 'two.iso'])
      writeFileSync(join(cwd, 'out', name), readFileSync(join(cwd, 'iso', name)));
    for (const [program, list] of [
      ['sha256sum', 'SHA256SUMS'],
      ['md5sum', 'MD5SUMS'],
    ]) {
      const { status, stdout } = spawnSync(program, ['-c', '--strict', list], {
        cwd: join(cwd, 'out'),
        encoding: 'utf8',
      });
      t.equal(status, 0);
      t.equal(stdout.match(/: OK\n/g)?.length, 6);
    }
  }
});

t.test('only what has changed is made again', async (t) => {
  const cwd = prepare(t);
  const cache = await openCache(`${cwd}/cache.db`, { reporter: new Log(), now: () => Date.now() + 10_000 });
  t.teardown(() => cache.close());
  const again = async (more: Partial<ReleaseRun> = {}): Promise<string[]> => told(await run(cwd, { cache, ...more }));
  const touch = (path: string): void => utimesSync(join(cwd, path), new Date(), new Date(Date.now() + 100_000));
  t.strictSame(await again(), ['one.iso: made: no earlier run made it', 'two.iso: made: no earlier run made it']);
  const before = statSync(join(cwd, 'out/SHA256SUMS')).ino;
  t.strictSame(await again(), CURRENT);
  t.equal(statSync(join(cwd, 'out/SHA256SUMS')).ino, before, 'the list is not written again');

  for (const path of ['iso/one.iso', 'tree/a', 'tree/other', 'out/one.jigdo', 'out/one.template']) touch(path);
  t.strictSame(await again(), CURRENT, 'time alone is no change');
  writeFileSync(join(cwd, 'tree/too-short'), 'y');
  t.strictSame(await again(), CURRENT, 'a file too short to be a part is no change');

  const one = readFileSync(join(cwd, 'iso/one.iso'));
  one[0] ^= 1;
  writeFileSync(join(cwd, 'iso/one.iso'), one);
  t.strictSame(await again(), ['one.iso: made: the image has changed', 'two.iso: current']);
  writeFileSync(join(cwd, 'out/two.jigdo'), 'hand-made');
  t.match(await again(), ['one.iso: current', /^two.iso: made: .*out\/two.jigdo is missing or has changed$/]);
  rmSync(join(cwd, 'out/two.template'));
  t.match(await again(), ['one.iso: current', /^two.iso: made: .*out\/two.template is missing/]);
  const both = (reason: string): string[] => [`one.iso: made: ${reason}`, `two.iso: made: ${reason}`];
  writeFileSync(join(cwd, 'tree/new'), noise(5000, 4));
  t.strictSame(await again(), both('files of the trees have changed'));
  writeFileSync(join(cwd, 'tree/a'), noise(30_000, 5));
  t.strictSame(await again(), both('files of the trees have changed'), 'the same size');
  change(cwd, { options: { level: 3 } });
  t.strictSame(await again(), both('level 9 -> 3'));
  change(cwd, { trees: [{ ...CONFIG.trees[0], servers: ['http://c/'] }] });
  t.strictSame(await again(), both('labels or servers have changed'));
  t.match(readFileSync(join(cwd, 'out/one.jigdo'), 'utf8'), 'L=http://c/');
  change(cwd, { trees: [{ ...CONFIG.trees[0], label: 'M' }] });
  t.strictSame(await again(), both('labels or servers have changed'));
  change(cwd, { options: { level: 3, check: false } });
  t.strictSame(await again(), CURRENT, 'what was checked is not worse for that');
  t.strictSame(await again({ force: true }), both('--force'));
  change(cwd, { options: { level: 3 } });
  t.strictSame(await again(), both('it was not checked'));
  const record = join(cwd, '.jigdo-release/one.iso.json');
  const good = readFileSync(record, 'utf8');
  const cut = good.replace(/("md5": "[0-9a-f]{31})[0-9a-f]/g, '$1');
  const other = good.replaceAll('"md5"', '"crc32"');
  for (const bad of ['{', '{"version": 2}', '{"version": 1}', '[]', '', cut, other]) {
    writeFileSync(record, bad);
    t.strictSame(await again(), ['one.iso: made: no earlier run made it', 'two.iso: current'], `record ${bad}`);
  }
  t.strictSame(await again(), CURRENT);
});

t.test('a tree too large to be read is known by size, time and inode', async (t) => {
  const cwd = prepare(t);
  writeFileSync(join(cwd, 'tree/huge'), noise(200_000, 6));
  await run(cwd);
  t.strictSame(told(await run(cwd)), CURRENT);
  utimesSync(join(cwd, 'tree/huge'), 1, 1);
  t.match(told(await run(cwd)), [/^one.iso: made: files of the trees/, /^two.iso: made: files of the trees/]);
});

t.test('a list that is wanted later is written without making anything again', async (t) => {
  const cwd = prepare(t, { ...CONFIG, sums: [] });
  await run(cwd);
  t.notOk(existsSync(join(cwd, 'out/SHA256SUMS')));
  change(cwd, { sums: ['sha256'] });
  t.strictSame(told(await run(cwd)), CURRENT);
  const { status } = spawnSync('sha256sum', ['-c', '--quiet', '--ignore-missing', 'SHA256SUMS'], {
    cwd: join(cwd, 'out'),
  });
  t.equal(status, 0);
});

t.test('an image that fails does not keep the others from being made', async (t) => {
  const cwd = prepare(t);
  await run(cwd);
  // A folder where the template is to be.
  for (const name of ['one.template', 'one.jigdo']) rmSync(join(cwd, 'out', name));
  mkdirSync(join(cwd, 'out/one.template'));
  rmSync(join(cwd, 'out/two.template'));
  const log = new Log();
  const result = await run(cwd, {}, log);
  t.equal(result.exitCode, 3);
  t.match(told(result), [/^one.iso: failed: .*not a regular file/, /^two.iso: made/]);
  t.match(log.warnings, [/^one.iso: failed: /]);
  t.notMatch(readFileSync(join(cwd, 'out/SHA256SUMS'), 'utf8'), 'one');
  rmSync(join(cwd, 'out/one.template'), { recursive: true });
  t.match(told(await run(cwd)), [/^one.iso: made/, 'two.iso: current']);
});

t.test(
  'an image of which too little is found is not published; of one of which nothing is, a warning tells',
  async (t) => {
    const cwd = prepare(t);
    await run(cwd);
    const before = readFileSync(join(cwd, 'out/two.jigdo'));
    // The tree of another release.
    for (const name of readdirSync(join(cwd, 'tree'))) rmSync(join(cwd, 'tree', name), { recursive: true });
    writeFileSync(join(cwd, 'tree/a'), noise(5000, 99));

    change(cwd, { options: { 'min-matched': 50 } });
    const log = new Log();
    const refused = await run(cwd, {}, log);
    t.equal(refused.exitCode, 1);
    t.match(told(refused), [/^one.iso: failed: .*only 0 % .* at least 50 % is wanted$/, /^two.iso: failed/]);
    t.ok(readFileSync(join(cwd, 'out/two.jigdo')).equals(before), 'what was published stays');
    t.equal(readFileSync(join(cwd, 'out/SHA256SUMS'), 'utf8'), '', 'and is in no list');

    change(cwd, { options: {} });
    const poor = new Log();
    const made = await run(cwd, {}, poor);
    t.equal(made.exitCode, 0);
    t.match(poor.warnings, [/^one.iso: Nothing was found in the tree: is this the right tree/, /^two.iso: Nothing/]);
    t.ok(
      made.images.every(({ record }) => (record?.made.left ?? []).length > 0),
      'what is left',
    );

    change(cwd, { options: { 'min-matched': 0.5 } });
    const published = readFileSync(join(cwd, 'out/two.jigdo'));
    for (const [dryRun, force] of [
      [true, false],
      [true, true],
      [false, false],
      [false, true],
    ]) {
      const again = await run(cwd, { dryRun, force });
      t.equal(again.exitCode, 1);
      t.match(told(again), [/^one.iso: failed: .*only 0 %/, /^two.iso: failed/], 'an earlier run does not excuse');
    }
    t.ok(readFileSync(join(cwd, 'out/two.jigdo')).equals(published));
    // In another tree, more may be found.
    writeFileSync(join(cwd, 'tree/b'), B);
    t.match(told(await run(cwd, { dryRun: true })), [/^one.iso: stale: less than 0.5 %/, /^two.iso: stale/]);
    t.match(told(await run(cwd, { dryRun: true, force: true })), [/^one.iso: stale: --force$/, /^two.iso: stale/]);
  },
);

t.test(
  'an image that gets another name or mode while its outputs are made is right; other content is not',
  async (t) => {
    for (const [what, touch, verdict] of [
      ['mode', (image: string) => chmodSync(image, 0o600), 'one.iso: made: no earlier run made it'],
      ['name', (image: string) => linkSync(image, `${image}.link`), 'one.iso: made: no earlier run made it'],
      ['content', (image: string) => writeFileSync(image, noise(53_000, 5)), /^one.iso: failed: .*the image changed/],
    ] as const) {
      const cwd = prepare(t, { ...CONFIG, images: ['iso/one.iso'] });
      const image = join(cwd, 'iso/one.iso');
      utimesSync(image, 1000, 1000);
      let isTouched = false;
      // The state of the image is written down when make-template is done, and its outputs are on the disk.
      const cache: Cache = new Proxy(NO_CACHE, {
        get: (target, key: keyof Cache) => {
          if (key === 'lookupAll' && !isTouched && existsSync(join(cwd, 'out/one.jigdo'))) {
            isTouched = true;
            touch(image);
          }
          return target[key].bind(target);
        },
      });
      t.match(told(await run(cwd, { cache })), [verdict], what);
      t.ok(isTouched, what);
    }
  },
);

t.test('a dry run tells what would be done and writes nothing', async (t) => {
  const cwd = prepare(t);
  const result = await run(cwd, { dryRun: true });
  t.strictSame(told(result), ['one.iso: stale: no earlier run made it', 'two.iso: stale: no earlier run made it']);
  t.strictSame(readdirSync(cwd).sort(), ['iso', 'jigdo.json', 'tree']);
});

t.test(
  'a dry run ends as the real run would where something is in the way, which is told before any work',
  async (t) => {
    const made = (log: Log): string[] => log.infos.filter((line) => line.startsWith('one.iso: making'));
    const OBSTACLES: Record<string, (cwd: string) => void> = {
      'out/SHA256SUMS': (cwd) => mkdirSync(join(cwd, 'out/SHA256SUMS'), { recursive: true }),
      'out/one.jigdo': (cwd) => mkdirSync(join(cwd, 'out/one.jigdo'), { recursive: true }),
      'out/one.template': (cwd) => mkdirSync(join(cwd, 'out/one.template'), { recursive: true }),
      '.jigdo-release/one.iso.json': (cwd) => mkdirSync(join(cwd, '.jigdo-release/one.iso.json'), { recursive: true }),
      out: (cwd) => writeFileSync(join(cwd, 'out'), ''),
      '.jigdo-release': (cwd) => symlinkSync('nowhere', join(cwd, '.jigdo-release')),
    };
    for (const [name, put] of Object.entries(OBSTACLES)) {
      const cwd = prepare(t);
      put(cwd);
      const verdict = async (dryRun: boolean): Promise<string> => {
        const log = new Log();
        const line = await run(cwd, { dryRun }, log).then(
          ({ images, exitCode }) => `${exitCode} ${images[0].status} ${images[0].reasons.join()}`,
          (error: JigdoError) => `${error.exitCode} ${error.message}`,
        );
        t.strictSame(made(log), [], name);
        t.ok(line.startsWith('3 ') && line.includes(`${name}'`), `${name}: ${line}`);
        return line.replace(/Could not .*/, '');
      };
      t.equal(await verdict(true), await verdict(false), name);
    }
  },
);

t.test('an interrupted run is continued by the next', async (t) => {
  const cwd = prepare(t);
  const abort = new AbortController();
  const log = new Log();
  log.info = (line) => line.startsWith('two.iso: making') && abort.abort(new Error('enough'));
  await t.rejects(run(cwd, { signal: abort.signal }, log), { message: 'enough' });
  t.strictSame(readdirSync(join(cwd, 'out')).sort(), ['one.jigdo', 'one.template']);
  t.match(told(await run(cwd)), ['one.iso: current', /^two.iso: made/]);
});

t.test('shares together are the whole', async (t) => {
  const cwd = prepare(t);
  const shares = [1, 2, 3].map((index) => ({ index, count: 3 }));
  const made = [];
  for (const shard of shares) made.push(...told(await run(cwd, { shard })).map((line) => line.slice(0, 7)));
  t.strictSame(made.sort(), ['one.iso', 'two.iso']);
  const merged = spawnSync('sh', ['-c', 'LC_ALL=C sort -k 2 SHA256SUMS.*-of-3'], {
    cwd: join(cwd, 'out'),
    encoding: 'utf8',
  });
  t.strictSame(told(await run(cwd)), CURRENT);
  t.equal(readFileSync(join(cwd, 'out/SHA256SUMS'), 'utf8'), merged.stdout);
});

t.test('what does not fit together is refused before any work', async (t) => {
  const refused = async (
    message: RegExp,
    changes: object,
    prepared: (cwd: string) => void = () => {},
  ): Promise<void> => {
    const cwd = prepare(t);
    change(cwd, changes);
    prepared(cwd);
    await t.rejects(run(cwd), { name: 'JigdoError', message }, String(message));
    t.notOk(existsSync(join(cwd, 'out')));
  };
  await refused(/jigdo.json:1:\d+: images\[1\]: no file matches `none\/\*'$/, { images: ['iso/*', 'none/*'] });
  await refused(/images\[0\]: no file matches `none.iso'$/, { images: 'none.iso' });
  await refused(/images\[0\]: `.*\/tree\/sub' is not a regular file$/, { images: 'tree/sub' });
  await refused(
    /images\[1\]: `.*iso\/one.iso' and `.*tree\/one.iso' have the same name$/,
    { images: ['iso/*', 'tree/*.iso'] },
    (cwd) => writeFileSync(join(cwd, 'tree/one.iso'), 'x'),
  );
  await refused(
    /names: `one.jigdo' would be the \.jigdo of `one.img' as well as the \.jigdo of `one.iso'/,
    { images: ['iso/*'] },
    (cwd) => writeFileSync(join(cwd, 'iso/one.img'), 'x'),
  );
  await refused(/names: `one.iso' would be the image `one.iso' as well as the template/, {
    names: { template: '{name}.iso' },
  });
  await refused(/trees\[0\].path: `.*nowhere' is not a folder$/, { trees: [{ ...CONFIG.trees[0], path: 'nowhere' }] });
  await refused(/trees\[0\].path: `.*one.iso\/x' is not a folder \(Not a directory\)$/, {
    trees: [{ ...CONFIG.trees[0], path: 'iso/one.iso/x' }],
  });
  await refused(/trees\[0\].path: the image `.*iso\/one.iso' is in this tree: add it/, {
    trees: [{ ...CONFIG.trees[0], path: 'iso' }],
  });
  await refused(/trees\[0\].path: the folder `.*tree\/new\/out' of the release is in this tree/, {
    output: 'tree/new/out',
  });
  await refused(/trees\[0\].path: the folder `.*' of the release is in this tree/, {
    trees: [{ ...CONFIG.trees[0], path: '.' }],
  });
  if (process.getuid?.() !== 0) {
    await refused(/images\[0\]: .*cannot be read: Permission denied/, {}, (cwd) =>
      chmodSync(join(cwd, 'iso/one.iso'), 0),
    );
  }
  const cwd = prepare(t);
  change(cwd, {
    trees: [{ ...CONFIG.trees[0], path: '.' }],
    options: { exclude: ['iso/', 'out/', '.jigdo-release', 'jigdo.json'] },
  });
  t.equal((await run(cwd)).exitCode, 0, 'excluding is the remedy');
  t.match(told(await run(cwd)), CURRENT);
});

t.test('images by xorriso and genisoimage', async (t) => {
  const [xorriso, genisoimage] = [oracle(t, 'xorriso'), oracle(t, 'genisoimage')];
  if (xorriso === undefined || genisoimage === undefined) return;
  const cwd = prepare(t);
  spawnSync(xorriso, ['-as', 'mkisofs', '-quiet', '-r', '-o', 'iso/three.iso', 'tree'], { cwd });
  spawnSync(genisoimage, ['-quiet', '-J', '-o', 'iso/four.iso', 'tree'], { cwd });
  const { images, exitCode } = await run(cwd);
  t.equal(exitCode, 0);
  t.strictSame(
    images.map(({ image, record }) => [image.name, record?.made.parts, record?.checked]),
    [['four.iso', 3, true], ['one.iso', 2, true], ['three.iso', 3, true], ['two.iso', 1, true]], // prettier-ignore
  );
});
