import t from 'tap';
import { deduceNames } from '../../src/cli/names.js';

t.test('unset names come from the first name that is set', async (t) => {
  t.strictSame(deduceNames({ image: 'a.b.iso' }), { image: 'a.b.iso', jigdo: 'a.b.jigdo', template: 'a.b.template' });
  t.strictSame(deduceNames({ image: 'noext' }), { image: 'noext', jigdo: 'noext.jigdo', template: 'noext.template' });
  t.strictSame(deduceNames({ image: 'dir.d/x' }), {
    image: 'dir.d/x',
    jigdo: 'dir.d/x.jigdo',
    template: 'dir.d/x.template',
  });
  t.strictSame(deduceNames({ jigdo: 'q.jigdo' }), { image: 'q', jigdo: 'q.jigdo', template: 'q.template' });
  t.strictSame(deduceNames({ template: 'q.template', image: '-' }), {
    image: '-',
    jigdo: 'q.jigdo',
    template: 'q.template',
  });
  t.strictSame(deduceNames({ image: 'x.iso', template: '-' }), { image: 'x.iso', jigdo: 'x.jigdo', template: '-' });
});

t.test('a name that would equal its source, or be none, stays unset', async (t) => {
  t.strictSame(deduceNames({ image: 'w.jigdo' }), { image: 'w.jigdo', jigdo: undefined, template: 'w.template' });
  t.strictSame(deduceNames({ image: '.hid' }), { image: '.hid', jigdo: '.jigdo', template: '.template' });
  t.strictSame(deduceNames({ template: 'd/.template' }), {
    image: undefined,
    jigdo: 'd/.jigdo',
    template: 'd/.template',
  });
  t.strictSame(deduceNames({ image: '-', template: '-' }), { image: '-', template: '-' });
  t.strictSame(deduceNames({}), {});
});
