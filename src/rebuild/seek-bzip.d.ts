// What we use of seek-bzip, which has no types of its own.
declare module 'seek-bzip' {
  namespace Bunzip {
    /** The library's stream interface; we give it one byte at a time. */
    class Stream {
      readByte(): number;
      writeByte(byte: number): void;
    }
  }

  /** A decoder in the middle of a bzip2 stream. The underscored methods are the steps of the library's own `decode`. */
  class Bunzip {
    /** Reads the stream's first four bytes. */
    constructor(input: Bunzip.Stream, output: Bunzip.Stream);
    readonly reader: { read(bits: number): number };
    /** CRC of the blocks so far. */
    readonly streamCRC: number;
    /** Decodes the next block's symbols. Returns false at the end of the stream, in front of its CRC. */
    _init_block(): boolean;
    /** Writes the block's bytes to the output and checks its CRC. */
    _read_bunzip(): number;
  }

  export default Bunzip;
}
