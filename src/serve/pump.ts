// Bytes from an entity to a client, no faster than the client takes them.
import type { ServerResponse } from 'node:http';
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
  readonly #pieceLength: number;
  /** Free to be filled. Made when needed, reused when sent. */
  readonly #free: Uint8Array[] = [];
  /** Settled when what was written last is with the operating system, or the client is gone. */
  #sent: Promise<void> = Promise.resolve();

  constructor(response: ServerResponse, entity: Entity, pieceLength: number) {
    this.#response = response;
    this.#entity = entity;
    this.#pieceLength = pieceLength;
  }

  /** Texts for which there was no range yet: nothing is sent before the first range could be read. */
  #texts: Uint8Array[] = [];

  /**
   * Sends texts and ranges, and ends the response.
   *
   * @throws what the entity throws; as long as `response.headersSent` is false, something else can be answered
   */
  async send(pieces: readonly Piece[]): Promise<void> {
    const longest = pieces.reduce((most, piece) => (isRange(piece) ? Math.max(most, piece.length) : most), 0);
    const bufferLength = Math.min(this.#pieceLength, longest);
    for (const piece of pieces) {
      if (isRange(piece)) await this.#range(piece, bufferLength);
      else this.#texts.push(piece);
    }
    await this.#flushTexts();
    await this.#sent;
    this.#response.end();
  }

  async #range({ start, length }: ByteRange, bufferLength: number): Promise<void> {
    for (let done = 0; done < length && !this.#response.destroyed;) {
      const buffer = this.#free.pop() ?? new Uint8Array(bufferLength);
      const piece = buffer.subarray(0, length - done);
      await this.#entity.read(piece, start + done);
      await this.#flushTexts();
      await this.#write(piece, () => this.#free.push(buffer));
      done += piece.length;
    }
  }

  async #flushTexts(): Promise<void> {
    const texts = this.#texts;
    this.#texts = [];
    for (const text of texts) await this.#write(text, () => undefined);
  }

  /** Waits until what was written before is sent, and writes. */
  async #write(bytes: Uint8Array, done: () => void): Promise<void> {
    await this.#sent;
    const response = this.#response;
    if (response.destroyed) return;
    this.#sent = new Promise((resolve) => {
      const settle = (): void => {
        response.off('close', settle);
        done();
        resolve();
      };
      // A client that goes away may leave the callback of `write` uncalled.
      response.once('close', settle);
      response.write(bytes, settle);
    });
  }
}
