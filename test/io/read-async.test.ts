import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readAhead } from '../../src/io/read-async.js';
import { Random } from '../support/random-trees.js';

const MIB = 1 << 20;

t.test('a file comes in order, whole pieces and the rest', async (t) => {
  const bytes = Buffer.from(new Random(1).bytes(9 * MIB + 5));
  const path = join(t.testdir({}), 'file');
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  for (const length of [0, 1, MIB - 1, MIB, MIB + 1, 4 * MIB, 5 * MIB, bytes.length]) {
    const pieces: Buffer[] = [];
    for await (const piece of readAhead(fd, 'file', length)) pieces.push(Buffer.from(piece));
    t.ok(Buffer.concat(pieces).equals(bytes.subarray(0, length)), `${length} bytes`);
  }
  let seen = 0;
  for await (const piece of readAhead(fd, 'file', bytes.length)) {
    seen += piece.length;
    break;
  }
  t.equal(seen, MIB, 'left early');
  const tooLong = async (): Promise<void> => {
    for await (const piece of readAhead(fd, 'file', bytes.length + 1)) seen += piece.length;
  };
  await t.rejects(tooLong(), { message: `Error reading from \`file' at byte ${bytes.length} (file is too short)` });
  t.equal(seen, 10 * MIB, 'what can be read comes first');
});
