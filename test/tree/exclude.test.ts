import picomatch from 'picomatch';
import t from 'tap';
import { compileExcludes } from '../../src/tree/exclude.js';
import { Random } from '../support/random-trees.js';

t.test('a long name costs no more than its length', { timeout: 10_000 }, async (t) => {
  const excluded = await compileExcludes(['*-*-*-*.iso']);
  t.equal(excluded?.('-'.repeat(4000), false), false);
  t.equal(excluded?.(`${'-'.repeat(4000)}.iso`, false), true);
});

t.test('as the library says', async (t) => {
  const random = new Random(1);
  const text = (letters: string): string =>
    Array.from({ length: random.below(7) }, () => letters[random.below(letters.length)]).join('');
  let matched = 0;
  for (let i = 0; i < 4000; i++) {
    const [glob, name] = [`x${text('a.*?-')}`, `x${text('a.-')}`];
    const expected = picomatch(glob, { dot: true })(name);
    if (expected) matched++;
    const excluded = await compileExcludes([glob]);
    if (excluded?.(name, false) !== expected) t.fail(`${glob} ${name}: ${expected}`);
  }
  t.ok(matched > 100, `${matched} matched`);
});
