import t from 'tap';
import { resultLines } from '../../src/cli/download-report.js';
import type { DownloadResult } from '../../src/fetch/download.js';
import { part, entriesOf } from '../support/template-builder.js';

t.test('what is missing does not flood a terminal, nor a log', (t) => {
  const [entry] = entriesOf([part('x')]).entries;
  if (entry.kind !== 'part') throw new Error('no part');
  const attempts = Array.from({ length: 12 }, (_, i) => ({ url: `http://m${i}/x`, reason: 'HTTP status 404' }));
  const missing = Array.from({ length: 10_002 }, () => ({ part: entry, attempts }));
  const result: DownloadResult = { image: 'x', status: 'incomplete', exitCode: 1, missing, absent: [], rounds: [] };
  const log = resultLines(result, false);
  t.equal(log.length, 1 + 10_000 * 12 + 1);
  t.match(log[11], /http:\/\/m9\/x: HTTP status 404/);
  t.match(log[12], /^ +and 2 more places \(--json tells of all\)$/);
  t.equal(log.at(-1), '  and 2 more (--json tells of all)');
  t.equal(resultLines(result, true).length, 1 + 20 * 12 + 1);
  t.end();
});
