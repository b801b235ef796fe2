import t from 'tap';
import { fromText } from '../../src/format/bytes.js';
import { snapshotNeeds } from '../../src/mirror/snapshot-needs.js';
import { SILENT } from '../../src/io/reporter.js';
import { LocalFolders } from '../../src/verify/local-folders.js';
import { verifyTree } from '../../src/verify/verify-tree.js';
import { Log } from '../support/log.js';

t.test('labels that multiply long names are refused', async (t) => {
  const servers = Array.from({ length: 300 }, () => 'A=B:\n').join('');
  const parts = `${'A'.repeat(22)}=A:${'x'.repeat(2 ** 20)}\n`;
  const dir = t.testdir({ 'a.jigdo': `[Image]\nFilename=a\n[Parts]\n${parts}[Servers]\nB=x\n${servers}`, tree: {} });
  const [jigdos, trees] = [[fromText(`${dir}/a.jigdo`)], [fromText(`${dir}/tree`)]];
  const message = /a\.jigdo: \[Parts\]: the labels stand for too many places, `A:x+' is one too many$/;
  const log = new Log();
  const result = await verifyTree({ jigdos, trees, jobs: 1, reporter: log });
  t.strictSame([result.exitCode, result.unusable], [2, jigdos]);
  t.match(log.warnings, [message]);
  t.throws(() => snapshotNeeds(jigdos, new LocalFolders(new Map(), trees), SILENT), { message });
});
