// Bytes from an entity to a client, no faster than the client takes them.
import type { ServerResponse } from 'node:http';
import type { Buffers } from './buffers.js';
import type { Entity } from './entity.js';
import type { ByteRange } from './http-range.js';

/** What is to be sent: a range of the entity, or a text that stands between ranges. */
export type Piece = Uint8Array | ByteRange;

export function isRange(piece: Piece): piece is ByteRange {
  return !(piece instanceof Uint8Array);
}

/** Reads one piece while the one before is being sent. */
export class Pump {
  readonly #response: ServerResponse;
  readonly #entity: Entity;
  readonly #buffers: Buffers;
  /** Bytes of ranges that were written. */
  #passed = 0;
  /** Settled when what was written last is with the operating system, or the client is gone. */
  #sent: Promise<void> = Promise.resolve();

  constructor(response: ServerResponse, entity: Entity, buffers: Buffers) {
    this.#response = response;
    this.#entity = entity;
    this.#buffers = buffers;
  }

  /** Texts for which there was no range yet: nothing is sent before the first range could be read. */
  #texts: Uint8Array[] = [];

  /**
   * Sends texts and ranges, and ends the response.
   *
   * @throws what the entity throws; as long as `response.headersSent` is false, something else can be answered
   */
  async send(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      if (isRange(piece)) await this.#range(piece);
      else this.#texts.push(piece);
    }
    await this.#flushTexts();
    await this.#sent;
    this.#response.end();
  }

  async #range({ start, length }: ByteRange): Promise<void> {
    for (let done = 0; done < length && !this.#response.destroyed;) {
      // Whoever does not read shall not have a second buffer waiting.
      if (this.#buffers.areScarce(this.#passed)) await this.#sent;
      const buffer = this.#buffers.take(length - done, this.#passed);
      const piece = buffer.subarray(0, length - done);
      try {
        await this.#entity.read(piece, start + done);
        await this.#flushTexts();
      } catch (error) {
        this.#buffers.give(buffer);
        throw error;
      }
      await this.#write(piece, () => this.#buffers.give(buffer));
      done += piece.length;
      this.#passed += piece.length;
    }
  }

  async #flushTexts(): Promise<void> {
    const texts = this.#texts;
    this.#texts = [];
    for (const text of texts) await this.#write(text, () => undefined);
  }

  /** Waits until what was written before is sent, and writes. @param done called when the bytes are needed no longer */
  async #write(bytes: Uint8Array, done: () => void): Promise<void> {
    await this.#sent;
    const response = this.#response;
    if (response.destroyed) return done();
    this.#sent = new Promise((resolve) => {
      let settled = false;
      const settle = (): void => {
        response.off('close', settle);
        // Given back twice, a buffer would have two users.
        if (!settled) done();
        settled = true;
        resolve();
      };
      // A client that goes away may leave the callback of `write` uncalled.
      response.once('close', settle);
      response.write(bytes, settle);
    });
  }
}
