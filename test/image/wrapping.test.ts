import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { wrappingOf } from '../../src/image/wrapping.js';
import { MemoryReader } from '../../src/io/reader.js';
import { oracle } from '../support/oracle.js';
import { noise } from '../support/template-builder.js';

const what = (bytes: Uint8Array): string | undefined => wrappingOf(new MemoryReader(bytes))?.what;

/** Sectors as they are on a CD. */
function raw(sectors: number, length: number): Buffer {
  const sync = Buffer.from('00ffffffffffffffffffff00', 'hex');
  return Buffer.concat(Array.from({ length: sectors }, () => Buffer.concat([sync, Buffer.alloc(length - 12, 1)])));
}

t.test('what compressors write', async (t) => {
  const dir = t.testdir({ f: Buffer.from(noise(5000)), empty: '' });
  for (const [program, args] of [
    ['gzip', ['-c']],
    ['xz', ['-c']],
    ['zstd', ['-q', '-c']],
    ['bzip2', ['-c']],
  ] as const) {
    const path = oracle(t, program);
    if (path === undefined) continue;
    for (const name of ['f', 'empty']) {
      t.equal(what(execFileSync(path, [...args, join(dir, name)])), `compressed (${program})`, `${program} ${name}`);
    }
  }
  const archiver = oracle(t, '7z');
  if (archiver !== undefined) {
    execFileSync(archiver, ['a', join(dir, 'x.7z'), join(dir, 'f')], { stdio: 'ignore' });
    t.equal(what(readFileSync(join(dir, 'x.7z'))), 'compressed (7z)');
  }
});

t.test('raw copies of CDs', async (t) => {
  t.equal(what(raw(3, 2352)), 'a raw copy of a CD (2352 bytes a sector)');
  t.equal(what(raw(3, 2448)), 'a raw copy of a CD (2448 bytes a sector)');
  t.equal(what(raw(1, 2352)), undefined, 'one may look so by chance');
  t.equal(what(raw(3, 2368)), undefined);
});

t.test('nothing of that', async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(9000), Buffer.from('BZh9 is the name'), noise(3000)]) {
    t.equal(what(bytes), undefined);
  }
});
