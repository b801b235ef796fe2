// What make-template reads and hashes, by its own count: the cost model of docs/matching.md. Time is for the benchmarks.
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import type { Cache, MakeTemplateResult } from '../../src/index.js';
import type * as library from '../../src/index.js';

// The compiled library: workers that load TypeScript take a second each to start.
const { fromText, makeTemplate, NO_CACHE, openCache, SILENT, walkTree } = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof library;

function noise(name: string, length: number): Buffer {
  const key = createHash('md5').update(name).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** A tree of 30 files, and an image of 20 MB in which all of them lie at odd offsets, the first one twice. */
function release(dir: string): { image: string; tree: string; length: number; matched: number; once: number } {
  const tree = join(dir, 'tree');
  mkdirSync(tree, { recursive: true });
  const pieces: Buffer[] = [];
  let once = 0;
  const old = new Date('2020-01-01');
  for (let i = 0; i < 30; i++) {
    const content = noise(`file ${i}`, 100_000 + 37_000 * i);
    const path = join(tree, `f${i}`);
    writeFileSync(path, content);
    utimesSync(path, old, old);
    once += content.length;
    pieces.push(noise(`gap ${i}`, 1000 + i), content);
  }
  pieces.push(pieces[1]);
  const content = Buffer.concat(pieces);
  const image = join(dir, 'image');
  writeFileSync(image, content);
  return { image, tree, length: content.length, matched: once + pieces[1].length, once };
}

async function make(
  { image, tree }: { image: string; tree: string },
  jobs: number,
  cache: Cache,
  algorithm: 'md5' | 'sha256' = 'md5',
): Promise<MakeTemplateResult> {
  const files = await walkTree([fromText(`${tree}//`)], { reporter: SILENT });
  return makeTemplate({
    image: fromText(image),
    jigdo: fromText(`${image}.jigdo`),
    template: fromText(`${image}.template`),
    files,
    algorithm,
    cache,
    jobs,
    force: true,
    reporter: SILENT,
  });
}

t.test(
  'the image is read for its digest, its parts, and in part for the search; files once, or not at all if the cache knows them',
  async (t) => {
    const dir = t.testdir({});
    const given = release(dir);
    // The cache keeps nothing of files that have changed this very moment.
    await setTimeout(100);
    const least = given.length + given.matched;
    // What the pass does not sieve is searched, each window with the bytes that are needed around it.
    const windows = Math.ceil(given.length / (1 << 20)) + 100;
    const most = least + given.length + windows * 2048;

    for (const algorithm of ['md5', 'sha256'] as const) {
      const cache = await openCache(fromText(join(dir, 'cache')), { reporter: SILENT });
      const cold = await make(given, 2, cache, algorithm);
      t.equal(cold.matched, given.matched);
      t.equal(cold.effort.treeBytes, given.once, 'each file once');
      t.ok(cold.effort.hashedBytes >= given.once && cold.effort.hashedBytes <= given.matched, 'each part once at most');
      t.ok(cold.effort.imageBytes >= least && cold.effort.imageBytes <= most, 'the image');
      cache.close();

      const warm = await openCache(fromText(join(dir, 'cache')), { reporter: SILENT });
      const again = await make(given, 2, warm, algorithm);
      t.equal(again.effort.treeBytes, 0, 'nothing of the tree');
      t.equal(again.effort.hashedBytes, given.matched);
      t.ok(again.effort.imageBytes >= least && again.effort.imageBytes <= most, 'the image');
      t.strictSame(again.template.digest, cold.template.digest, 'the same template');
      warm.close();
    }

    const alone = await make(given, 1, NO_CACHE);
    const three = await make(given, 3, NO_CACHE);
    t.strictSame(three.template.digest, alone.template.digest);
    for (const { effort } of [alone, three]) t.ok(effort.imageBytes >= least && effort.imageBytes <= most);
    t.equal(alone.effort.treeBytes, given.once);
  },
);
