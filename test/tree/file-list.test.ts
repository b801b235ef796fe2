import { Readable } from 'node:stream';
import t from 'tap';
import { LineReader } from '../../src/io/line-reader.js';
import { namesFromLists } from '../../src/tree/file-list.js';

t.test('lists are read in their order', async (t) => {
  const folder = t.testdir({ l1: 'a\nb\n\nnot this\n', l2: 'c' });
  const warnings: string[] = [];
  const reporter = { info() {}, progress() {}, warning: (line: string) => void warnings.push(line) };
  const stdin = new LineReader(Readable.from([Buffer.from('s\n\nt\n\nimage')]));
  const names = [];
  const lists = [`${folder}/l1`, '-', `${folder}/gone`, `${folder}/l2`, folder, '-'];
  for await (const name of namesFromLists(lists, stdin, reporter)) names.push(name);
  t.strictSame(names, ['a', 'b', 's', 'c', 't']);
  t.strictSame(warnings, [
    `Error reading filenames from \`${folder}/gone' (No such file or directory)`,
    `Error reading filenames from \`${folder}' (Is a directory)`,
  ]);
  const rest = [];
  for await (const piece of stdin.rest()) rest.push(Buffer.from(piece));
  t.equal(Buffer.concat(rest).toString(), 'image');
});
