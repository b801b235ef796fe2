// A digest that begins anew, whenever its worker happens to look.
import t from 'tap';
import {
  moveFrontier,
  orderRestart,
  readOrders,
  WORD_COUNT,
  type DigestWords,
} from '../../src/checksum/stream/protocol.js';

const LENGTH = 4;

/** What a writer says, one after the other; and by the number of restarts, how many bytes are final at most. */
const ORDERS: readonly ((words: DigestWords) => void)[] = [
  (words) => moveFrontier(words, 3),
  (words) => orderRestart(words, 1),
  (words) => moveFrontier(words, 2),
  (words) => orderRestart(words, 0),
  (words) => moveFrontier(words, LENGTH),
];
const MOST_FINAL = [3, 2, LENGTH];

t.test('the frontier and the restarts that are read belong together, whatever comes between', (t) => {
  const newWords = (): DigestWords => new BigInt64Array(new SharedArrayBuffer(8 * WORD_COUNT));
  const seen = new Set<string>();
  // The orders that come before each of the reader's first four loads: all ways.
  const step = (counts: readonly number[]): void => {
    const left = ORDERS.length - counts.reduce((a, b) => a + b, 0);
    if (counts.length < 4) {
      for (let n = 0; n <= left; n++) step([...counts, n]);
      return;
    }
    const words = newWords();
    let next = 0;
    let loads = 0;
    const { frontier, restarts, changes } = readOrders((word) => {
      for (let n = counts[loads++] ?? 0; n > 0; n--) ORDERS[next++](words);
      return Atomics.load(words, word);
    });
    seen.add(`${restarts} ${frontier}`);
    const name = counts.join();
    if (frontier > BigInt(MOST_FINAL[Number(restarts)])) t.fail(`${name}: bytes that are not final`);
    if (frontier === BigInt(LENGTH) && restarts !== 2n) t.fail(`${name}: the end, before all restarts`);
    if (changes !== BigInt(next)) t.fail(`${name}: a change that would be slept through`);
  };
  step([]);
  t.strictSame([...seen].sort(), ['0 0', '0 3', '1 1', '1 2', '2 0', '2 4']);
  t.end();
});
