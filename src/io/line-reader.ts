// Lines from a stream that may hold more than lines: a list of names, and behind it an image.
import { JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';

/** Longest line in bytes: 16 times the longest path. What has longer ones is not a list of names. */
const MAX_LINE = 65536;

/**
 * Reads lists of lines, each ended by an empty line or the end of the stream, and then the bytes behind them
 * (docs/spec/cli-behaviour.md 4). Lines end with LF only; a CR stays part of its line.
 */
export class LineReader {
  readonly #source: AsyncIterable<Uint8Array>;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** What was received and not yet given out. */
  #buffer: Buffer = Buffer.alloc(0);

  /** @param source process.stdin, a file's stream… It is not touched before the first read, read no further than needed, and never closed. */
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  /**
   * The lines up to the next empty one, which is consumed, or to the end. A last line needs no LF.
   *
   * @throws JigdoError if a line is longer than 64 KiB; the stream's errors
   */
  async *lines(): AsyncGenerator<ByteString, void> {
    for (;;) {
      const end = this.#buffer.indexOf(0x0a);
      if (Math.max(end, this.#buffer.length * Number(end < 0)) > MAX_LINE) {
        throw new JigdoError(`a line is longer than ${MAX_LINE} bytes: this is no list of file names`);
      }
      if (end >= 0) {
        const line = this.#buffer.toString('latin1', 0, end);
        this.#buffer = this.#buffer.subarray(end + 1);
        if (line === '') return;
        yield line;
      } else if (!(await this.#receive())) {
        const last = this.#buffer.toString('latin1');
        this.#buffer = Buffer.alloc(0);
        if (last !== '') yield last;
        return;
      }
    }
  }

  /** All bytes that no list has used, in pieces as they come. */
  async *rest(): AsyncGenerator<Uint8Array, void> {
    do {
      const bytes = this.#buffer;
      this.#buffer = Buffer.alloc(0);
      if (bytes.length > 0) yield bytes;
    } while (await this.#receive());
  }

  async #receive(): Promise<boolean> {
    this.#chunks ??= this.#source[Symbol.asyncIterator]();
    const next = await this.#chunks.next();
    if (next.done) return false;
    const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    return true;
  }
}
