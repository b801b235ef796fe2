// Digests one after the other, by the processor's own instructions where it has them.
import type { Hash } from 'node:crypto';
import type { Algorithm } from './algorithm.js';
import { newDigest } from './digest.js';
import type { Message } from './message.js';

/** Bytes of a message that are in memory at a time. */
const MESSAGE_PIECE_BYTES = 256 << 10;

/** Hashes messages that come piece by piece, as Md5Lanes does, but one at a time. */
export class OneLane {
  readonly #algorithm: Algorithm;
  readonly #buffer = new Uint8Array(MESSAGE_PIECE_BYTES);
  #message: Message | undefined;
  #hash: Hash;
  /** Bytes of the message that are still to come. */
  #left = 0;

  constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm;
    this.#hash = newDigest(algorithm);
  }

  /** Whether a message is on its way. */
  get busy(): boolean {
    return this.#message !== undefined;
  }

  /**
   * Hashes messages until there are no more, or it is enough for this time: then the next call goes on.
   *
   * @param supply gives the next message; undefined if there is none now
   * @param enough asked before each piece
   */
  run(supply: () => Message | undefined, enough: () => boolean): void {
    while (!enough()) {
      const message = (this.#message ??= this.#begin(supply()));
      if (!message) return;
      const piece = this.#buffer.subarray(0, this.#left);
      if (piece.length > 0 && !message.next(piece)) {
        this.#message = undefined;
        continue;
      }
      this.#hash.update(piece);
      this.#left -= piece.length;
      if (this.#left > 0) continue;
      this.#message = undefined;
      message.done(this.#hash.digest());
    }
  }

  #begin(message: Message | undefined): Message | undefined {
    this.#hash = newDigest(this.#algorithm);
    this.#left = message?.length ?? 0;
    return message;
  }
}
