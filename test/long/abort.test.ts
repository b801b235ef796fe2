// Each job is aborted at every one of its steps, and each command at random moments.
import t from 'tap';
import { abortAll, LONGEST } from '../support/aborts.js';
import { interruptAll } from '../support/interrupts.js';

/** A word in the names of the jobs that are run; all by default. */
const ONLY = process.env.JIGDO_ONLY ?? '';
/** Signals for each command. */
const SIGNALS = Number(process.env.JIGDO_SIGNALS ?? 40);
const SEED = Number(process.env.JIGDO_SEED ?? 1);

t.test('an abort at every step', { timeout: 10 * LONGEST }, async (t) => {
  await abortAll(t, (steps) => Array.from({ length: steps }, (_, i) => i + 1), ONLY);
});

t.test(`SIGINT at random moments, seed ${SEED}`, { timeout: LONGEST }, async (t) => {
  await interruptAll(t, { turns: SIGNALS, seed: SEED, isChosen: ({ name }) => name.includes(ONLY) });
});
