import t from 'tap';
import { precondition, rangeApplies } from '../../src/serve/conditions.js';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT';
const NOW = { etag: '"md5-1"', lastModified: Date.parse(DATE) + 500 };

t.test('preconditions, in the order of RFC 9110, 13.2.2', async (t) => {
  const cases: [Record<string, string>, 304 | 412 | undefined][] = [
    [{}, undefined],
    [{ 'if-match': '*' }, undefined],
    [{ 'if-match': '"x", "md5-1"' }, undefined],
    [{ 'if-match': 'W/"md5-1"' }, 412],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': '"md5-1"', 'if-unmodified-since': BEFORE }, undefined],
    [{ 'if-unmodified-since': BEFORE }, 412],
    [{ 'if-unmodified-since': DATE }, undefined],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': 'W/"md5-1"' }, 304],
    [{ 'if-none-match': '"a,b", "md5-1"' }, 304],
    [{ 'if-none-match': '"x"', 'if-modified-since': DATE }, undefined],
    [{ 'if-none-match': '"md5-1"', 'if-modified-since': BEFORE }, 304],
    [{ 'if-none-match': '"a",W/"b",  W/"md5-1"' }, 304],
    [{ 'if-match': '"a" , "md5-1"' }, undefined],
    [{ 'if-none-match': 'nonsense' }, undefined],
    [{ 'if-modified-since': DATE }, undefined],
    [{ 'if-modified-since': 'Mon, 01 Jan 2035 00:00:00 GMT' }, undefined],
    [{ 'if-unmodified-since': 'Sunday, 06-Nov-94 08:49:36 GMT' }, 412],
    [{ 'if-unmodified-since': 'Sun Nov  6 08:49:36 1994' }, 412],
    [{ 'if-unmodified-since': '784111776' }, undefined],
    [{ 'if-unmodified-since': 'Sunday' }, undefined],
  ];
  for (const [headers, status] of cases) t.equal(precondition(headers, NOW), status, JSON.stringify(headers));
});

t.test('If-Range wants exactly this representation', async (t) => {
  t.ok(rangeApplies(undefined, NOW));
  t.ok(rangeApplies('"md5-1"', NOW));
  for (const other of ['W/"md5-1"', '"md5-2"', '"md5-1", "md5-2"', BEFORE, DATE, '*', '']) {
    t.notOk(rangeApplies(other, NOW), other);
  }
});
