import { createHash } from 'node:crypto';
import t from 'tap';
import { Md5Lanes } from '../../src/checksum/md5-lanes.js';
import type { Message } from '../../src/checksum/message.js';
import { OneLane } from '../../src/checksum/one-lane.js';
import { Random } from '../support/random-trees.js';

const LENGTHS = [
  ...Array.from({ length: 200 }, (_, i) => i),
  ...[1000, 4095, 4096, 4097, 30_000, 131_007, 131_008, 131_071, 131_072, 131_073, 262_143, 262_144, 300_001],
];

/** Messages of noise, and how they ended. */
class Messages {
  readonly wrong: number[] = [];
  ended = 0;
  readonly #random = new Random(1);
  readonly #algorithm: string;

  constructor(algorithm: string) {
    this.#algorithm = algorithm;
  }

  of(length: number, giveUpAt = Infinity): Message {
    const bytes = this.#random.bytes(length);
    const expected = createHash(this.#algorithm).update(bytes).digest('hex');
    let position = 0;
    return {
      length,
      next: (target) => {
        if (position >= giveUpAt) return false;
        target.set(bytes.subarray(position, position + target.length));
        position += target.length;
        return true;
      },
      done: (digest) => {
        this.ended++;
        if (Buffer.from(digest).toString('hex') !== expected) this.wrong.push(length);
      },
    };
  }
}

t.test('the lanes give what node:crypto gives, for all lengths', async (t) => {
  const lanes = new Md5Lanes();
  for (const count of [1, 2, 7, 8, 9, LENGTHS.length]) {
    const messages = new Messages('md5');
    const waiting = LENGTHS.slice(-count).map((length) => messages.of(length));
    lanes.run(() => waiting.pop(), true);
    t.strictSame([messages.wrong, messages.ended, lanes.busy], [[], count, 0]);
  }
});

t.test('messages wait for company, and may be given up', async (t) => {
  const lanes = new Md5Lanes();
  const messages = new Messages('md5');
  const long = [300_000, 200_000, 400_000, 300_001, 300_002, 300_003, 300_004];
  const waiting = [3, ...long].map((length) => messages.of(length));
  lanes.run(() => waiting.pop(), false);
  t.strictSame([messages.ended, lanes.busy], [1, 7], 'the short one had company to its end');
  waiting.push(messages.of(500_000, 131_072), messages.of(70_000), messages.of(70_001));
  lanes.run(() => waiting.shift(), false);
  t.equal(waiting.length, 0);
  t.ok(lanes.busy < 8);
  lanes.run(() => undefined, true);
  t.strictSame([messages.wrong, messages.ended, lanes.busy], [[], 10, 0]);
});

t.test('one lane gives what node:crypto gives, with interruptions', async (t) => {
  const lane = new OneLane('sha256');
  const messages = new Messages('sha256');
  const waiting = [...LENGTHS, 600_000].map((length) => messages.of(length));
  waiting.push(messages.of(900_000, 262_144));
  let calls = 0;
  for (let rounds = 0; waiting.length > 0 || lane.busy; rounds++) {
    lane.run(
      () => waiting.pop(),
      () => calls++ % 3 === 2,
    );
    if (rounds > 1000) throw new Error('it does not end');
  }
  t.strictSame([messages.wrong, messages.ended], [[], LENGTHS.length + 1]);
});
