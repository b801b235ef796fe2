import t from 'tap';
import { cutName } from '../../src/tree/label.js';

t.test('names are cut at the last double slash', (t) => {
  const cases: [name: string, prefix: string, rest: string][] = [
    ['d///f', 'd//', 'f'],
    ['.//d//f', './/d/', 'f'],
    ['//abs/f', '/', 'abs/f'],
    ['/abs/f', '/', 'abs/f'],
    ['/abs//f', '/abs/', 'f'],
    ['d/f', '', 'd/f'],
    ['f', '', 'f'],
    ['src//', 'src/', ''],
    ['/', '/', ''],
    ['//', '/', ''],
    ['', '', ''],
  ];
  for (const [name, prefix, rest] of cases) t.strictSame(cutName(name), { prefix, rest }, name);
  t.end();
});
