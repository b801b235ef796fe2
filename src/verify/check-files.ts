// Checks files of local trees: each is looked at once, and read once if the cache does not know it.
import { statSync, type BigIntStats } from 'node:fs';
import type { Cache, CachedFile } from '../cache/types.js';
import type { Algorithm } from '../checksum/digest.js';
import { JigdoError, reasonOf } from '../errors.js';
import { toPath, type ByteString } from '../format/bytes.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { headSum } from '../rebuild/head-sum.js';
import { Pace } from '../rebuild/pace.js';
import type { ReadOutcome } from '../tree/read-facts.js';
import { ReadingPool } from '../tree/reading-pool.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import { conditionOf } from './condition.js';
import { GoneFolders } from './gone-folders.js';
import type { Checker, Condition, Question, Settle } from './need.js';

/** Files that are looked up in the cache together. */
const BATCH = 1000;

export interface FileCheckerOptions {
  readonly cache: Cache;
  /** Whether files are read though the cache knows them. */
  readonly full: boolean;
  /** How many files are read at the same time. */
  readonly jobs: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  /** Called with every file that is there. */
  readonly onFile?: (stat: BigIntStats) => void;
}

/** A file that is there, and what is asked of it. */
interface Candidate {
  readonly question: Question;
  readonly file: TreeFile;
  readonly cached: CachedFile | undefined;
}

/** Checks local files. */
export class FileChecker implements Checker {
  readonly #options: FileCheckerOptions;

  constructor(options: FileCheckerOptions) {
    this.#options = options;
  }

  /**
   * Checks files, best given in the order of their names.
   *
   * @throws Interrupted or the signal's reason, once it is aborted; what was learnt by then is in the cache
   */
  async check(questions: Iterable<Question>, total: number, settle: Settle): Promise<void> {
    const { cache, jobs, reporter, signal } = this.#options;
    const pace = new Pace(signal);
    const reading = new Map<TreeFile, Candidate>();
    const gone = new GoneFolders();
    let done = 0;
    const progress = (): void => reporter.progress('checking files', done, total, '', 'files');
    const learnt = (file: TreeFile, outcome: ReadOutcome): void => {
      const candidate = reading.get(file) as Candidate;
      reading.delete(file);
      done++;
      if ('failure' in outcome) {
        for (const need of candidate.question.needs) settle(need, 'unreadable', outcome.reason);
      } else {
        cache.store(file, outcome);
        judge(candidate, outcome, settle);
      }
    };
    await using pool = new ReadingPool({ jobs, done: ({ file }, outcome) => learnt(file, outcome), progress, signal });
    for (const batch of batches(questions)) {
      for (const candidate of this.#find(batch, gone, settle)) {
        const algorithms = unknownDigests(candidate);
        if (algorithms.length > 0) {
          reading.set(candidate.file, candidate);
          await pool.add({ file: candidate.file, headLength: 0, algorithms });
        } else {
          done++;
          judge(candidate, {}, settle);
        }
      }
      progress();
      await pace.step();
    }
    await pool.finish();
  }

  /** The files that are there, and what the cache knows of them. What is not there is settled. */
  #find(questions: readonly Question[], gone: GoneFolders, settle: Settle): Candidate[] {
    const { cache, full, onFile } = this.#options;
    const found: { question: Question; file: TreeFile }[] = [];
    for (const question of questions) {
      const stat = gone.isGone(question.path) ? MISSING : statOf(question.path);
      if (stat === MISSING) gone.learn(question.path);
      if ('condition' in stat) {
        for (const need of question.needs) settle(need, stat.condition, stat.reason);
      } else {
        onFile?.(stat);
        const { size, mtimeNs, ino } = stat;
        found.push({ question, file: { prefix: '', rest: question.path, size: Number(size), mtimeNs, ino } });
      }
    }
    if (full) return found.map((each) => ({ ...each, cached: undefined }));
    const cached = cache.lookupAll(found.map(({ file }) => file));
    return Array.from(cached, (facts, i) => ({ ...found[i], cached: facts }));
  }
}

function* batches(questions: Iterable<Question>): Generator<Question[]> {
  let batch: Question[] = [];
  for (const question of questions) {
    if (batch.push(question) < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

const MISSING: { condition: Condition; reason?: string } = { condition: 'missing' };

/** A regular file's stat, or what is wrong. */
function statOf(path: ByteString): BigIntStats | { condition: Condition; reason?: string } {
  try {
    // An error for each of a million files that are missing takes longer than all the rest.
    const stat = statSync(toPath(path), { bigint: true, throwIfNoEntry: false });
    if (!stat) return MISSING;
    // Opening anything else might block for ever.
    if (stat.isFile()) return stat;
    return { condition: 'unreadable', reason: stat.isDirectory() ? 'Is a directory' : 'Not a regular file' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return MISSING;
    return { condition: 'unreadable', reason: reasonOf(error) };
  }
}

/** The digests that must be computed: none for needs that the file's length rules out. */
function unknownDigests({ question, file, cached }: Candidate): Algorithm[] {
  const algorithms = new Set<Algorithm>();
  for (const { algorithm, length } of question.needs) {
    if ((length === undefined || length === file.size) && !cached?.[algorithm]) algorithms.add(algorithm);
  }
  return [...algorithms];
}

function judge({ question, file, cached }: Candidate, learnt: CachedFile, settle: Settle): void {
  const digests = { ...cached, ...learnt };
  const headOf = (length: number): string | undefined => headOfFile(pathOf(file), length);
  const evidence = { size: file.size, mtimeNs: file.mtimeNs, headSum: headOf, digests };
  for (const need of question.needs) settle(need, conditionOf(need, evidence, question.needs));
}

function headOfFile(path: ByteString, length: number): string | undefined {
  try {
    using reader = new FileReader(path);
    return headSum(reader, length);
  } catch (error) {
    if (!(error instanceof JigdoError)) throw error;
    return undefined;
  }
}
