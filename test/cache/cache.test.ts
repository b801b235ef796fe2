import { mkdirSync, symlinkSync } from 'node:fs';
import t from 'tap';
import { NO_CACHE } from '../../src/cache/types.js';
import { factsFor, fileAt, open } from '../support/cache.js';

const DAY = 86_400;

t.test('what was stored is found, by whatever name the folder has', async (t) => {
  const folder = t.testdir({ tree: { sub: {} } });
  symlinkSync('tree', `${folder}/link`);
  const path = `${folder}/cache`;
  const first = await open(path);
  const odd = fileAt(`${folder}//tree/\xff\n`);
  const plain = fileAt(`${folder}/tree//sub/x`, { size: 3, ino: 7n });
  const inCwd = fileAt('package.json');
  for (const file of [odd, plain, inCwd]) {
    first.cache.store(file, factsFor(file.rest));
    t.strictSame(first.cache.lookup(file), factsFor(file.rest), 'not written yet');
  }
  first.cache.close();
  first.cache.close();

  const second = await open(path);
  t.strictSame(second.cache.lookup(odd), factsFor(odd.rest));
  t.strictSame(second.cache.lookup({ ...odd, prefix: `${folder}/link/`, rest: '\xff\n' }), factsFor(odd.rest));
  t.strictSame(second.cache.lookup({ ...plain, prefix: '', rest: `${folder}/tree/sub/x` }), factsFor('sub/x'));
  t.strictSame(
    second.cache.lookup({ ...inCwd, prefix: '', rest: `${process.cwd()}/package.json` }),
    factsFor(inCwd.rest),
  );
  const unknown = [fileAt(`${folder}/tree//x`), fileAt(`${folder}/gone//x`), fileAt(`${folder}//x`)];
  t.strictSame(
    [...second.cache.lookupAll([plain, ...unknown, odd])],
    [[plain, factsFor('sub/x')], ...unknown.map((file) => [file, undefined]), [odd, factsFor(odd.rest)]],
  );
  t.match(second.cache.stats(), {
    path,
    version: 2,
    files: 3,
    directories: 3,
    heads: 3,
    md5: 3,
    sha256: 3,
  });
  t.equal(second.cache.stats()?.totalSize, 2 * 5_000_000_001 + 3);
  second.cache.close();
  t.strictSame([...first.warnings, ...second.warnings], []);
  t.strictSame(second.cache.lookup(plain), undefined, 'closed');
});

t.test('a file that is not the same is unknown', async (t) => {
  const folder = t.testdir({});
  const { cache } = await open(`${folder}/cache`);
  const file = fileAt(`${folder}//f`);
  cache.store(file, factsFor('f'));
  cache.flush();
  t.ok(cache.lookup(file));
  t.equal(cache.lookup({ ...file, size: file.size + 1 }), undefined);
  t.equal(cache.lookup({ ...file, mtimeNs: file.mtimeNs + 1n }), undefined, 'by one nanosecond');
  t.equal(
    cache.lookup({ ...file, ctimeNs: file.ctimeNs + 1n }),
    undefined,
    'that is what a replaced file with an old time has',
  );
  t.equal(cache.lookup({ ...file, ino: 4n }), undefined);
  const changed = { ...file, size: 1 };
  cache.store(changed, { md5: factsFor('changed').md5 });
  t.strictSame(cache.lookup(changed), { md5: factsFor('changed').md5 }, 'nothing of the former content');
  t.equal(cache.lookup(file), undefined);
  cache.close();
});

t.test('facts are added to those known', async (t) => {
  const folder = t.testdir({});
  const file = fileAt(`${folder}//f`);
  const facts = factsFor('f');
  for (const batched of [true, false]) {
    const { cache } = await open(`${folder}/${batched}`);
    const add = (some: Parameters<typeof cache.store>[1]): void => {
      cache.store(file, some);
      if (!batched) cache.flush();
    };
    add({ head: facts.head });
    add({ sha256: facts.sha256 });
    add({ md5: factsFor('other').md5 });
    add({ md5: facts.md5 });
    t.strictSame(cache.lookup(file), facts);
    cache.close();
  }
});

t.test('files that are too young are not kept', async (t) => {
  const folder = t.testdir({});
  const now = 1_700_000_000_000;
  const { cache } = await open(`${folder}/cache`, { now: () => now });
  const at = (ms: number) => fileAt(`${folder}//${ms}`, { mtimeNs: BigInt(now + ms) * 1_000_000n });
  for (const ms of [-2001, -2000, 0, 5000]) cache.store(at(ms), factsFor('x'));
  cache.flush();
  t.ok(cache.lookup(at(-2001)));
  for (const ms of [-2000, 0, 5000]) t.equal(cache.lookup(at(ms)), undefined, `${ms} ms`);
  cache.close();
});

t.test('devices are not kept', async (t) => {
  const { cache } = await open(`${t.testdir({})}/cache`);
  cache.store(fileAt('/dev//sda'), factsFor('x'));
  cache.flush();
  t.equal(cache.lookup(fileAt('/dev//sda')), undefined);
  cache.close();
});

t.test('unused entries expire when the cache is closed', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/cache`;
  mkdirSync(`${folder}/other`);
  let now = 1_700_000_000_000;
  const options = { now: () => now };
  const a = fileAt(`${folder}//a`);
  const b = fileAt(`${folder}/other//b`);
  const run = async (expirySeconds: number | undefined, ...files: (typeof a)[]): Promise<boolean[]> => {
    const { cache, warnings } = await open(path, { ...options, ...(expirySeconds !== undefined && { expirySeconds }) });
    const found = files.map((file) => cache.lookup(file) !== undefined);
    cache.close();
    t.strictSame(warnings, []);
    return found;
  };
  const first = await open(path, options);
  first.cache.store(a, factsFor('a'));
  first.cache.store(b, factsFor('b'));
  first.cache.close();

  now += 29 * DAY * 1000;
  t.strictSame(await run(undefined, a), [true]);
  now += 2 * DAY * 1000;
  t.strictSame(await run(0), []);
  t.strictSame(await run(undefined, a, b), [true, true], 'found in the run that begins after their time');
  now += 31 * DAY * 1000;
  t.strictSame(await run(undefined, a), [true], 'needed in this run');
  const last = await open(path, options);
  t.match(last.cache.stats(), { files: 1, directories: 1, oldestUse: now / 1000, newestUse: now / 1000 });
  t.strictSame(last.cache.lookup(b), undefined);
  last.cache.close();
});

t.test('prune removes at once, and gives the space back', async (t) => {
  const folder = t.testdir({});
  let now = 1_700_000_000_000;
  const { cache } = await open(`${folder}/cache`, { now: () => now });
  for (let i = 0; i < 3000; i++) cache.store(fileAt(`${folder}//${i}`), factsFor(`${i}`));
  cache.flush();
  now += 10 * DAY * 1000;
  t.match(cache.prune(), { files: 0, directories: 0 });
  t.ok(cache.lookup(fileAt(`${folder}//7`)), 'which refreshes it');
  const before = cache.stats()?.bytes ?? 0;
  const result = cache.prune(9 * DAY);
  t.match(result, { files: 2999, directories: 0 });
  t.equal(result.bytes, before - (cache.stats()?.bytes ?? 0));
  t.ok(result.bytes > 500_000, `${result.bytes} bytes`);
  t.strictSame(cache.lookup(fileAt(`${folder}//7`)), factsFor('7'));
  cache.close();
});

t.test('the cache that is none', async (t) => {
  const file = fileAt('/tmp//x');
  NO_CACHE.store(file, factsFor('x'));
  NO_CACHE.flush();
  t.equal(NO_CACHE.lookup(file), undefined);
  t.strictSame([...NO_CACHE.lookupAll([file])], [[file, undefined]]);
  t.equal(NO_CACHE.stats(), undefined);
  t.strictSame(NO_CACHE.prune(), { files: 0, directories: 0, bytes: 0 });
  NO_CACHE.close();
});
