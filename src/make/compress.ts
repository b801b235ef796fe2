// Compression of unmatched data into the sections of a template, several at a time.
import { availableParallelism } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { createDeflate } from 'node:zlib';
import { onWorkerEnd } from '../checksum/worker-end.js';
import { workerProgram } from '../checksum/worker-url.js';
import { encodeSectionHeader, type SectionKind } from '../format/template.js';

/** Turns unmatched data into sections. */
export interface Compressor extends AsyncDisposable {
  /** The most bytes of unmatched data for a section. */
  readonly sectionLength: number;
  /** Begins a section. Others may be under way. */
  begin(): OpenSection;
}

/** A section that is being filled. */
export interface OpenSection {
  /** @param bytes must not be changed afterwards */
  add(bytes: Uint8Array): void;
  /** @returns its header and the compressed bytes */
  end(): Promise<Uint8Array[]>;
}

/**
 * How unmatched data is compressed: by zlib (DATA sections), by bzip2 (BZIP sections), or by Zopfli, which finds the smallest
 * stream that zlib unpacks (DATA sections), in some hundred times the time.
 */
const COMPRESSORS = {
  gzip: (level: number): Compressor => new Gzip(level),
  bzip2(level: number): Compressor {
    const blocks = Math.max(1, level);
    // One bzip2 block per section, 50 bytes short of full as in the original, since the block also holds the run-length
    // coding (docs/spec/template-format.md 2.1).
    return new WorkerCompressor('BZIP', 'bzip2-worker', blocks * 100_000 - 50, { level: blocks });
  },
  zopfli: (): Compressor => new WorkerCompressor('DATA', 'zopfli-worker', DATA_LENGTH, {}),
};
export type Compression = keyof typeof COMPRESSORS;

/**
 * @param level 0 (none) to 9 (best); bzip2 takes 0 for 1 (docs/spec/template-format.md 2.1), Zopfli knows none
 */
export function openCompressor(compression: Compression, level: number): Compressor {
  return COMPRESSORS[compression](level);
}

function section(kind: SectionKind, compressed: Uint8Array, uncompressedLength: number): Uint8Array[] {
  return [encodeSectionHeader(kind, compressed.length, uncompressedLength), compressed];
}

/**
 * Bytes of unmatched data per DATA section: the original ends a section after 256 KiB of output, which is more than that for
 * data that compresses well, and each section costs up to some 100 bytes of headers and code tables.
 */
const DATA_LENGTH = 4 << 20;

/** zlib in the threads of libuv, which has little to do when the last bytes come. */
class Gzip implements Compressor {
  readonly sectionLength = DATA_LENGTH;
  readonly #level: number;

  constructor(level: number) {
    this.#level = level;
  }

  begin(): OpenSection {
    const stream = createDeflate({ level: this.#level, chunkSize: 256 << 10 });
    const compressed = buffer(stream);
    // If it fails, that is noticed at the end.
    compressed.catch(() => {});
    let length = 0;
    return {
      add(bytes) {
        length += bytes.length;
        stream.write(bytes);
      },
      async end() {
        stream.end();
        return section('DATA', await compressed, length);
      },
    };
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
  readonly sectionLength: number;
  readonly #kind: SectionKind;
  readonly #program: string;
  readonly #workerData: unknown;
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Task[] = [];
  /** What the workers are at. */
  readonly #underWay = new Map<Worker, Task>();
  /** Why one of them is no more, if it is so. */
  #end: Error | undefined;

  constructor(kind: SectionKind, program: string, sectionLength: number, workerData: unknown) {
    this.#kind = kind;
    this.#program = program;
    this.sectionLength = sectionLength;
    this.#workerData = workerData;
  }

  begin(): OpenSection {
    const pieces: Uint8Array[] = [];
    return {
      add: (bytes) => void pieces.push(bytes),
      end: async () => {
        const piece = Buffer.concat(pieces);
        return section(this.#kind, await this.#compress(piece), piece.length);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #compress(piece: Uint8Array): Promise<Uint8Array> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ piece, resolve, reject });
      this.#assign();
    });
  }

  #assign(): void {
    const worker = this.#idle.pop() ?? (this.#workers.length < availableParallelism() ? this.#start() : undefined);
    const task = worker && this.#waiting.shift();
    if (!task) return;
    this.#underWay.set(worker, task);
    worker.postMessage(task.piece);
  }

  #answered(worker: Worker, compressed: Uint8Array): void {
    const task = this.#underWay.get(worker);
    this.#underWay.delete(worker);
    this.#idle.push(worker);
    task?.resolve(compressed);
    if (this.#waiting.length > 0) this.#assign();
  }

  /** Without one of the workers there is no template: nobody waits for the others. */
  #ended(error: Error): void {
    this.#end ??= error;
    for (const { reject } of [...this.#underWay.values(), ...this.#waiting.splice(0)]) reject(this.#end);
    this.#underWay.clear();
  }

  #start(): Worker {
    const { url, execArgv } = workerProgram(this.#program, import.meta.url);
    const worker = new Worker(url, { workerData: this.#workerData, execArgv });
    worker.on('message', (compressed: Uint8Array) => this.#answered(worker, compressed));
    onWorkerEnd(worker, 'compresses the template', (error) => this.#ended(error));
    this.#workers.push(worker);
    return worker;
  }
}
