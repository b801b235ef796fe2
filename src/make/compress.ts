// Compression of unmatched data into the sections of a template, several at a time.
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { deflate } from 'node:zlib';
import { workerProgram } from '../checksum/worker-url.js';
import { encodeSectionHeader, type SectionKind } from '../format/template.js';

/** How unmatched data is compressed: zlib (DATA sections) or bzip2 (BZIP sections). */
export type Compression = 'gzip' | 'bzip2';

/** Turns pieces of unmatched data into sections. */
export interface Compressor extends AsyncDisposable {
  /** Bytes of unmatched data per section. */
  readonly pieceLength: number;
  /**
   * @param piece at most `pieceLength` bytes; must not be changed until the promise is settled
   * @returns a section: its header and the compressed bytes
   */
  compress(piece: Uint8Array): Promise<Uint8Array[]>;
}

/**
 * @param level 0 (none) to 9 (best); bzip2 takes 0 for 1 (template-format.md 2.1)
 */
export function openCompressor(compression: Compression, level: number): Compressor {
  return compression === 'gzip' ? new Gzip(level) : new Bzip2(Math.max(1, level));
}

function section(kind: SectionKind, compressed: Uint8Array, uncompressedLength: number): Uint8Array[] {
  return [encodeSectionHeader(kind, compressed.length, uncompressedLength), compressed];
}

const deflateAsync = promisify(deflate);

/**
 * zlib in the threads of libuv. 4 MiB per section: the original ends a section after 256 KiB of output, which is more than
 * that for data that compresses well, and each section costs up to some 100 bytes of headers and code tables.
 */
class Gzip implements Compressor {
  readonly pieceLength = 4 << 20;
  readonly #level: number;

  constructor(level: number) {
    this.#level = level;
  }

  async compress(piece: Uint8Array): Promise<Uint8Array[]> {
    return section('DATA', await deflateAsync(piece, { level: this.#level, chunkSize: 256 << 10 }), piece.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/**
 * libbzip2 in a worker: its WebAssembly works synchronously and leaves globals behind. One bzip2 block per section, 50 bytes
 * short of full as in the original, since the block also holds the run-length coding (template-format.md 2.1).
 */
class Bzip2 implements Compressor {
  readonly pieceLength: number;
  readonly #level: number;
  #worker: Worker | undefined;
  readonly #waiting: { resolve: (compressed: Uint8Array) => void; reject: (reason: unknown) => void }[] = [];

  constructor(level: number) {
    this.#level = level;
    this.pieceLength = level * 100_000 - 50;
  }

  async compress(piece: Uint8Array): Promise<Uint8Array[]> {
    const compressed = await new Promise<Uint8Array>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#start().postMessage(piece);
    });
    return section('BZIP', compressed, piece.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const { url, execArgv } = workerProgram('bzip2-worker', import.meta.url);
    this.#worker = new Worker(url, { workerData: { level: this.#level }, execArgv });
    this.#worker.on('message', (compressed: Uint8Array) => this.#waiting.shift()?.resolve(compressed));
    this.#worker.on('error', (error) => this.#waiting.splice(0).forEach(({ reject }) => reject(error)));
    return this.#worker;
  }
}
