// A small share of the damaged inputs of test/long/mutation.test.ts.
import t from 'tap';
import { runMutations } from '../support/mutation/run.js';

t.test('damaged inputs of all kinds: refused in a line, or read', { timeout: 120_000 }, async (t) => {
  const { failures, count, slowest } = await runMutations(6000, 2);
  t.comment(`${count} inputs, the slowest ${slowest.kind} ${slowest.seed}: ${Math.round(slowest.milliseconds)} ms`);
  for (const { kind, seed, reason } of failures) t.fail(`${kind} ${seed}: ${reason}`);
  t.ok(count >= 6000, `${count} inputs`);
});
