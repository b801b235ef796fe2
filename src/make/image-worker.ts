// The worker thread that digests the image, and ranges of it on the way, and looks where files may start.
import type { Hash } from 'node:crypto';
import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { newMemory, reserve } from '../checksum/assembler.js';
import { newDigest, type Algorithm } from '../checksum/digest.js';
import { answerFollowing, READ, type Follower } from '../checksum/digest-follow.js';
import type { DigestAnswer, DigestTask } from '../checksum/digest-task.js';
import { RangedMd5 } from '../checksum/ranged-md5.js';
import { CellFilter } from './cell-filter.js';
import type { PassAnswer, PassTask } from './pass-messages.js';
import { SIEVED_PIECE, SievedPoints } from './sieve.js';

/** A digest without ranges. */
class PlainDigest {
  readonly #hash: Hash;

  constructor(algorithm: Algorithm) {
    this.#hash = newDigest(algorithm);
  }

  update(bytes: Uint8Array): Uint8Array[] {
    this.#hash.update(bytes);
    return [];
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#hash.digest());
  }
}

/** Digests, and sieves from the moment on when the main thread knows what for. */
class ImageFollower implements Follower {
  readonly #length: number;
  readonly #memory = newMemory(0);
  readonly #hash: RangedMd5 | PlainDigest;
  #buffer: Uint8Array;
  #filter: CellFilter | undefined;
  readonly #points = new SievedPoints();
  /** Digests of ranges that are not told yet. */
  #digests: Uint8Array[] = [];
  /** Where the next read begins. */
  #position = 0;
  /** Where the present piece ends. */
  #end = SIEVED_PIECE;

  constructor({ length, algorithm }: DigestTask) {
    this.#length = length;
    this.#hash = algorithm === 'md5' ? new RangedMd5(this.#memory) : new PlainDigest(algorithm);
    const at = reserve(this.#memory, READ);
    this.#buffer = new Uint8Array(this.#memory.buffer, at, READ);
  }

  buffer(): Uint8Array {
    for (;;) {
      const received = receiveMessageOnPort(parentPort as MessagePort);
      if (!received) return this.#buffer;
      const task = received.message as PassTask;
      if ('sieve' in task) {
        // It has bytes of the image in the same memory.
        this.#filter = new CellFilter(task.sieve, READ, this.#memory);
        this.#buffer = this.#filter.bytes;
        this.#end = this.#position + SIEVED_PIECE;
        post({ sievedFrom: this.#position });
      } else if (this.#hash instanceof RangedMd5) {
        post({ watchedFrom: this.#hash.watch(task.watch) });
      }
    }
  }

  take(bytes: Uint8Array, position: number): void {
    this.#digests.push(...this.#hash.update(bytes));
    this.#position = position + bytes.length;
    if (this.#filter) this.#points.add(this.#filter.find(bytes.length), position);
    if (this.#position < this.#end && this.#position < this.#length) return;
    if (this.#digests.length > 0) post({ digests: this.#digests });
    this.#digests = [];
    if (this.#filter) post({ piece: this.#points.take() });
    this.#end = this.#position + SIEVED_PIECE;
  }

  answer(): DigestAnswer {
    return { digest: this.#hash.digest(), others: new Map() };
  }
}

function post(message: PassAnswer | DigestAnswer): void {
  parentPort?.postMessage(message);
}

parentPort?.once('message', (task: DigestTask) => {
  const answer = answerFollowing(task, () => new ImageFollower(task));
  if (answer) post(answer);
});
