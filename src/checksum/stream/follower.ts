// What a worker thread does with the bytes of a file: their digest, and those of ranges of it on the way.
import { parentPort } from 'node:worker_threads';
import { DIGESTS } from '../algorithm.js';
import { newMemory, reserve } from '../../wasm/assembler.js';
import { DIGEST_READ_BYTES, READS, type Follower } from './loop.js';
import type { DigestAnswer, DigestTask, RangesAnswer, RangesTask } from './protocol.js';
import { RunningDigests } from '../running-digests.js';
import { RangedMd5 } from './ranged-md5.js';

/** Bytes of a follower's buffers. */
export const BUFFERS_LENGTH = READS * DIGEST_READ_BYTES;

/** Bytes between two messages about ranges. */
const TELL_EVERY_BYTES = 4 << 20;

/** Digests what it is given. */
export class DigestFollower implements Follower {
  /** Where the bytes are: others may reserve something for themselves. */
  protected readonly memory = newMemory(0);
  /** Bytes of the file. */
  protected readonly length: number;
  /** MD5 alone, of which ranges cost nothing, or anything else. */
  readonly #md5: RangedMd5 | undefined;
  readonly #digests: RunningDigests | undefined;
  #buffers: Uint8Array;
  #turn = 0;
  /** Digests of ranges that are not told yet. */
  #ended: Uint8Array[] = [];
  /** Where they are told the next time. */
  #tellAt = TELL_EVERY_BYTES;

  constructor({ length, algorithm, others, begun }: DigestTask) {
    this.length = length;
    if (DIGESTS[algorithm].inLanes && others.length === 0) this.#md5 = new RangedMd5(this.memory, begun);
    else this.#digests = new RunningDigests(algorithm, others);
    const at = reserve(this.memory, BUFFERS_LENGTH);
    this.#buffers = new Uint8Array(this.memory.buffer, at, BUFFERS_LENGTH);
  }

  buffer(): Uint8Array {
    this.#turn = (this.#turn + 1) % READS;
    return this.#buffers.subarray(this.#turn * DIGEST_READ_BYTES, (this.#turn + 1) * DIGEST_READ_BYTES);
  }

  told(message: object): void {
    const { watch } = message as RangesTask;
    if (this.#md5) this.answerWith({ watchedFrom: this.#md5.watch(watch) } satisfies RangesAnswer);
  }

  protected answerWith(message: object): void {
    parentPort?.postMessage(message);
  }

  /** Has the next bytes come to another place of the memory: BUFFERS_LENGTH bytes. */
  protected useBuffers(buffers: Uint8Array): void {
    this.#buffers = buffers;
  }

  take(bytes: Uint8Array, position: number): void {
    this.#digests?.update(bytes);
    if (!this.#md5) return;
    for (const ended of this.#md5.update(bytes)) this.#ended.push(ended);
    const end = position + bytes.length;
    if (end < this.#tellAt && end < this.length) return;
    this.pause();
    this.#tellAt = end + TELL_EVERY_BYTES;
  }

  /** Tells the digests of the ranges that have ended. */
  pause(): void {
    if (this.#ended.length > 0) this.answerWith({ digests: this.#ended } satisfies RangesAnswer);
    this.#ended = [];
  }

  answer(): DigestAnswer {
    if (this.#md5) return { digest: this.#md5.digest(), others: new Map() };
    const digests = this.#digests as RunningDigests;
    return { digest: digests.digest(), others: digests.others() };
  }
}
