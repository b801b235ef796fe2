// Templates whose digests are right while the rsum64s of their parts are not, through every command that looks for parts.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { fromText } from '../../src/format/bytes.js';
import { oracle } from '../support/oracle.js';
import { Shell, type Ended } from '../support/shell.js';
import { openSite, publish } from '../support/site.js';
import { data, imageOf, noise, part, type BuilderOptions } from '../support/template-builder.js';

const shell = new Shell();
const bin = (name: string): string => fileURLToPath(new URL(`../../bin/${name}.js`, import.meta.url));

/** Two parts of equal length, and a large one. */
const PARTS = [noise(2000), noise(2000, 2), noise(3000, 3), noise(3_000_000, 4)];
const PIECES = [data('HEAD'), ...PARTS.flatMap((bytes, i) => [part(bytes), data(`gap ${i}`)]), part(PARTS[0])];
const IMAGE = imageOf(PIECES);
const WARNING = /x\.template: the head sums \(rsum64\) of \d files are wrong - they were found by their checksums/;

const KINDS: Record<string, NonNullable<BuilderOptions['wrongSum']>> = {
  zeros: () => new Uint8Array(8),
  random: (_, i) => noise(8, i + 50),
};

/** Right sums among wrong ones. */
const SOME: NonNullable<BuilderOptions['wrongSum']> = (right, i) => (i % 2 ? right : noise(8));

/** `jigdo/` with x.jigdo and x.template, `tree/` with the parts, and `moved/` with the parts under other names. */
function prepare(t: Test, wrongSum: NonNullable<BuilderOptions['wrongSum']>): string {
  const dir = t.testdir({});
  publish(dir, 'x', PIECES, '', 1e9, { wrongSum });
  cpSync(join(dir, 'tree'), join(dir, 'moved'), { recursive: true, preserveTimestamps: true });
  PARTS.forEach((_, i) => renameSync(join(dir, `moved/x.${i}`), join(dir, `moved/file ${i}`)));
  return dir;
}

for (const [kind, wrongSum] of Object.entries(KINDS)) {
  t.test(kind, async (t) => {
    const dir = prepare(t, wrongSum);
    const run = (program: string, ...args: string[]): Promise<Ended> =>
      shell.run([process.execPath, bin(program), ...args], { cwd: dir });
    const isImage = (name: string): void => {
      t.ok(readFileSync(join(dir, name)).equals(IMAGE), name);
      rmSync(join(dir, name));
    };
    execFileSync('tar', ['-C', join(dir, 'moved'), '-cf', join(dir, 'old.tar'), '.']);
    for (const source of ['moved', 'old.tar']) {
      const made = await run('jigdo', 'make-image', '-i', 'x.iso', '-t', 'jigdo/x.template', source);
      t.match(made, { code: 0, stderr: WARNING }, source);
      isImage('x.iso');
    }
    t.match(await run('jigdo', 'download', '--scan', 'moved', 'jigdo/x.jigdo'), { code: 0, stderr: WARNING });
    isImage('x.iso');
    t.match(await run('jigdo-lite', '--noask', '--scan', 'moved', 'jigdo/x.jigdo'), { code: 0, stderr: WARNING });
    isImage('x.iso');

    const mirror = ['mirror', '--jigdo-dir', 'jigdo', '--label', 'L=tree', '--image-dir', '.'];
    t.match(await run('jigdo', ...mirror, '--dry-run'), { code: 0, stdout: /^would-create +x\.iso/, stderr: WARNING });
    t.match(await run('jigdo', ...mirror), { code: 0, stdout: /^created +x\.iso/, stderr: WARNING });
    isImage('x.iso');

    t.match(await run('jigdo', 'verify-tree', '--jigdo-dir', 'jigdo', '--label', 'L=tree'), {
      code: 0,
      stderr: /4 files, all good/,
    });
    t.match(await run('jigdo', 'snapshot', '-j', 'jigdo/x.jigdo', '-o', 'snapshot', 'moved'), {
      code: 0,
      stderr: /5 files added/,
    });
    t.match(await run('jigdo', 'inspect', '--tree', 'tree', 'jigdo/x.template'), {
      code: 0,
      stdout: /4 files in 5 places/,
    });

    const site = await openSite(t, dir, { labels: new Map(), trees: [fromText(join(dir, 'moved'))] });
    const answer = await fetch(`${site.url}x.iso`);
    t.ok(Buffer.from(await answer.arrayBuffer()).equals(IMAGE), 'serve');
    t.match(site.log.warnings, [WARNING]);
  });
}

for (const [kind, wrongSum] of Object.entries({ zeros: KINDS.zeros, some: SOME })) {
  t.test(`jigdo-file, ${kind}`, async (t) => {
    const original = oracle(t, 'jigdo-file');
    if (original === undefined) return;
    const dir = prepare(t, wrongSum);
    const [image, args] = [join(dir, 'x.iso'), ['make-image', '-i', 'x.iso', '-t', 'jigdo/x.template']];
    const run = (...words: string[]): Promise<Ended> => shell.run(words, { cwd: dir });
    const ours = [process.execPath, bin('jigdo-file')];

    t.equal((await run(original, ...args, '--no-check-files', 'tree')).code, 0, 'the published workaround');
    t.ok(readFileSync(image).equals(IMAGE));
    rmSync(image);
    t.match(await run(...ours, ...args, '--no-check-files', 'tree'), { code: 0, stderr: WARNING });
    t.ok(readFileSync(image).equals(IMAGE));
    rmSync(image);

    t.equal((await run(original, ...args, 'tree')).code, 2, 'without it, the original takes no such file');
    t.ok(existsSync(`${image}.tmp`));
    t.match(await run(...ours, ...args, 'tree'), { code: 0, stderr: WARNING }, 'this one completes what that left');
    t.ok(readFileSync(image).equals(IMAGE));
  });
}

t.test('zeros are no beginning that a file could differ from', async (t) => {
  const dir = prepare(t, () => new Uint8Array(8));
  const path = join(dir, 'tree/x.3');
  truncateSync(path, 1_000_000);
  utimesSync(path, 1e9, 1e9);
  const { code, stdout } = await shell.run(
    [process.execPath, bin('jigdo'), 'verify-tree', '--jigdo-dir', 'jigdo', '--label', 'L=tree'],
    { cwd: dir },
  );
  t.equal(code, 1);
  t.match(stdout, /^wrong-size +tree\/x\.3/m);
});
