import t from 'tap';
import { automaticLabels, LabelNames } from '../../src/format/label-names.js';

t.test('the first letter varies fastest', (t) => {
  const names = automaticLabels();
  const all = Array.from({ length: 26 + 26 * 26 + 2 }, () => names.next().value as string);
  t.same(all.slice(0, 3), ['A', 'B', 'C']);
  t.same(all.slice(25, 29), ['Z', 'AA', 'BA', 'CA']);
  t.same(all.slice(51, 54), ['ZA', 'AB', 'BB']);
  t.same(all.slice(26 + 26 * 26 - 1), ['ZZ', 'AAA', 'BAA']);
  t.equal(new Set(all).size, all.length);
  t.end();
});

t.test('one label for each prefix, and no name twice', (t) => {
  const names = new LabelNames(new Map([['d/', 'B']]), ['A', 'B', 'D']);
  t.same(
    ['', 'd/', 'e/', '', 'f/'].map((prefix) => names.of(prefix)),
    ['C', 'B', 'E', 'C', 'F'],
  );
  t.same(
    [...names.used],
    [
      ['', 'C'],
      ['d/', 'B'],
      ['e/', 'E'],
      ['f/', 'F'],
    ],
  );
  t.end();
});

t.test('the empty label is none', (t) => {
  t.equal(new LabelNames(new Map([['d/', '']]), ['A']).of('d/'), 'B');
  t.end();
});

t.test('labels that could not be read back', (t) => {
  for (const good of ['a b', 'MD5Sum', "it's", '\xff', '"']) {
    t.equal(new LabelNames(new Map([['d/', good]]), []).of('d/'), good);
  }
  for (const bad of ['a:b', 'a#b', '[a', 'a]', 'a=b', 'a\nb', ' a', 'a\t', '\0']) {
    t.throws(() => new LabelNames(new Map([['d/', bad]]), []).of('d/'), {
      name: 'FormatError',
      message: /^a .jigdo file cannot hold a label/,
    });
  }
  t.end();
});
