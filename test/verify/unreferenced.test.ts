import t from 'tap';
import { fromText } from '../../src/format/bytes.js';
import { SILENT } from '../../src/io/reporter.js';
import { FileSet, unreferencedFiles } from '../../src/verify/unreferenced.js';

t.test('each folder once, and none that only a link leads to', async (t) => {
  const dir = t.testdir({
    tree: {
      a: 'aa',
      sub: { b: 'b' },
      out: t.fixture('symlink', '../elsewhere'),
      nowhere: t.fixture('symlink', 'gone'),
    },
    elsewhere: { c: 'c' },
  });
  const tree = fromText(`${dir}/tree/`);
  const found: string[] = [];
  for await (const { path, size } of unreferencedFiles(
    [tree, fromText(`${dir}/tree/sub/`), tree],
    new FileSet(),
    SILENT,
  )) {
    found.push(`${path.slice(dir.length)} ${size}`);
  }
  t.same(found, ['/tree/a 2', '/tree/nowhere 4', '/tree/sub/b 1']);
});
