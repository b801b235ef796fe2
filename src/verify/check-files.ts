// Checks files of local trees: each is looked at once, and read once if the cache does not know it.
import { NO_CACHE, type Cache } from '../cache/types.js';
import { batchesOf } from '../io/batches.js';
import type { Reporter } from '../io/reporter.js';
import { Pace } from '../rebuild/pace.js';
import { BATCH_FILES, WorkerPool } from '../tree/worker-pool.js';
import { FileCheck } from './file-check.js';
import type { Checker, NeedQuestion, Settle } from './need.js';

export interface FileCheckerOptions {
  readonly cache: Cache;
  /** Whether files are read though the cache knows them. */
  readonly full: boolean;
  /** How many files are read at the same time. */
  readonly jobs: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  /** Called with every file that is there. */
  readonly onFile?: (stat: { readonly dev: bigint; readonly ino: bigint }) => void;
}

/** Checks local files. To be closed in any case. */
export class FileChecker implements Checker, AsyncDisposable {
  readonly #options: FileCheckerOptions;
  readonly #pool: WorkerPool;

  constructor(options: FileCheckerOptions) {
    this.#options = options;
    this.#pool = new WorkerPool(options);
  }

  /** Starts workers, which will be needed. */
  prepare(): void {
    if (this.#options.jobs > 1) this.#pool.start();
  }

  /**
   * Checks files, best given in the order of their names.
   *
   * @throws Interrupted or the signal's reason, once it is aborted; what was learnt by then is in the cache
   */
  async check(questions: Iterable<NeedQuestion>, total: number, settle: Settle): Promise<void> {
    const { cache, full, jobs, reporter, signal, onFile } = this.#options;
    const pace = new Pace(signal);
    const check = new FileCheck({
      known: full ? NO_CACHE : cache,
      learnt: cache,
      jobs,
      pool: this.#pool,
      total,
      settle,
      onFile,
      progress: (done) => reporter.progress('checking files', done, total, '', 'files'),
      signal,
    });
    for (const batch of batchesOf(questions, BATCH_FILES)) {
      await check.add(batch);
      await pace.step();
    }
    await check.finish();
  }

  /** Ends the workers, whatever they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}
