// A small release to verify: a tree of files, an image of them, its .jigdo and .template.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromText } from '../../src/format/bytes.js';
import { SILENT } from '../../src/io/reporter.js';
import { makeTemplate } from '../../src/make/make-template.js';
import { NO_CACHE } from '../../src/cache/types.js';
import { walkTree } from '../../src/tree/walk.js';
import { Random } from './random-trees.js';

/** Files of trees are of 2020, .jigdo files of 2021: what was changed later is newer than both. */
export const MADE = new Date('2020-01-01');
export const PUBLISHED = new Date('2021-01-01');

/** Writes a file of 2020, and its folders. */
export function put(path: string, content: Uint8Array | string, time = MADE): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, time, time);
}

/** `count` files of more than 1200 bytes in folders, all different. */
export function writeTree(folder: string, seed: number, count: number): Map<string, Buffer> {
  const random = new Random(seed);
  const files = new Map<string, Buffer>();
  for (let i = 0; i < count; i++) {
    files.set(`pool/${'abc'[i % 3]}/file ${i}`, random.bytes(1200 + random.below(3000)));
  }
  for (const [name, content] of files) put(join(folder, name), content);
  return files;
}

/** Makes an image of contents, and `STEM.jigdo` and `STEM.template` of it and a tree, whose label is `Acme`. */
export async function publish(
  stem: string,
  tree: string,
  contents: readonly Uint8Array[],
  algorithm: 'md5' | 'sha256' = 'md5',
): Promise<void> {
  const image = Buffer.concat(contents.flatMap((content, i) => [Buffer.from(`between ${i}\n`), content]));
  put(`${stem}.iso`, image);
  await makeTemplate({
    image: fromText(`${stem}.iso`),
    jigdo: fromText(`${stem}.jigdo`),
    template: fromText(`${stem}.template`),
    files: await walkTree([fromText(`${tree}//`)], { reporter: SILENT }),
    labels: new Map([[fromText(`${tree}/`), 'Acme']]),
    uris: new Map([['Acme', 'http://mirror.example/acme/']]),
    algorithm,
    cache: NO_CACHE,
    jobs: 1,
    reporter: SILENT,
  });
  utimesSync(`${stem}.jigdo`, PUBLISHED, PUBLISHED);
}
