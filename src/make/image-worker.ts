// The worker thread that digests the image, and looks on the way where files may start.
import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { answerFollowing, READ, type Companion } from '../checksum/digest-follow.js';
import type { DigestAnswer, DigestTask } from '../checksum/digest-task.js';
import { CellFilter } from './cell-filter.js';
import { SIEVED_PIECE, SievedPoints, type SievedPiece, type SieveStart, type SieveTask } from './sieve.js';

/** Sieves from the moment on when the main thread knows what for. */
class Sieve implements Companion {
  readonly #length: number;
  #buffer: Uint8Array = new Uint8Array(READ);
  #filter: CellFilter | undefined;
  readonly #points = new SievedPoints();
  /** Where the next read begins. */
  #position = 0;
  /** Where the present piece ends. */
  #end = 0;

  /** @param length of the image in bytes */
  constructor(length: number) {
    this.#length = length;
  }

  buffer(): Uint8Array {
    const task = this.#filter ? undefined : receiveMessageOnPort(parentPort as MessagePort);
    if (task) this.#begin(task.message as SieveTask);
    return this.#buffer;
  }

  #begin({ sieve }: SieveTask): void {
    this.#filter = new CellFilter(sieve, READ);
    this.#buffer = this.#filter.bytes;
    this.#end = this.#position + SIEVED_PIECE;
    post({ sievedFrom: this.#position });
  }

  see(bytes: Uint8Array, position: number): void {
    this.#position = position + bytes.length;
    if (!this.#filter) return;
    this.#points.add(this.#filter.find(bytes.length), position);
    if (this.#position < this.#end && this.#position < this.#length) return;
    post(this.#points.take());
    this.#end += SIEVED_PIECE;
  }
}

function post(message: SieveStart | SievedPiece | DigestAnswer): void {
  parentPort?.postMessage(message);
}

parentPort?.once('message', (task: DigestTask) => {
  const answer = answerFollowing(task, new Sieve(task.length));
  if (answer) post(answer);
});
