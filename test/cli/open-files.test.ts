// Few files may be open: everything works all the same, or ends with one line that says so. Nothing that was not read is called missing.
import t from 'tap';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { put } from '../support/published.js';
import { JIGDO, jigdo, noise } from './jigdo.js';

t.test('with a low limit of open files', async (t) => {
  const cwd = t.testdir({});
  const files = Array.from({ length: 300 }, (_, i) => noise(2000 + i, i + 1));
  for (const [i, content] of files.entries()) put(join(cwd, `tree/pool/f${i}`), content);
  writeFileSync(join(cwd, 'x.iso'), Buffer.concat(files));
  mkdirSync(join(cwd, 'jd'));
  const made = jigdo(cwd, [
    ...'make-template -i x.iso -j jd/x.jigdo -t jd/x.template --label L=tree tree//'.split(' '),
  ]);
  t.equal(made.code, 0, made.stderr);
  const { ino, mtimeMs } = statSync(join(cwd, 'tree/pool/f7'));
  const ENDS: Record<string, number> = { good: 0, bad: 0 };
  for (const limit of [20, 32]) {
    for (const args of [
      'verify-tree tree --jigdo jd/x.jigdo --jobs 1 --fix-from tree',
      'verify-tree tree --jigdo jd/x.jigdo --jobs 4',
      'make-image -i y.iso -j jd/x.jigdo -t jd/x.template -f tree',
      'make-template -i x.iso -j y.jigdo -t y.template -f --label L=tree tree//',
      'mirror tree --jigdo-dir jd --image-dir images --jobs 2',
      'snapshot -o snap --jigdo-dir jd --label L=tree',
      'md5sum tree',
    ]) {
      const script = `unset NODE_OPTIONS; ulimit -n ${limit}; exec "$0" "$@"`;
      const command = ['-c', script, process.execPath, JIGDO, ...args.split(' ')];
      const env = { ...process.env, NODE_OPTIONS: '', JIGDO_CACHE: '' };
      const { status, signal, stdout, stderr } = spawnSync('sh', command, {
        cwd,
        env,
        encoding: 'utf8',
        timeout: 60_000,
      });
      const name = `${limit}: ${args}`;
      t.equal(signal, null, name);
      if (status === 0) ENDS.good++;
      else {
        ENDS.bad++;
        t.match(`${stdout}${stderr}`, /Too many open files \(allow more: ulimit -n\)/, name);
        t.ok(stderr.trim().split('\n').length <= 3, `${name}: ${stderr.slice(0, 500)}`);
      }
      t.notMatch(stdout, /^(missing|unreadable|corrupt|wrong)/m, name);
      t.notMatch(stderr, /Unexpected error|mended/, name);
    }
    rmSync(join(cwd, 'images'), { recursive: true, force: true });
  }
  t.ok(ENDS.good > 0, JSON.stringify(ENDS));
  t.match(statSync(join(cwd, 'tree/pool/f7')), { ino, mtimeMs }, 'nothing was mended');
  t.ok(readFileSync(join(cwd, 'y.iso')).equals(readFileSync(join(cwd, 'x.iso'))));
});
