import t from 'tap';
import { editDistance, suggest } from '../../src/format/suggest.js';

t.test('the distance counts inserted, deleted, replaced and swapped letters', async (t) => {
  t.equal(editDistance('', 'abc'), 3);
  t.equal(editDistance('kitten', 'sitting'), 3);
  t.equal(editDistance('lable', 'label'), 1);
  t.equal(editDistance('same', 'same'), 0);
});

t.test('near words are suggested, others are not', async (t) => {
  const known = ['make-template', 'make-image', 'verify', 'scan'];
  t.equal(suggest('make-tmplate', known), 'make-template');
  t.equal(suggest('verfiy', known), 'verify');
  t.equal(suggest('frobnicate', known), undefined);
  t.equal(suggest('x', known), undefined);
});
