import t from 'tap';
import { spawnSync } from 'node:child_process';
import { commandLine, lastArguments } from '../../src/cli/arguments.js';

t.test('arguments are the bytes that were typed', async (t) => {
  t.strictSame(commandLine(['node', 'jigdo', 'a', 'é', '']), ['a', '\xc3\xa9', '']);
  t.strictSame(commandLine(['node', 'jigdo']), []);
});

t.test("the kernel's copy ends with our arguments", async (t) => {
  t.strictSame(lastArguments('node\0--flag\0jigdo\0mt\0\0x\xff\0', 3), ['mt', '', 'x\xff']);
  t.strictSame(lastArguments('node\0jigdo\0', 0), []);
  t.equal(lastArguments('', 1), undefined);
});

t.test('bytes that are not UTF-8 survive', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const bin = new URL('../../bin/jigdo.js', import.meta.url).pathname;
  // A shell makes the argument: spawn would encode it as UTF-8.
  const { stderr, status } = spawnSync('sh', [
    '-c',
    `exec "$0" "$1" verify -i "$(printf 'x\\377y')" -t nowhere`,
    process.execPath,
    bin,
  ]);
  t.equal(status, 3);
  t.match(stderr.toString('latin1'), /nowhere/);
});
