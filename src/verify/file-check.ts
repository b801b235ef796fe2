// One run through many files: which workers look at which of them when, and what follows from what they find.
import { NO_CACHE, type Cache, type CachedFile } from '../cache/types.js';
import { isOutOfFiles, JigdoError, reasonOf } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import { identityAt, isSame } from '../io/identity.js';
import { FileReader } from '../io/reader.js';
import { headSum } from '../rebuild/head-sum.js';
import { BIT, CHANGED, digestsFound, packFiles, STATE, type Findings } from '../tree/file-batch.js';
import { GoneFolders } from '../tree/gone-folders.js';
import { pathOf, treeFile, type TreeFile } from '../tree/types.js';
import { BATCH_BYTES, BATCH_FILES, SMALL_BYTES, type WorkerPool } from '../tree/worker-pool.js';
import { conditionOf } from './condition.js';
import type { Condition, NeedQuestion, Settle } from './need.js';

/** What counts for a file whose length is not known. */
const SOME_BYTES = 128 << 10;
/** Files that the calling thread reads itself, as SMALL_BYTES. */
const OWN_CHECKS = 256;

export interface FileCheckOptions {
  /** What need not be read. */
  readonly known: Cache;
  /** Takes what was read. */
  readonly learnt: Cache;
  /** How many files are read at the same time. */
  readonly jobs: number;
  /** Workers, if it takes any. */
  readonly pool: WorkerPool;
  /** How many questions there will be. */
  readonly total: number;
  readonly settle: Settle;
  /** Called with every file that is there. */
  readonly onFile?: (stat: { readonly dev: bigint; readonly ino: bigint }) => void;
  /** Told how many questions are answered. */
  readonly progress: (done: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** A file, and what is to be done with it. */
interface Candidate {
  readonly question: NeedQuestion;
  /** The digests to compute, as BITs; 0: it is only looked at. */
  readonly wanted: number;
  /** In bytes: a file of another length is not read. NaN: not known. */
  readonly length: number;
  readonly cached?: CachedFile | undefined;
}

/**
 * Looks at files, unless nothing could make reading them needless, and reads those that are not known. Memory is bounded: who adds
 * questions waits for room.
 */
export class FileCheck {
  readonly #options: FileCheckOptions;
  readonly #looksFirst: boolean;
  readonly #pool: WorkerPool;
  /** Those that are to be read next, and their bytes. */
  #unread: Candidate[] = [];
  #unreadBytes = 0;
  readonly #gone = new GoneFolders();
  #done = 0;

  constructor(options: FileCheckOptions) {
    this.#options = options;
    const { known, jobs, pool, total } = options;
    this.#looksFirst = total <= OWN_CHECKS || known !== NO_CACHE;
    this.#pool = pool;
    if (total > OWN_CHECKS && jobs > 1) pool.start();
  }

  /**
   * Adds questions, BATCH_FILES at most.
   *
   * @throws the signal's reason, once it is aborted
   */
  async add(questions: readonly NeedQuestion[]): Promise<void> {
    const open: Candidate[] = [];
    for (const question of questions) {
      if (this.#gone.isGone(question.path)) this.#tell(question, 'missing');
      else if (this.#looksFirst) open.push({ question, wanted: 0, length: NaN });
      else this.#toRead(question, undefined, undefined);
    }
    if (open.length > 0) await this.#examine(open);
    await this.#read(BATCH_FILES, BATCH_BYTES);
  }

  /**
   * Waits until everything is answered.
   *
   * @throws the signal's reason, once it is aborted
   */
  async finish(): Promise<void> {
    await this.#pool.finish();
    await this.#read(1, 0);
    await this.#pool.finish();
  }

  /** Puts a file among those that are to be read. Returns false if there is nothing to learn from it. */
  #toRead(question: NeedQuestion, size: number | undefined, cached: CachedFile | undefined): boolean {
    const { needs } = question;
    let wanted = 0;
    for (const need of needs) {
      const possible = need.length === undefined || size === undefined || need.length === size;
      if (possible && !cached?.[need.algorithm]) wanted |= BIT[need.algorithm];
    }
    if (wanted === 0) return false;
    const length = size ?? (needs.length === 1 ? needs[0].length : undefined) ?? NaN;
    this.#unread.push({ question, wanted, length, cached });
    this.#unreadBytes += weight(length);
    return true;
  }

  /** Reads files as long as there are so many, or so many bytes. */
  async #read(files: number, bytes: number): Promise<void> {
    const { jobs } = this.#options;
    while (this.#unread.length >= files || (this.#unread.length > 0 && this.#unreadBytes >= bytes)) {
      if (this.#unreadBytes > SMALL_BYTES && this.#unread.length > 1 && jobs > 1) this.#pool.start();
      let count = 0;
      let sum = 0;
      while (count < this.#unread.length && count < BATCH_FILES && sum < BATCH_BYTES) {
        sum += weight(this.#unread[count++].length);
      }
      this.#unreadBytes -= sum;
      await this.#examine(this.#unread.splice(0, count));
    }
  }

  async #examine(candidates: readonly Candidate[]): Promise<void> {
    const batch = packFiles(candidates.map(({ question, ...rest }) => ({ path: question.path, ...rest })));
    await this.#pool.examine(batch, (findings) => this.#answered(candidates, findings));
  }

  #answered(candidates: readonly Candidate[], findings: Findings): void {
    const looked: { question: NeedQuestion; file: TreeFile }[] = [];
    for (let i = 0; i < candidates.length; i++) {
      const { question, wanted, cached } = candidates[i];
      if (findings.states[i] !== STATE.found) {
        const isMissing = findings.states[i] === STATE.missing;
        if (isMissing && i === candidates.length - 1) this.#gone.learn(question.path);
        const condition = findings.states[i] === STATE.unchecked ? 'unchecked' : 'unreadable';
        this.#tell(question, isMissing ? 'missing' : condition, findings.reasons.get(i));
        continue;
      }
      this.#options.onFile?.({ dev: findings.devices[i], ino: findings.inodes[i] });
      const { sizes, mtimes, ctimes, inodes } = findings;
      const file = treeFile(question.path, {
        size: sizes[i],
        mtimeNs: mtimes[i],
        ctimeNs: ctimes[i],
        ino: inodes[i],
      });
      if (wanted === 0) looked.push({ question, file });
      else this.#judgeRead(question, file, digestsFound(findings, i), cached);
    }
    let i = 0;
    for (const [file, cached] of this.#options.known.lookupAll(looked.map(({ file }) => file))) {
      const { question } = looked[i++];
      if (!this.#toRead(question, file.size, cached)) this.#judge(question, file, cached ?? {});
    }
    this.#options.progress(this.#done);
  }

  /** Of a file that is not there, or cannot be read. */
  #tell({ needs }: NeedQuestion, condition: Condition, reason?: string): void {
    this.#done++;
    for (const need of needs) this.#options.settle(need, condition, reason);
  }

  #judge({ needs }: NeedQuestion, file: TreeFile, digests: CachedFile): void {
    this.#done++;
    const headOf = (length: number): string | undefined => headOfFile(pathOf(file), length);
    const evidence = { size: file.size, mtimeNs: file.mtimeNs, headSum: headOf, digests };
    for (const need of needs) {
      try {
        this.#options.settle(need, conditionOf(need, evidence, needs));
      } catch (error) {
        if (!(error instanceof JigdoError) || !isOutOfFiles(error.cause)) throw error;
        this.#options.settle(need, 'unchecked', reasonOf(error.cause));
      }
    }
  }

  /** A file whose content is right was right while it was read; one whose content is wrong may have changed under our hands. */
  #judgeRead(question: NeedQuestion, file: TreeFile, learnt: CachedFile, cached: CachedFile | undefined): void {
    const digests = { ...cached, ...learnt };
    const evidence = { size: file.size, mtimeNs: file.mtimeNs, headSum: () => undefined, digests };
    const isRight = question.needs.every((need) => conditionOf(need, evidence, []) === 'good');
    const now = isRight ? file : identityAt(file.rest);
    if (!now || !isSame(now, file)) {
      this.#tell(question, 'unreadable', CHANGED);
      return;
    }
    this.#options.learnt.store(file, learnt);
    this.#judge(question, file, digests);
  }
}

function weight(length: number): number {
  return Number.isNaN(length) ? SOME_BYTES : length;
}

function headOfFile(path: ByteString, length: number): string | undefined {
  try {
    using reader = new FileReader(path);
    return headSum(reader, length);
  } catch (error) {
    if (!(error instanceof JigdoError) || isOutOfFiles(error.cause)) throw error;
    return undefined;
  }
}
