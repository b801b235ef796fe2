// npm run bench:micro: the building blocks by themselves, in CPU time of this process.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from './lib/arguments.js';
import { noise, packageTree, random } from './lib/inputs.js';
import { median } from './lib/measure.js';
import { Md5Lanes } from '../dist/checksum/md5-lanes.js';
import { rsum64 } from '../dist/checksum/rsum64.js';
import { readLayout } from '../dist/image/layout.js';
import { FileReader } from '../dist/io/reader.js';
import { FilterBuilder } from '../dist/make/head-filter.js';
import { HeadTable } from '../dist/make/head-table.js';
import { Searcher } from '../dist/make/search.js';
import { TreeIndexBuilder } from '../dist/make/tree-index.js';
import { readHead } from '../dist/tree/head.js';
import { walkTree } from '../dist/tree/walk.js';

const { values } = readArguments('npm run bench:micro -- [--corpus DIR] [--dir DIR]', {
  corpus: { type: 'string' },
  dir: { type: 'string', default: join(tmpdir(), 'jigdo-bench') },
});
mkdirSync(values.dir, { recursive: true });

/** Runs `work` 7 times and prints the median rate of `amount` units a second of CPU time. */
function rate(what, amount, unit, work) {
  const times = [];
  for (let i = 0; i < 7; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1e6);
  }
  console.log(`${what.padEnd(48)} ${(amount / median(times)).toPrecision(3).padStart(9)} ${unit}/s`);
}

const MB = 1e6;
const length = 64 << 20;
const bytes = noise('micro', length);

rate('MD5, node:crypto', length / MB, 'MB', () => createHash('md5').update(bytes).digest());
rate('SHA-256, node:crypto', length / MB, 'MB', () => createHash('sha256').update(bytes).digest());
const lanes = new Md5Lanes();
const piece = length / 64;
rate('MD5, eight lanes', length / MB, 'MB', () => {
  const waiting = Array.from({ length: 64 }, (_, i) => {
    let at = i * piece;
    const next = (target) => {
      target.set(bytes.subarray(at, (at += target.length)));
      return true;
    };
    return { length: piece, next, done() {} };
  });
  lanes.run(() => waiting.pop(), true);
});
rate('rsum64 of blocks', length / MB, 'MB', () => rsum64(bytes));

const silent = { info() {}, warning() {}, progress() {} };
const tree = packageTree(values.dir, 'cd', 595, 640 * MB);
const files = await walkTree([`${tree}//`], { reporter: silent });
const pathsLength = files.reduce((sum, { prefix, rest }) => sum + prefix.length + rest.length, 0);
const builder = new TreeIndexBuilder({ count: files.length, pathsLength, minLength: 1024, algorithm: 'md5' });
const filter = new FilterBuilder(files.length);
for (const file of files) {
  const head = readHead(file.prefix + file.rest, file.size, 1024);
  builder.add(file, head, undefined);
  filter.add(head.prefix);
}
const index = builder.index();
const table = HeadTable.build(index);
const image = new FileReader(random(values.dir, 256));
const searcher = new Searcher(image, { columns: index.columns, filter: filter.tables, heads: table.tables });
rate('search, noise, 595 files', length / MB, 'MB', () => searcher.search([{ from: 0, to: length }], length));
rate('heads of files', files.length, 'files', () =>
  files.map((file) => readHead(file.prefix + file.rest, file.size, 1024)),
);

if (values.corpus) {
  for (const name of ['sme-v1.iso', 'udf-102.udf', 'tar-ustar.tar']) {
    const reader = new FileReader(join(values.corpus, 'images', name));
    const count = readLayout(reader)?.files.length ?? 0;
    rate(`directories of ${name}`, count, 'files', () => readLayout(reader));
  }
}
