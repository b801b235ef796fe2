// Ctrl-C or the abort of a caller, at any step of any job. test/long/abort.test.ts takes all steps.
import t from 'tap';
import { abortAll, LONGEST } from '../support/aborts.js';

t.test('aborts', { timeout: LONGEST }, async (t) => {
  let turn = 0;
  await abortAll(t, (steps) => {
    // Each job at another one: spread over all.
    return [1 + Math.floor(((0.618 * ++turn) % 1) * steps)];
  });
});
