// Compression of unmatched data into the sections of a template, several at a time.
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { deflate } from 'node:zlib';
import { workerProgram } from '../checksum/worker-url.js';
import { encodeSectionHeader, type SectionKind } from '../format/template.js';

/**
 * How unmatched data is compressed: by zlib (DATA sections), by bzip2 (BZIP sections), or by Zopfli, which finds the smallest
 * stream that zlib unpacks (DATA sections), in some hundred times the time.
 */
export type Compression = 'gzip' | 'bzip2' | 'zopfli';

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
 * @param level 0 (none) to 9 (best); bzip2 takes 0 for 1 (template-format.md 2.1), Zopfli knows none
 */
export function openCompressor(compression: Compression, level: number): Compressor {
  switch (compression) {
    case 'gzip':
      return new Gzip(level);
    case 'bzip2': {
      const blocks = Math.max(1, level);
      // One bzip2 block per section, 50 bytes short of full as in the original, since the block also holds the run-length
      // coding (template-format.md 2.1).
      return new WorkerCompressor('BZIP', 'bzip2-worker', blocks * 100_000 - 50, { level: blocks });
    }
    case 'zopfli':
      return new WorkerCompressor('DATA', 'zopfli-worker', PIECE, {});
  }
}

function section(kind: SectionKind, compressed: Uint8Array, uncompressedLength: number): Uint8Array[] {
  return [encodeSectionHeader(kind, compressed.length, uncompressedLength), compressed];
}

const deflateAsync = promisify(deflate);

/**
 * Bytes of unmatched data per DATA section: the original ends a section after 256 KiB of output, which is more than that for
 * data that compresses well, and each section costs up to some 100 bytes of headers and code tables.
 */
const PIECE = 4 << 20;

/** zlib in the threads of libuv. */
class Gzip implements Compressor {
  readonly pieceLength = PIECE;
  readonly #level: number;

  constructor(level: number) {
    this.#level = level;
  }

  async compress(piece: Uint8Array): Promise<Uint8Array[]> {
    return section('DATA', await deflateAsync(piece, { level: this.#level, chunkSize: 256 << 10 }), piece.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Task {
  readonly piece: Uint8Array;
  readonly resolve: (compressed: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * WebAssembly in workers, since it works synchronously and leaves globals behind. They are sent a piece and send back the
 * compressed one.
 */
class WorkerCompressor implements Compressor {
  readonly pieceLength: number;
  readonly #kind: SectionKind;
  readonly #program: string;
  readonly #workerData: unknown;
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Task[] = [];

  constructor(kind: SectionKind, program: string, pieceLength: number, workerData: unknown) {
    this.#kind = kind;
    this.#program = program;
    this.pieceLength = pieceLength;
    this.#workerData = workerData;
  }

  async compress(piece: Uint8Array): Promise<Uint8Array[]> {
    const compressed = await new Promise<Uint8Array>((resolve, reject) => {
      this.#waiting.push({ piece, resolve, reject });
      this.#assign();
    });
    return section(this.#kind, compressed, piece.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #assign(): void {
    const worker = this.#idle.pop() ?? (this.#workers.length < availableParallelism() ? this.#start() : undefined);
    const task = worker && this.#waiting.shift();
    if (!task) return;
    const answer = (compressed: Uint8Array): void => {
      worker.off('error', task.reject);
      this.#idle.push(worker);
      task.resolve(compressed);
      if (this.#waiting.length > 0) this.#assign();
    };
    worker.once('message', answer);
    worker.once('error', task.reject);
    worker.postMessage(task.piece);
  }

  #start(): Worker {
    const { url, execArgv } = workerProgram(this.#program, import.meta.url);
    const worker = new Worker(url, { workerData: this.#workerData, execArgv });
    this.#workers.push(worker);
    return worker;
  }
}
