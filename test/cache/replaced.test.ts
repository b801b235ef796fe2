// A file that was replaced in place: same name, length, inode and time of modification, other content.
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { jigdo, noise } from '../cli/jigdo.js';

const OLD = new Date('2020-01-01');

/** As `cp -p` or a reproducible build does: nothing but the content, and the time that nobody can set, tells. */
function replace(path: string, content: Buffer): void {
  const { ino } = statSync(path);
  writeFileSync(path, content);
  utimesSync(path, OLD, OLD);
  t.equal(statSync(path).ino, ino);
}

t.test('no stale digest is told, and none reaches a .jigdo', async (t) => {
  const folder = t.testdir({ tree: {} });
  const [one, two, other] = [noise(20_000, 1), noise(20_000, 2), noise(20_000, 3)];
  for (const [name, content] of [
    ['tree/a', one],
    ['tree/b', two],
  ] as const) {
    writeFileSync(join(folder, name), content);
    utimesSync(join(folder, name), OLD, OLD);
  }
  // The clock of the file system has to tick once before a cache keeps anything.
  await setTimeout(100);
  const run = (...args: string[]): string => {
    const { code, stdout, stderr } = jigdo(folder, args);
    t.equal(code, 0, stderr);
    return stdout.toString();
  };
  const sums = (): string => run('md5sum', '--cache', 'cache', 'tree');
  const before = sums();
  t.match(run('cache', 'stats', '--cache', 'cache', '--json'), /"md5":2/, 'both are in the cache');
  replace(join(folder, 'tree/a'), other);
  t.not(sums(), before);
  t.equal(sums(), run('md5sum', 'tree'), 'as without a cache');
  // An image of what the tree held before: only what is still there may be a part.
  replace(join(folder, 'tree/a'), one);
  sums();
  writeFileSync(join(folder, 'cd.iso'), Buffer.concat([one, Buffer.from('between'), two]));
  replace(join(folder, 'tree/a'), other);
  run('make-template', '--image', 'cd.iso', '--cache', 'cache', '--label', 'Acme=tree', 'tree//');
  const jigdoText = readFileSync(join(folder, 'cd.jigdo'), 'latin1');
  t.match(jigdoText, 'Acme:b');
  t.notMatch(jigdoText, 'Acme:a');
});
