// The digests of many messages, as fast as one core can.
import type { Algorithm } from './digest.js';
import { Md5Lanes } from './md5-lanes.js';
import type { Message } from './message.js';
import { OneLane } from './one-lane.js';

/** Longer messages are hashed alone: rarely is there company for so long, and without it a lane is slower. Bytes. */
const LONG = 16 << 20;

/** What a run is given: where messages come from, and when to stop. */
export interface Run {
  /** The next message that is not long; undefined if there is none now. */
  readonly short: () => Message | undefined;
  /** The next long one. */
  readonly long: () => Message | undefined;
  /** Asked often: whether the run should come to an end soon, to go on in the next one. */
  readonly enough: () => boolean;
  /** Whether to finish all short messages. Otherwise some stay under way until others come with which they are hashed faster. */
  readonly toTheEnd: boolean;
}

/** Hashes short messages together, if they are MD5's, and long ones one after the other. */
export class ManyDigests {
  readonly #one: OneLane;
  readonly #lanes: Md5Lanes | undefined;

  constructor(algorithm: Algorithm) {
    this.#one = new OneLane(algorithm);
    if (algorithm === 'md5') this.#lanes = new Md5Lanes();
  }

  /** Whether a message of that length counts as long. */
  isLong(length: number): boolean {
    return !this.#lanes || length > LONG;
  }

  /** Whether a long message is under way. */
  get longUnderWay(): boolean {
    return this.#one.busy;
  }

  /** How many short messages are under way. */
  get shortUnderWay(): number {
    return this.#lanes?.busy ?? 0;
  }

  /** Finishes the short messages that are under way. */
  finishShort(): void {
    this.#lanes?.run(() => undefined, true);
  }

  /** Hashes what it is given. */
  run({ short, long, enough, toTheEnd }: Run): void {
    this.#one.run(long, enough);
    this.#lanes?.run(() => (enough() ? undefined : short()), toTheEnd && !enough());
  }
}
