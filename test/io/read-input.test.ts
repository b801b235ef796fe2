import t from 'tap';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '../../src/format/bytes.js';
import { readOwnFile } from '../../src/io/read-input.js';

t.test('what an earlier run wrote is a file of bounded length, or nothing', (t) => {
  const folder = t.testdir({});
  const path = (name: string): string => fromText(join(folder, name));
  const read = (name: string): string | undefined => readOwnFile(path(name), 5, 'a list')?.toString();
  writeFileSync(join(folder, 'right'), '12345');
  writeFileSync(join(folder, 'long'), '123456');
  mkdirSync(join(folder, 'folder'));
  symlinkSync('/dev/null', join(folder, 'device'));
  t.equal(read('right'), '12345');
  t.equal(read('none'), undefined);
  t.throws(() => read('long'), /long: byte 5: too long for a list$/);
  t.throws(() => read('folder'), /folder: it is not a regular file$/);
  t.throws(() => read('device'), /device: it is not a regular file$/);
  t.end();
});
