// bzip2-wasm has no types of its own.
declare module 'bzip2-wasm' {
  export default class BZip2 {
    init(): Promise<void>;
    /** @returns a complete bzip2 stream; throws if it does not fit `compressedLength` bytes */
    compress(bytes: Uint8Array, blockSize: number, compressedLength: number): Uint8Array;
  }
}
