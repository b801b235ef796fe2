// Damaged inputs for all parsers and layouts: each is read or refused in a line, without hanging or taking the memory. With
// JIGDO_MUTATION='KIND SEED' that one input alone is read, in this thread.
import t from 'tap';
import { KINDS } from '../support/mutation/kinds.js';
import { runMutations } from '../support/mutation/run.js';
import { removeScratchFile } from '../support/mutation/scratch-file.js';
import { Random } from '../support/random-trees.js';

const INPUTS = 1_000_000;

t.test('damaged inputs of all kinds', { timeout: 3_600_000 }, async (t) => {
  const [one, seed] = process.env.JIGDO_MUTATION?.split(' ') ?? [];
  const kind = KINDS.find(({ name }) => name === one);
  if (kind) {
    await kind.run(new Random(Number(seed)));
    removeScratchFile();
    t.pass(`${one} ${seed}`);
    return;
  }
  const { failures, count, slowest, peak, kinds } = await runMutations(INPUTS, 2);
  t.comment(`${count} inputs: ${[...kinds].map(([name, number]) => `${name} ${number}`).join(', ')}`);
  t.comment(
    `the slowest is ${slowest.kind} ${slowest.seed}: ${Math.round(slowest.milliseconds)} ms; ${Math.round(peak)} MiB at most`,
  );
  for (const { kind, seed, reason } of failures) t.fail(`${kind} ${seed}: ${reason}`);
  t.ok(count >= INPUTS, `${count} inputs`);
});
