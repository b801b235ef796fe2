// What a .jigdo may ask of us: its text's memory, and a few seconds.
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { PartLookup } from '../../src/format/jigdo-lookup.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';
import { parseJigdoBytes } from '../../src/io/jigdo-file.js';

const DIGEST = 'A'.repeat(22);

t.test('a small file does not become a huge text', async (t) => {
  const line = `${DIGEST}=A:x\n`;
  const bomb = gzipSync(`[Parts]\n${line.repeat(800_000)}`);
  t.ok(bomb.length < 100_000, `${bomb.length} bytes`);
  t.throws(() => parseJigdoBytes(bomb, 'bomb.jigdo'), {
    message: /^bomb\.jigdo: byte 0: more than 16777216 bytes when/,
  });
});

t.test('lines are limited, however short they are', async (t) => {
  t.throws(() => parseJigdo('\n'.repeat(3_000_001)), { place: 'line 3000001', message: /more than 3000000 lines/ });
});

t.test('the same line again and again is as many places, as for the original, up to a bound', async (t) => {
  const placesOf = (times: number): number =>
    new PartLookup(parseJigdo(`[Parts]\n${`${DIGEST}=A:x\n`.repeat(times)}`)).locate(DIGEST, 'md5').uris.length;
  t.equal(placesOf(3), 3);
  t.throws(() => placesOf(200_000), { message: /more than 100,?000/ });
});
