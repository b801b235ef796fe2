import { appendFileSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { scanFiles, type ScanOptions, type ScanResult } from '../../src/cache/scan.js';
import { NO_CACHE, type Cache, type CachedFile } from '../../src/cache/types.js';
import { digestOf } from '../../src/checksum/digest.js';
import { readHead } from '../../src/tree/head.js';
import type { TreeFile } from '../../src/tree/types.js';
import { walkTree } from '../../src/tree/walk.js';
import { open } from '../support/cache.js';

/** A tree of old files with the given contents. */
async function tree(folder: string, contents: Record<string, string | Buffer>): Promise<TreeFile[]> {
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(join(folder, name), content);
    utimesSync(join(folder, name), 1_600_000_000, 1_600_000_000);
  }
  return walkTree(
    Object.keys(contents).map((name) => `${folder}//${name}`),
    { reporter: quiet([]) },
  );
}

const quiet = (warnings: string[]) => ({
  info() {},
  progress() {},
  warning: (line: string) => void warnings.push(line),
});

async function scan(
  files: TreeFile[],
  cache: Cache,
  options: Partial<ScanOptions> = {},
): Promise<{ result: ScanResult; facts: Record<string, CachedFile>; warnings: string[] }> {
  const warnings: string[] = [];
  const facts: Record<string, CachedFile> = {};
  const result = await scanFiles({
    files,
    cache,
    whole: false,
    headLength: 1024,
    algorithms: ['md5', 'sha256'],
    reporter: quiet(warnings),
    onFile: (file, known) => (facts[file.rest] = known),
    ...options,
  });
  return { result, facts, warnings };
}

const small = 'small';
const large = Buffer.alloc(3_000_000, 'large');

/** The files are of just now: the cache is of a moment later. */
const SETTLED = { now: () => Date.now() + 1000 };

t.test('heads first, then whole files, and each only once', async (t) => {
  const folder = t.testdir({});
  const files = await tree(folder, { large, small });
  const head = readHead(`${folder}/large`, large.length, 1024);
  const md5 = digestOf('md5', large);
  const sha256 = digestOf('sha256', large);
  const path = `${folder}/cache`;

  const { cache } = await open(path, SETTLED);
  const heads = await scan(files, cache);
  t.strictSame(heads, {
    result: { known: 1, read: 1, bytesRead: 1024, failed: 0 },
    facts: { large: { head }, small: {} },
    warnings: [],
  });
  const first = await scan(files, cache, { whole: true, algorithms: ['md5'] });
  t.strictSame(first.result, { known: 0, read: 2, bytesRead: 3_000_005, failed: 0 });
  t.strictSame(first.facts.large, { head, md5 });
  t.strictSame(first.facts.small.md5, digestOf('md5', Buffer.from(small)));
  cache.close();

  const again = await open(path, SETTLED);
  const rest = await scan(files, again.cache, { whole: true });
  t.strictSame(rest.result, { known: 0, read: 2, bytesRead: 3_000_005, failed: 0 });
  t.strictSame(rest.facts.large.sha256, sha256);
  const all = await scan(files, again.cache, { whole: true });
  t.strictSame(all.result, { known: 2, read: 0, bytesRead: 0, failed: 0 });
  t.strictSame(all.facts.large, { head, md5, sha256 });
  t.strictSame((await scan(files, again.cache, { headLength: 2048 })).result.read, 1, 'another length of heads');
  t.strictSame((await scan(files, again.cache, { headLength: 0 })).result.known, 2, 'no heads');
  again.cache.close();
});

t.test('it works without a cache', async (t) => {
  const files = await tree(t.testdir({}), { large, small });
  const { result, facts } = await scan(files, NO_CACHE, { whole: true, headLength: 0 });
  t.strictSame(result, { known: 0, read: 2, bytesRead: 3_000_005, failed: 0 });
  t.strictSame(facts, {
    large: { md5: digestOf('md5', large), sha256: digestOf('sha256', large) },
    small: { md5: digestOf('md5', Buffer.from(small)), sha256: digestOf('sha256', Buffer.from(small)) },
  });
});

t.test('files that change or vanish are left out', async (t) => {
  const folder = t.testdir({});
  const files = await tree(folder, {
    a: 'a',
    gone: 'x',
    grown: 'x',
    touched: 'x',
    replaced: 'x',
    directory: 'x',
    z: 'z',
  });
  unlinkSync(`${folder}/gone`);
  appendFileSync(`${folder}/grown`, 'y');
  utimesSync(`${folder}/grown`, 1_600_000_000, 1_600_000_000);
  utimesSync(`${folder}/touched`, 1_600_000_000, 1_600_000_000.5);
  unlinkSync(`${folder}/replaced`);
  symlinkSync('a', `${folder}/replaced`);
  unlinkSync(`${folder}/directory`);
  symlinkSync('.', `${folder}/directory`);
  const { cache } = await open(`${folder}/cache`, SETTLED);
  const { result, facts, warnings } = await scan(files, cache, { whole: true });
  t.match(result, { known: 0, read: 2, failed: 5 });
  t.strictSame(Object.keys(facts), ['a', 'z']);
  t.strictSame(warnings, [
    `Could not open \`${folder}/gone' for input - excluded (No such file or directory)`,
    `Error while reading \`${folder}/grown' - file will be ignored (it changed meanwhile)`,
    `Error while reading \`${folder}/touched' - file will be ignored (it changed meanwhile)`,
    `Error while reading \`${folder}/replaced' - file will be ignored (it changed meanwhile)`,
    `Error while reading \`${folder}/directory' - file will be ignored (Is a directory)`,
  ]);
  t.match(cache.stats(), { files: 2 });
  cache.close();
});

t.test('an aborted scan throws the reason, and keeps what it learnt', async (t) => {
  const folder = t.testdir({});
  const files = await tree(folder, { small, large });
  const controller = new AbortController();
  const reason = new Error('stop');
  const { cache } = await open(`${folder}/cache`, SETTLED);
  const onFile = (): void => {
    controller.abort(reason);
    const end = performance.now() + 60;
    while (performance.now() < end); // until signals get their turn
  };
  await t.rejects(scan(files, cache, { whole: true, signal: controller.signal, onFile }), reason);
  t.match(cache.stats(), { files: 2 });
  cache.close();
});
