// Names that a file may have, though few have them, from make-template to all who take a file from a server.
import t from 'tap';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toPath } from '../../src/format/bytes.js';
import { oracle } from '../support/oracle.js';
import { Shell } from '../support/shell.js';
import { serveFolder } from '../support/web-server.js';

/** Every byte but `/` in the beginning, the middle, and the end of a name. */
const BYTES = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1))
  .filter((c) => c !== '/')
  .flatMap((c) => [`${c}xs`, `x${c}m`, `xe${c}`]);

const shell = new Shell();

function bin(program: string): string[] {
  return ['node', fileURLToPath(new URL(`../../bin/${program}.js`, import.meta.url))];
}

/** Writes a tree, each file of other contents, and the image of all of them. */
function write(folder: string, names: readonly string[]): Buffer {
  mkdirSync(join(folder, 'tree'));
  const contents = names.map((name, i) => Buffer.from(`${i}`.padEnd(1100, `${name.length}.${i * 7919}-`)));
  for (const [i, name] of names.entries()) writeFileSync(toPath(join(folder, 'tree', name)), contents[i]);
  const image = Buffer.concat(contents);
  writeFileSync(join(folder, 'a.img'), image);
  return image;
}

/** The lines of [Parts], sorted. */
function parts(text: string): string[] {
  return text
    .slice(text.indexOf('[Parts]\n') + '[Parts]\n'.length)
    .split('\n')
    .sort();
}

t.test('as the original writes and reads names of all bytes', async (t) => {
  const original = oracle(t, 'jigdo-file');
  if (original === undefined) return;
  const folder = t.testdir({});
  write(folder, [...new Set(BYTES), "d'e\r", 'two\r\r', 'blank \r', '\r', '%0D', 'c%0d']);
  const make = async (words: string[], name: string): Promise<string[]> => {
    const outputs = ['--jigdo', `${name}.jigdo`, '--template', `${name}.template`];
    const given = ['make-template', '--image', 'a.img', ...outputs, '--label', 'A=tree', 'tree//'];
    t.equal((await shell.run([...words, ...given], { cwd: folder })).code, 0);
    return parts(readFileSync(join(folder, `${name}.jigdo`), 'latin1'));
  };
  const [theirs, ours] = [await make([original], 'theirs'), await make(bin('jigdo-file'), 'ours')];
  const differing = ours.filter((line) => !theirs.includes(line)).map((line) => line.slice(line.indexOf('=') + 1));
  // The original writes these names bare: their last CR is lost when it is read, and LF ends the line.
  const lost = ["'A:\r'", "'A:xe\r'", "'A:two\r\r'", 'A:%0Axs', 'A:x%0Am', 'A:xe%0A'];
  t.strictSame(differing.sort(), lost.sort());
  const asked = async (words: string[], name: string): Promise<string[]> => {
    const files = ['--image', 'none.img', '--jigdo', `${name}.jigdo`, '--template', `${name}.template`];
    const { stdout } = await shell.run([...words, 'print-missing-all', ...files, '--uri', 'A=B/'], { cwd: folder });
    return stdout.split('\n\n').sort();
  };
  for (const name of ['theirs', 'ours']) {
    t.strictSame(await asked(bin('jigdo-file'), name), await asked([original], name), `what is read of ${name}`);
  }
});

t.test('all who take files from a server get them', async (t) => {
  const names = ['Date Preferences\r', '\r', 'two\r\r', 'tab\tx', '\x01\x1b[31m', '\x7f', '%0D', "d'e\r", 'b\rc'];
  const folder = t.testdir({});
  const image = write(folder, names);
  const { url } = await serveFolder(t, join(folder, 'tree'));
  const jigdo = async (...words: string[]): Promise<void> => {
    const { code, stdout, stderr } = await shell.run([...bin('jigdo'), ...words], { cwd: folder });
    t.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  };
  const hasImage = (path: string): void => void t.ok(readFileSync(join(folder, path)).equals(image), path);
  const pair = ['--jigdo', 'jigdo/a.jigdo', '--template', 'jigdo/a.template'];
  for (const name of ['jigdo', 'lite', 'empty']) mkdirSync(join(folder, name));
  await jigdo('make-template', '--image', 'a.img', ...pair, '--label', 'A=tree', '--uri', `A=${url}`, 'tree//');

  await jigdo('download', '--image', 'b.img', 'jigdo/a.jigdo');
  hasImage('b.img');
  const lite = await shell.run([...bin('jigdo-lite'), '--noask', '../jigdo/a.jigdo'], { cwd: join(folder, 'lite') });
  t.equal(lite.code, 0, lite.stderr);
  hasImage('lite/a.img');
  await jigdo('verify-tree', url, '--jigdo', 'jigdo/a.jigdo');
  await jigdo('verify-tree', 'tree', '--jigdo', 'jigdo/a.jigdo');
  await shell.run([...bin('jigdo'), 'verify-tree', 'empty', '--jigdo', 'jigdo/a.jigdo', '--fix-from', url], {
    cwd: folder,
  });
  t.strictSame(readdirSync(join(folder, 'empty')).sort(), [...names].sort(), 'mended');
  mkdirSync(join(folder, 'few'));
  writeFileSync(join(folder, 'few/unused'), '');
  await jigdo('mirror', '--jigdo-dir', 'jigdo', 'few', '--fetch-from', url);
  hasImage('jigdo/a.img');
});
