import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { MemoryReader } from '../../src/io/reader.js';
import { Plan } from '../../src/rebuild/plan.js';
import { findParts } from '../../src/rebuild/sources.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { Log } from '../support/log.js';
import { oracle } from '../support/oracle.js';
import { noise, part, templateOf, treeFile } from '../support/template-builder.js';

const WANTED = [noise(2000), noise(3000, 2)];

/** What is told of files of the given names when the two wanted ones are looked for. */
async function told(dir: string, ...names: string[]): Promise<{ found: number; lines: string[] }> {
  const plan = new Plan(openTemplate(new MemoryReader(templateOf(WANTED.map((bytes) => part(bytes))))));
  const log = new Log();
  const found = await findParts(
    plan,
    names.map((name) => treeFile(`${dir}/${name}`)),
    { reporter: log },
  );
  return { found: found.size, lines: log.warnings.map((line) => line.replaceAll(`${dir}/`, '')) };
}

/** A folder with a folder `tree` that has the wanted files, and an image of that. */
function prepare(t: Test, genisoimage: string): string {
  const dir = t.testdir({ tree: { a: Buffer.from(WANTED[0]), b: Buffer.from(WANTED[1]) } });
  execFileSync(genisoimage, ['-quiet', '-R', '-o', `${dir}/cd.iso`, `${dir}/tree`]);
  return dir;
}

t.test('why nothing was taken of an old image', async (t) => {
  const genisoimage = oracle(t, 'genisoimage');
  if (genisoimage === undefined) return;
  const dir = prepare(t, genisoimage);
  t.same(await told(dir, 'cd.iso'), { found: 2, lines: [] });

  const iso = readFileSync(`${dir}/cd.iso`);
  writeFileSync(`${dir}/cd.iso.gz`, gzipSync(iso));
  const packed = "`cd.iso.gz' is compressed (gzip): nothing in it was looked for - unpack it (gzip -dk) and name that";
  t.same(await told(dir, 'cd.iso.gz'), { found: 0, lines: [packed] });
  t.same(await told(dir, 'cd.iso.gz', 'cd.iso'), { found: 2, lines: [] }, 'nothing is missing');
  t.same(await told(dir, 'cd.iso.gz', 'tree/a'), { found: 1, lines: [packed] });
  writeFileSync(`${dir}/zeros.iso.gz`, gzipSync(Buffer.alloc(9000)));
  t.match((await told(dir, 'zeros.iso.gz')).lines, [/compressed/], 'though it is shorter than all that is wanted');

  const sync = Buffer.from('00ffffffffffffffffffff0000000001', 'hex');
  const sectors = Array.from({ length: iso.length / 2048 }, (_, i) =>
    Buffer.concat([sync, iso.subarray(i * 2048, (i + 1) * 2048), Buffer.alloc(288)]),
  );
  writeFileSync(`${dir}/cd`, Buffer.concat(sectors));
  t.same((await told(dir, 'cd')).lines, [
    "`cd' is a raw copy of a CD (2352 bytes a sector): nothing in it was looked for - make an .iso of it (bchunk) and name that",
  ]);

  copyFileSync(`${dir}/cd.iso`, `${dir}/cut.iso`);
  truncateSync(`${dir}/cut.iso`, iso.indexOf(WANTED[1]) + 10);
  t.same(await told(dir, 'cut.iso'), {
    found: 1,
    lines: [
      `\`cut.iso' cannot be understood wholly: ISO9660: \`b': 3000 bytes at ${iso.indexOf(WANTED[1])} lie outside the image`,
    ],
  });
});

t.test('images whose files are compressed one by one', async (t) => {
  const [genisoimage, mkzftree, zip] = [oracle(t, 'genisoimage'), oracle(t, 'mkzftree'), oracle(t, 'zip')];
  if (genisoimage === undefined || mkzftree === undefined || zip === undefined) return;
  const dir = prepare(t, genisoimage);
  for (const name of ['b', 'y']) writeFileSync(`${dir}/tree/${name}`, Buffer.alloc(40_000, name));
  execFileSync(mkzftree, [`${dir}/tree`, `${dir}/packed`]);
  execFileSync(genisoimage, ['-quiet', '-R', '-z', '-o', `${dir}/z.iso`, `${dir}/packed`]);
  t.same(await told(dir, 'z.iso'), {
    found: 1,
    lines: [
      "`z.iso' holds files that are compressed (zisofs), which were not looked for: 2 - mount it and name that folder",
    ],
  });
  execFileSync(zip, ['-q', `${dir}/x.zip`, 'b', 'y', 'a'], { cwd: `${dir}/tree` });
  t.same(await told(dir, 'x.zip'), {
    found: 1,
    lines: ["`x.zip' holds files that are compressed, which were not looked for: 2 - unpack it and name that folder"],
  });
});

t.test('a tree of packed files is no heap of old images', async (t) => {
  const dir = t.testdir({});
  mkdirSync(`${dir}/pool`);
  const names = Array.from({ length: 9 }, (_, i) => `pool/f${i}.tar.gz`);
  for (const name of names) writeFileSync(`${dir}/${name}`, gzipSync(noise(5000)));
  t.equal((await told(dir, ...names.slice(0, 5))).lines.length, 5);
  t.same((await told(dir, ...names)).lines, []);
  const images = names.map((name) => name.replace('tar', 'iso'));
  for (const [i, name] of names.entries()) copyFileSync(`${dir}/${name}`, `${dir}/${images[i]}`);
  const { lines } = await told(dir, ...names, ...images);
  t.match(lines, [/f0.iso.gz/, /f1/, /f2/, /f3/, /f4/, 'and 4 more files like these']);
});
