import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openDatabase } from '../../src/io/sqlite.js';
import { factsFor, fileAt, open } from '../support/cache.js';

function writer(...args: string[]): ChildProcessByStdio<null, Readable, null> {
  const script = fileURLToPath(new URL('../support/cache-writer.ts', import.meta.url));
  return spawn(process.execPath, [...process.execArgv, script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

t.test('two processes that make and fill a cache at once', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/cache`;
  const count = 1000;
  const outputs = await Promise.all(
    ['md5', 'sha256'].map(async (kind) => {
      const child = writer(path, folder, kind, `${count}`);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      const [code] = (await once(child, 'close')) as [number];
      t.equal(code, 0);
      return output;
    }),
  );
  for (const output of outputs) t.notMatch(output, 'warning');
  const { cache, warnings } = await open(path);
  t.match(cache.stats(), { files: count, directories: 1, md5: count, sha256: count, heads: 0 });
  const { md5, sha256 } = factsFor('999');
  t.strictSame(cache.lookup(fileAt(`${folder}//999`)), { md5, sha256 });
  cache.close();
  t.strictSame(warnings, []);
});

t.test('a process killed while it writes loses nothing that was written', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/cache`;
  const child = writer(path, folder, 'md5', '1000000');
  let written = 0;
  for await (const line of createInterface(child.stdout)) {
    t.match(line, /^written \d+$/);
    written = Number(line.slice(8));
    if (written >= 500) child.kill('SIGKILL');
  }
  const { cache, warnings } = await open(path);
  const files = Array.from({ length: written }, (_, i) => fileAt(`${folder}//${i}`));
  let right = 0;
  for (const [, found] of cache.lookupAll(files)) {
    right += Number(Buffer.from(factsFor(`${right}`).md5).equals(found?.md5 ?? Buffer.alloc(0)));
  }
  t.equal(right, written);
  cache.close();
  t.strictSame(warnings, []);
  t.strictSame(readdirSync(folder), ['cache'], 'the logs are merged');
});

t.test('a process that does not let go', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/cache`;
  const { cache, warnings } = await open(path, { busyTimeout: 50 });
  const file = fileAt(`${folder}//f`);
  cache.store(file, factsFor('f'));
  cache.flush();
  const other = openDatabase(path, 0);
  other.exec('BEGIN IMMEDIATE');
  cache.store(fileAt(`${folder}//g`), factsFor('g'));
  cache.flush();
  cache.store(fileAt(`${folder}//h`), factsFor('h'));
  cache.flush();
  t.strictSame(warnings, [`Cache \`${path}' not written: database is locked`]);
  t.strictSame(cache.lookup(file), factsFor('f'), 'reading goes on');
  t.strictSame(cache.lookup(fileAt(`${folder}//g`)), undefined);
  t.strictSame(cache.prune(), { files: 0, directories: 0, bytes: 0 });
  other.exec('COMMIT');
  other.close();
  cache.close();
  t.equal(warnings.length, 1);
});
