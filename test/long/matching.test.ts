// The matcher against brute force: 100,000 small worlds of repetitions, and some through all of make-template and back.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkWorld } from '../support/check-world.js';
import { bestCoverByForce, Random, type Placed } from '../support/random-trees.js';
import { repetitive } from '../support/repetitive.js';
import type * as library from '../../src/index.js';

// The compiled library: workers that load TypeScript take a second each to start.
const { fromText, makeImage, makeTemplate, NO_CACHE, SILENT, walkTree } = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof library;

const WORLDS = 100_000;
const PROGRAMS = 300;

t.test('the best cover of every small world', { timeout: 3_600_000 }, async (t) => {
  const dir = t.testdir({});
  for (let seed = 1; seed <= WORLDS; seed++) {
    const failure = await checkWorld(join(dir, 'world'), seed);
    if (failure) t.strictSame(failure.found, failure.expected, failure.name);
  }
  t.pass(`${WORLDS} worlds`);
});

t.test('the template of every small world gives the image back', { timeout: 600_000 }, async (t) => {
  const dir = t.testdir({});
  const [tree, image, jigdo, template, output] = ['tree', 'image', 'j', 't', 'o'].map((name) => join(dir, name));
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const random = new Random(seed);
    const world = repetitive(random, 256);
    for (const path of [tree, jigdo, template, output]) rmSync(path, { recursive: true, force: true });
    mkdirSync(tree);
    world.files.forEach((bytes, i) => writeFileSync(join(tree, String(1000 + i)), bytes));
    writeFileSync(image, world.image);
    const files = await walkTree([fromText(`${tree}//`)], { reporter: SILENT });
    const parts: Placed[] = [];
    await makeTemplate({
      image: fromText(image),
      jigdo: fromText(jigdo),
      template: fromText(template),
      files,
      algorithm: random.pick(['md5', 'sha256']),
      minLength: 256,
      jobs: 1 + random.below(32),
      cache: NO_CACHE,
      reporter: SILENT,
      onMatch: ({ file, offset }) => {
        parts.push({ start: offset, end: offset + file.size, file: Number(file.rest) - 1000 });
      },
    });
    const expected = bestCoverByForce(world.files, world.image, 256);
    if (JSON.stringify(parts) !== JSON.stringify(expected)) t.strictSame(parts, expected, `seed ${seed}`);
    await makeImage({ template: fromText(template), image: fromText(output), files, reporter: SILENT });
    if (!readFileSync(output).equals(world.image)) t.fail(`seed ${seed}: not the image`);
  }
  t.pass(`${PROGRAMS} templates`);
});
