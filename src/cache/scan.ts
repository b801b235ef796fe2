// `jigdo scan`, and what md5sum and sha256sum are made of: learns what the cache does not know of files.
import { availableParallelism } from 'node:os';
import type { Algorithm } from '../checksum/algorithm.js';
import { display } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { BIT } from '../tree/file-batch.js';
import { ReadingPool, type ReadFailure, type ReadOutcome } from '../tree/reading-pool.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import type { Cache, CachedFile } from './types.js';

export interface ScanOptions {
  /** In the order in which they are to be read: see `walkTree`. */
  readonly files: readonly TreeFile[];
  readonly cache: Cache;
  /** Whether files are read from end to end, for `algorithms`. If not, only their heads are read. */
  readonly whole: boolean;
  /** Length of a head in bytes, --min-length; 0 for no heads. Shorter files have none. */
  readonly headLength: number;
  readonly algorithms: readonly Algorithm[];
  /** How many files are read at the same time; as many as there are cores by default. */
  readonly jobs?: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  /** Called for each file that could be read, in order, with at least the facts that were asked for. */
  readonly onFile?: (file: TreeFile, facts: CachedFile) => void;
}

export interface ScanResult {
  /** Files of which the cache knew everything, or nothing was to be known. */
  readonly known: number;
  /** Files that were read. */
  readonly read: number;
  readonly bytesRead: number;
  /** Files that could not be read, or changed meanwhile: each was reported. */
  readonly failed: number;
}

/** Files that may wait for one that is still being read, so that they are told in order. */
const FILES_AHEAD = 10_000;

/**
 * Looks every file up, reads those that are not known well enough, and enters them into the cache.
 *
 * @throws the signal's reason, once it is aborted; what was learnt by then is in the cache
 */
export async function scanFiles(options: ScanOptions): Promise<ScanResult> {
  const { files, cache, signal, headLength, jobs = availableParallelism() } = options;
  const scan = new Scan(options);
  await using pool = new ReadingPool({
    jobs,
    headLength,
    done: ({ file }, outcome) => scan.learnt(file, outcome),
    progress: (bytes) => scan.progress(bytes),
    signal,
  });
  for (const [file, cached] of cache.lookupAll(files)) {
    const wanted = missingFacts(file, cached, options);
    if (wanted === 0) {
      scan.known(file, cached);
    } else {
      scan.expect(file, cached);
      await pool.add({ file, wanted });
    }
    while (scan.waiting > FILES_AHEAD) await pool.settle();
    await pool.turn();
  }
  await pool.finish();
  return { ...scan.counts, bytesRead: pool.bytesRead };
}

/** What remains to be learnt of a file, as BITs. */
function missingFacts(
  file: TreeFile,
  cached: CachedFile | undefined,
  { headLength, whole, algorithms }: ScanOptions,
): number {
  let wanted = 0;
  if (headLength > 0 && file.size >= headLength && cached?.head?.length !== headLength) wanted |= BIT.head;
  if (whole) for (const algorithm of algorithms) if (!cached?.[algorithm]) wanted |= BIT[algorithm];
  return wanted;
}

/** A file whose turn to be told has not come yet, because one before it is still being read. */
interface Waiting {
  readonly file: TreeFile;
  readonly cached: CachedFile | undefined;
  outcome?: ReadOutcome;
}

/** Tells what is known and what was learnt of files, in their order. */
class Scan {
  readonly counts = { known: 0, read: 0, failed: 0 };
  readonly #options: ScanOptions;
  /** In scan order; those before `#first` are told. */
  #queue: Waiting[] = [];
  #first = 0;
  /** Those of the queue that are being read. */
  readonly #reading = new Map<TreeFile, Waiting>();
  readonly #total: number;
  #told = 0;
  #knownBytes = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#total = options.whole ? options.files.reduce((sum, file) => sum + file.size, 0) : options.files.length;
  }

  /** Files that are not told yet. */
  get waiting(): number {
    return this.#queue.length - this.#first;
  }

  /** A file that need not be read. */
  known(file: TreeFile, cached: CachedFile | undefined): void {
    this.#knownBytes += file.size;
    this.counts.known++;
    this.#queue.push({ file, cached, outcome: {} });
    this.#tell();
  }

  /** A file that will be read. */
  expect(file: TreeFile, cached: CachedFile | undefined): void {
    const waiting = { file, cached };
    this.#queue.push(waiting);
    this.#reading.set(file, waiting);
  }

  /** What came of the reading. */
  learnt(file: TreeFile, outcome: ReadOutcome): void {
    const waiting = this.#reading.get(file);
    if (!waiting) return;
    waiting.outcome = outcome;
    this.#reading.delete(file);
    if ('failure' in outcome) this.counts.failed++;
    else this.counts.read++;
    if (!('failure' in outcome)) this.#options.cache.store(file, outcome);
    this.#tell();
  }

  progress(bytesRead: number): void {
    const done = this.#options.whole ? this.#knownBytes + bytesRead : this.#told;
    this.#options.reporter.progress('scanning files', done, this.#total, '', this.#options.whole ? 'bytes' : 'files');
  }

  #tell(): void {
    for (let next = this.#queue.at(this.#first); next?.outcome; next = this.#queue.at(this.#first)) {
      this.#first++;
      this.#told++;
      const { file, cached, outcome } = next;
      if ('failure' in outcome) this.#warn(file, outcome);
      else this.#options.onFile?.(file, { ...cached, ...outcome });
    }
    if (this.#first < FILES_AHEAD && this.#first < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#first);
    this.#first = 0;
  }

  #warn(file: TreeFile, { failure, reason }: ReadFailure): void {
    const name = display(pathOf(file));
    this.#options.reporter.warning(
      failure === 'open'
        ? `Could not open \`${name}' for input - excluded (${reason})`
        : `Error while reading \`${name}' - file will be ignored (${reason})`,
    );
  }
}
