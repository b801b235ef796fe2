// The digests of many messages, as fast as one core can.
import { DIGESTS, type Algorithm } from './algorithm.js';
import { Md5Lanes } from './md5-lanes.js';
import type { Message } from './message.js';
import { OneLane } from './one-lane.js';

/** Longer messages are hashed alone: rarely is there company for so long, and without it a lane is slower. Bytes. */
const LONG_MESSAGE_BYTES = 16 << 20;

/**
 * Short messages of so many bytes are hashed one by one, before lanes are made for the rest: with them it takes as long, until V8 has
 * compiled them.
 */
const FIRST_ALONE_BYTES = 16 << 20;

/** What a run is given: where messages come from, and when to stop. */
export interface MessageSupply {
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
  readonly #algorithm: Algorithm;
  readonly #long: OneLane;
  /** Hashes the first short messages. */
  readonly #first: OneLane;
  /** Bytes of those. */
  #firstLength = 0;
  #lanes: Md5Lanes | undefined;

  constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm;
    this.#long = new OneLane(algorithm);
    this.#first = new OneLane(algorithm);
  }

  /** Whether a message of that length counts as long. */
  isLong(length: number): boolean {
    return !DIGESTS[this.#algorithm].inLanes || length > LONG_MESSAGE_BYTES;
  }

  /** Whether a message is under way that waits for no company: long, or one of the first. */
  get aloneUnderWay(): boolean {
    return this.#long.busy || this.#first.busy;
  }

  /** How many messages are under way in lanes. */
  get inLanes(): number {
    return this.#lanes?.busy ?? 0;
  }

  /** Finishes the short messages that are under way. */
  finishShort(): void {
    this.#first.run(
      () => undefined,
      () => false,
    );
    this.#lanes?.run(() => undefined, true);
  }

  /** Hashes what it is given. */
  run({ short, long, enough, toTheEnd }: MessageSupply): void {
    this.#long.run(long, enough);
    if (!DIGESTS[this.#algorithm].inLanes) return;
    this.#first.run(() => this.#oneOfFew(short), enough);
    if (this.#firstLength < FIRST_ALONE_BYTES || enough()) return;
    this.#lanes ??= new Md5Lanes();
    this.#lanes.run(() => (enough() ? undefined : short()), toTheEnd && !enough());
  }

  #oneOfFew(short: () => Message | undefined): Message | undefined {
    const message = this.#firstLength < FIRST_ALONE_BYTES ? short() : undefined;
    this.#firstLength += message?.length ?? 0;
    return message;
  }
}
