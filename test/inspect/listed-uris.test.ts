import t from 'tap';
import { ListedUris } from '../../src/inspect/listed-uris.js';

t.test('a document has a bound, whatever labels multiply', (t) => {
  t.equal(new ListedUris(1).wanted, 101);
  t.equal(new ListedUris(200_000).wanted, 6);
  const all = new ListedUris(10_000_000);
  t.equal(all.wanted, 2);
  t.same(all.list(['a']), { uris: ['a'] });
  t.same(all.list(['a', 'b']), { uris: ['a'], moreUris: true });
  t.same(all.list([]), { uris: [] });
  const long = new ListedUris(1);
  const uri = 'x'.repeat(2 ** 21);
  for (let i = 0; i < 65; i++) t.equal(long.list([uri]).uris.length, 1);
  t.same(long.list([uri]), { uris: [], moreUris: true }, '128 MiB have been listed');
  t.end();
});
