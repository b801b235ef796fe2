// The worker thread that digests the image, and ranges of it on the way, and looks where files may start.
import { followWhenTold } from '../checksum/stream/loop.js';
import { BUFFERS_LENGTH, DigestFollower } from '../checksum/stream/follower.js';
import type { DigestTask } from '../checksum/stream/protocol.js';
import { CellFilter } from './cell-filter.js';
import { SIEVED_PIECE, SievedPoints, type SieveAnswer, type SieveTask } from './sieve.js';

/** Digests, and sieves from the moment on when the main thread knows what for. */
class ImageFollower extends DigestFollower {
  #filter: CellFilter | undefined;
  readonly #points = new SievedPoints();
  /** Where the next read begins. */
  #position: number;
  /** Where the present piece ends. */
  #end = 0;

  constructor(task: DigestTask) {
    super(task);
    this.#position = task.begun?.position ?? 0;
  }

  override told(message: object): void {
    if ('sieve' in message) this.#begin(message as SieveTask);
    else super.told(message);
  }

  #begin({ sieve }: SieveTask): void {
    // It has bytes of the image in the same memory.
    this.#filter = new CellFilter(sieve, BUFFERS_LENGTH, this.memory);
    this.useBuffers(this.#filter.bytes);
    this.#end = this.#position + SIEVED_PIECE;
    this.answerWith({ sievedFrom: this.#position } satisfies SieveAnswer);
  }

  override take(bytes: Uint8Array, position: number): void {
    super.take(bytes, position);
    this.#position = position + bytes.length;
    if (!this.#filter) return;
    const from = bytes.byteOffset - this.#filter.bytes.byteOffset;
    this.#points.add(this.#filter.find(bytes.length, from), position);
    if (this.#position < this.#end && this.#position < this.length) return;
    // First what is known of the piece: questions about it come next.
    this.pause();
    this.answerWith({ piece: this.#points.take() } satisfies SieveAnswer);
    this.#end += SIEVED_PIECE;
  }
}

followWhenTold((task) => new ImageFollower(task));
