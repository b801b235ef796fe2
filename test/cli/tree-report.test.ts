import t from 'tap';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { put } from '../support/published.js';
import { jigdo, noise } from './jigdo.js';

t.test('files are counted, not what is asked of them', (t) => {
  const cwd = t.testdir({});
  const files = Array.from({ length: 12 }, (_, i) => noise(2000 + i, i + 1));
  for (const folder of ['tree', 'good']) {
    for (const [i, content] of files.entries()) put(join(cwd, folder, `f${i}`), content);
  }
  put(join(cwd, 'x.iso'), Buffer.concat(files));
  mkdirSync(join(cwd, 'jd'));
  for (const sum of ['md5', 'sha256']) {
    const args = `make-template -i x.iso -j jd/${sum}.jigdo -t jd/${sum}.template -C ${sum} --label L=tree tree//`;
    t.equal(jigdo(cwd, args.split(' ')).code, 0);
  }
  rmSync(join(cwd, 'tree'), { recursive: true });
  mkdirSync(join(cwd, 'tree'));
  const verify = (...more: string[]): string => {
    const { stdout, stderr } = jigdo(cwd, ['verify-tree', 'tree', '--jigdo-dir', 'jd', ...more]);
    return more.includes('--json') ? stdout.toString() : stderr;
  };
  t.match(verify(), /^12 files for 2 images: 0 good, 12 missing; 0 images are complete$/m);
  t.match(verify('--fix-from', 'good'), /^12 files for 2 images: 0 good, 12 mended; 2 images are complete$/m);
  t.match(verify(), /^12 files for 2 images: all good; 2 images are complete$/m);
  const lines = verify('--json').trim().split('\n');
  t.match(JSON.parse(lines.at(-1) ?? ''), { type: 'summary', files: 12, conditions: { good: 12 }, images: 2 });
  t.end();
});
