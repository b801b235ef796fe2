import t from 'tap';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '../../src/format/bytes.js';
import { GoneFolders } from '../../src/tree/gone-folders.js';

t.test('only what is below a folder that is not there is gone', (t) => {
  const tree = t.testdir({ there: {} });
  const path = (name: string): string => fromText(join(tree, name));
  const gone = new GoneFolders();
  gone.learn(path('there/a'));
  t.notOk(gone.isGone(path('there/b')));
  gone.learn(path('a/b/c/d'));
  t.ok(gone.isGone(path('a/x')), 'the highest one that is not there');
  t.notOk(gone.isGone(path('ab')));
  t.notOk(gone.isGone(path('a')));
  writeFileSync(path('file'), '');
  gone.learn(path('file/x'));
  t.notOk(gone.isGone(path('there/b')));
  gone.learn('relative');
  gone.learn('nowhere/x');
  t.ok(gone.isGone('nowhere/y'));
  t.end();
});
