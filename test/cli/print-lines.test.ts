import t from 'tap';
import { printLines } from '../../src/cli/print-lines.js';

t.test('an abort ends a long list', async (t) => {
  const caller = new AbortController();
  let lines = 0;
  function* endless(): Generator<string> {
    for (;;) yield 'x'.repeat(1000);
  }
  const printed: string[] = [];
  const print = (text: string): void => {
    printed.push(text);
    // Noticed as a signal of the system is: by the event loop, which has to get its turn.
    if (printed.length === 3) setImmediate(() => caller.abort());
    if (printed.length > 100_000) throw new Error('nobody looks at the signal');
  };
  const lineOf = (line: string): string => {
    lines++;
    return line;
  };
  await t.rejects(printLines(endless(), lineOf, print, caller.signal), { name: 'Interrupted' });
  t.equal(printed.join('\n').split('\n').length, lines, 'what was made before is written');
});
