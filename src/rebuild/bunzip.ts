// Decompression of BZIP sections, one bzip2 block at a time (seek-bzip).
import Bunzip from 'seek-bzip';

/** Bytes in a piece of output. */
const BUNZIP_PIECE_BYTES = 65536;

/** What is wrong with a stream that unpacks to more bytes than its section announces. */
export const MORE_THAN_ANNOUNCED = 'more data than announced';

/** Bytes from an iterable, singly; running dry is an error, where seek-bzip itself would read zeros for ever. */
class Input extends Bunzip.Stream {
  readonly #chunks: Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(chunks: Iterable<Uint8Array>) {
    super();
    this.#chunks = chunks[Symbol.iterator]();
  }

  override readByte(): number {
    while (this.#at === this.#chunk.length) {
      const next = this.#chunks.next();
      if (next.done) throw new Error('unexpected end of the bzip2 stream');
      this.#chunk = next.value;
      this.#at = 0;
    }
    return this.#chunk[this.#at++];
  }
}

/** Gathers bytes in pieces, up to a limit. */
class Output extends Bunzip.Stream {
  #pieces: Uint8Array[] = [];
  #piece = new Uint8Array(BUNZIP_PIECE_BYTES);
  #at = 0;
  #room: number;

  /** @param limit bytes that may be written in all */
  constructor(limit: number) {
    super();
    this.#room = limit;
  }

  override writeByte(byte: number): void {
    if (this.#room-- === 0) throw new Error(MORE_THAN_ANNOUNCED);
    if (this.#at === BUNZIP_PIECE_BYTES) {
      this.#pieces.push(this.#piece);
      this.#piece = new Uint8Array(BUNZIP_PIECE_BYTES);
      this.#at = 0;
    }
    this.#piece[this.#at++] = byte;
  }

  /** Hands over what was written since the last call. */
  take(): Uint8Array[] {
    const pieces = this.#pieces;
    pieces.push(this.#piece.subarray(0, this.#at));
    this.#pieces = [];
    this.#piece = new Uint8Array(BUNZIP_PIECE_BYTES);
    this.#at = 0;
    return pieces;
  }
}

/**
 * Decompresses one bzip2 stream of any number of blocks. What may follow it is not read.
 *
 * Memory: the block being decoded, 4 bytes a symbol and what it expands to: at most 50 MB, with bytes that a bzip2 encoder
 * wrote some 5 MB.
 *
 * @param chunks the stream
 * @param limit bytes that it may unpack to
 * @returns the data in pieces, after each block
 * @throws Error if the stream is damaged, cut short, or unpacks to more than `limit`
 */
export function* bunzip(chunks: Iterable<Uint8Array>, limit: number): Generator<Uint8Array> {
  const output = new Output(limit);
  const decoder = new Bunzip(new Input(chunks), output);
  while (decoder._init_block()) {
    decoder._read_bunzip();
    yield* output.take();
  }
  if (decoder.reader.read(32) >>> 0 !== decoder.streamCRC) throw new Error('wrong CRC of the bzip2 stream');
}
