// Parts on their way from their sources to their places, several at a time, checked while they pass.
import type { Algorithm } from '../checksum/algorithm.js';
import { ManyDigests } from '../checksum/many-digests.js';
import type { Message } from '../checksum/message.js';
import { isOutOfFiles, JigdoError } from '../errors.js';
import type { PartEntry } from '../format/template.js';
import { mismatch, type CopyOutcome } from './copy-part.js';
import { openLocated, type Located, type OpenLocated } from './located.js';
import type { Pace } from './pace.js';

/** Bytes between two looks at the event loop. */
const TRANSFER_TURN_BYTES = 16 << 20;

/** A part and what is to be done with it. */
export interface TransferOptions {
  readonly located: Located;
  readonly part: PartEntry;
  /** Gets the bytes in order; `position` counts from the part's first byte. */
  readonly write: (bytes: Uint8Array, position: number) => void;
  /** Told how it went, when it is over. */
  readonly done: (outcome: CopyOutcome) => void;
}

/** Copies parts. That several are copied at a time is for their digests: see Md5Lanes. */
export class Transfers implements Disposable {
  readonly #pace: Pace;
  readonly #queues = new Map<Algorithm, Queue>();

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Takes a part, to be copied by `run`. */
  add(options: TransferOptions): void {
    const { algorithm } = options.part;
    let queue = this.#queues.get(algorithm);
    if (!queue) this.#queues.set(algorithm, (queue = new Queue(algorithm)));
    queue.add(options);
  }

  /**
   * Copies parts.
   *
   * @param toTheEnd whether to copy all of them. Otherwise some stay under way until others come.
   * @throws Interrupted if the signal fires, and what `write` throws: then no part that is under way will be done
   */
  async run(toTheEnd: boolean): Promise<void> {
    for (const queue of this.#queues.values()) {
      while (queue.run(toTheEnd)) await this.#pace.step();
    }
  }

  /** Finishes what will be done in a moment, and begins nothing else: to be called when there is no time left. */
  finishShort(): void {
    for (const queue of this.#queues.values()) queue.finishShort();
  }

  /** Closes the sources of what is under way. */
  [Symbol.dispose](): void {
    for (const queue of this.#queues.values()) queue.close();
  }
}

/** The parts of one digest family. */
class Queue {
  readonly #digests: ManyDigests;
  readonly #short: Transfer[] = [];
  readonly #long: Transfer[] = [];
  readonly #begun = new Set<Transfer>();
  /** Bytes copied in this run. */
  #copied = 0;

  constructor(algorithm: Algorithm) {
    this.#digests = new ManyDigests(algorithm);
  }

  add(options: TransferOptions): void {
    const transfer = new Transfer(options, {
      passed: (length) => (this.#copied += length),
      ended: () => this.#begun.delete(transfer),
    });
    (this.#digests.isLong(transfer.length) ? this.#long : this.#short).push(transfer);
  }

  /** Copies for a while. Returns whether there is more to do now. */
  run(toTheEnd: boolean): boolean {
    this.#copied = 0;
    const next = (queue: Transfer[]) => (): Transfer | undefined => {
      const transfer = queue.shift();
      if (transfer) this.#begun.add(transfer);
      return transfer;
    };
    const enough = (): boolean => this.#copied >= TRANSFER_TURN_BYTES;
    this.#digests.run({ short: next(this.#short), long: next(this.#long), enough, toTheEnd });
    const { aloneUnderWay, inLanes } = this.#digests;
    const unfinished = aloneUnderWay || (toTheEnd && inLanes > 0);
    return this.#short.length + this.#long.length > 0 || unfinished;
  }

  finishShort(): void {
    this.#digests.finishShort();
  }

  close(): void {
    for (const transfer of this.#begun) transfer.close();
  }
}

/** One part on its way. */
class Transfer implements Message {
  readonly length: number;
  readonly #options: TransferOptions;
  readonly #events: { readonly passed: (length: number) => void; readonly ended: () => void };
  #opened: OpenLocated | undefined;
  #position = 0;

  constructor(options: TransferOptions, events: { passed: (length: number) => void; ended: () => void }) {
    this.length = options.part.length;
    this.#options = options;
    this.#events = events;
  }

  next(target: Uint8Array): boolean {
    const { located, write } = this.#options;
    try {
      this.#opened ??= openLocated(located);
      if (this.#opened.reader.read(target, this.#position) < target.length) {
        return this.#fail(`Error reading from \`${located.name}' (file is too short)`);
      }
    } catch (error) {
      if (!(error instanceof JigdoError) || isOutOfFiles(error.cause)) throw error;
      return this.#fail(error.message);
    }
    write(target, this.#position);
    this.#position += target.length;
    this.#events.passed(target.length);
    return true;
  }

  done(digest: Uint8Array): void {
    const { located, part } = this.#options;
    const size = this.#opened?.reader.size;
    const isPart = size === part.length && Buffer.compare(digest, part.digest) === 0;
    this.#end(isPart ? { kind: 'copied' } : mismatch(located));
  }

  close(): void {
    this.#opened?.[Symbol.dispose]();
    this.#opened = undefined;
  }

  #fail(problem: string): false {
    this.#end({ kind: 'unreadable', problem });
    return false;
  }

  #end(outcome: CopyOutcome): void {
    this.close();
    this.#events.ended();
    this.#options.done(outcome);
  }
}
