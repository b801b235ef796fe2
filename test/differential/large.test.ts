// An image beyond 4 GiB, with a part that is longer than that and one that begins behind it: lengths and offsets of more than
// 32 bits, through make-template, make-image and verify, as jigdo-file sees them.
//
// The real thing reads and writes some 30 GiB, a minute of work: it is done where JIGDO_LONG is set (`npm run test:long`).
// Otherwise the same is done with small lengths, and the large ones only stand in a template.
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { encodeDesc, encodeHeader } from '../../src/format/template.js';
import { verifyImage } from '../../src/verify/verify-image.js';
import { oracle } from '../support/oracle.js';
import type { Ended } from '../support/shell.js';
import { noise } from '../support/template-builder.js';
import { factsOf, makeOurs, rebuildByThem, rebuildByUs, run, sameBytes } from './support.js';

const GIB = 2 ** 30;
const jigdoFile = oracle(t, 'jigdo-file') ?? '';

/** A file of zeros with some bytes in it: offset -> bytes. */
function writeSparse(path: string, size: number, stretches: Readonly<Record<number, Uint8Array>>): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, size);
  for (const [offset, bytes] of Object.entries(stretches)) writeSync(fd, bytes, 0, bytes.length, Number(offset));
  closeSync(fd);
}

/** Kind, offset and length of the entries that `jigdo-file list-template` prints. */
function listed({ stdout }: Ended): (readonly [string, number, number])[] {
  return stdout
    .split('\n')
    .filter((line) => /^(in-template|need-file)/.test(line))
    .map((line) => line.split(/ +/))
    .map(([kind, offset, length]) => [kind, Number(offset), Number(length)]);
}

/** Makes, lists, rebuilds and verifies an image of `size` bytes with a part of `long` bytes and one at `late`. */
async function roundTrip(t: Test, { size, long, late }: { size: number; long: number; late: number }): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'jigdo-large-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const [head, tail, last] = [noise(1_000_000, 1), noise(1_000_000, 2), noise(2_500_001, 3)];
  const start = 2_345_678;
  const tree = `${dir}/tree`;
  mkdirSync(tree);
  writeSparse(`${tree}/long.bin`, long, { 0: head, [long - tail.length]: tail });
  writeFileSync(`${tree}/late.bin`, last);
  const image = `${dir}/image`;
  writeSparse(image, size, { [start]: head, [start + long - tail.length]: tail, [late]: last });

  const stem = `${dir}/x`;
  const made = await makeOurs({ image, trees: [tree], stem }, { jobs: 2 });
  t.equal(made.matched, long + last.length, 'matched bytes');
  t.equal(made.unmatched, size - long - last.length, 'unmatched bytes');
  t.same(
    factsOf(stem).parts.map(({ offset, length }) => [offset, length]),
    [
      [start, long],
      [late, last.length],
    ],
    'the parts',
  );
  t.same(
    listed(await run(jigdoFile, ['list-template', '-t', `${stem}.template`])),
    [
      ['in-template', 0, start],
      ['need-file-md5', start, long],
      ['in-template', start + long, late - start - long],
      ['need-file-md5', late, last.length],
      ['in-template', late + last.length, size - late - last.length],
    ],
    'the same in the eyes of jigdo-file',
  );

  t.equal((await rebuildByUs(stem, `${dir}/ours`, [tree])).status, 'created', 'we rebuild it');
  t.ok(sameBytes(image, `${dir}/ours`), 'we rebuild it to the same bytes');
  const names = { image: fromText(`${dir}/ours`), template: fromText(`${stem}.template`) };
  t.equal((await verifyImage(names)).ok, true, 'we verify it');
  rmSync(`${dir}/ours`);
  t.equal((await rebuildByThem(jigdoFile, stem, `${dir}/theirs`, [`${tree}//`])).code, 0, 'jigdo-file rebuilds it');
  t.ok(sameBytes(image, `${dir}/theirs`), 'jigdo-file rebuilds it to the same bytes');
}

if (jigdoFile) {
  t.test('parts of an image', (t) => roundTrip(t, { size: 40_000_000, long: 33_554_433, late: 36_700_003 }));

  t.test('beyond 4 GiB', { skip: !process.env.JIGDO_LONG && 'JIGDO_LONG is not set', timeout: 600_000 }, (t) =>
    roundTrip(t, { size: 5 * GIB, long: 4 * GIB + 12_345, late: 4.5 * GIB + 678 }),
  );

  t.test('lengths beyond 4 GiB in a template', async (t) => {
    const lengths = [4 * GIB - 1, 2, 5 * GIB, 2 ** 40, 2 ** 46];
    const digest = digestOf('md5', noise(1));
    const sum = lengths.reduce((a, b) => a + b, 0);
    const desc = encodeDesc(
      lengths.map((length, i) =>
        i % 2
          ? { kind: 'data', length }
          : { kind: 'part', algorithm: 'md5', length, digest, rsum: new Uint8Array(8), written: false },
      ),
      [{ kind: 'image', algorithm: 'md5', length: sum, digest, blockLength: 1024 }],
    );
    const stem = `${t.testdir()}/x`;
    writeFileSync(`${stem}.template`, Buffer.concat([encodeHeader('md5', 'test/1'), desc]));
    const ls = await run(jigdoFile, ['list-template', '-t', `${stem}.template`]);
    let offset = 0;
    const expected = lengths.map((length, i) => {
      const line = [i % 2 ? 'in-template' : 'need-file-md5', offset, length] as const;
      offset += length;
      return line;
    });
    t.same(listed(ls), expected, 'jigdo-file reads the lengths that we write');
    t.match(ls.stdout, new RegExp(`^image-info-md5 +${sum} +1024 +${toBase64(digest)}$`, 'm'), 'and their sum');
    t.same(
      factsOf(stem).parts.map(({ offset, length }) => [offset, length]),
      expected.filter(([kind]) => kind === 'need-file-md5').map(([, offset, length]) => [offset, length]),
      'we read them as well',
    );
  });
}
