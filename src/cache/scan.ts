// `jigdo scan`, and what md5sum and sha256sum are made of: learns what the cache does not know of files.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Algorithm } from '../checksum/digest.js';
import { reasonOf } from '../errors.js';
import { display, toPath } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { readDigests } from '../tree/content.js';
import { readHead } from '../tree/head.js';
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

/** What remains to be learnt of a file. */
interface Missing {
  readonly head: boolean;
  readonly algorithms: readonly Algorithm[];
}

/** Milliseconds after which signals and timers get their turn. */
const TURN = 50;

/**
 * Looks every file up, reads those that are not known well enough, and enters them into the cache.
 *
 * @throws the signal's reason, once it is aborted; what was learnt by then is in the cache
 */
export async function scanFiles(options: ScanOptions): Promise<ScanResult> {
  const { files, cache, onFile } = options;
  const clock = new ScanClock(options);
  let [known, read, failed] = [0, 0, 0];
  let i = 0;
  for (const cached of cache.lookupAll(files)) {
    const file = files[i++];
    const missing = missingFacts(file, cached, options);
    if (!missing.head && missing.algorithms.length === 0) {
      known++;
      onFile?.(file, cached ?? {});
    } else {
      const facts = await readFacts(file, missing, options, clock);
      if (facts) {
        read++;
        cache.store(file, facts);
        onFile?.(file, { ...cached, ...facts });
      } else {
        failed++;
      }
    }
    await clock.fileDone(file);
  }
  return { known, read, bytesRead: clock.bytesRead, failed };
}

function missingFacts(file: TreeFile, cached: CachedFile | undefined, options: ScanOptions): Missing {
  const { headLength, whole, algorithms } = options;
  return {
    head: headLength > 0 && file.size >= headLength && cached?.head?.length !== headLength,
    algorithms: whole ? algorithms.filter((algorithm) => !cached?.[algorithm]) : [],
  };
}

/** @returns undefined if the file could not be read, which has been reported */
async function readFacts(
  file: TreeFile,
  missing: Missing,
  options: ScanOptions,
  clock: ScanClock,
): Promise<CachedFile | undefined> {
  const { reporter, headLength } = options;
  const name = display(pathOf(file));
  let fd: number;
  try {
    fd = openSync(toPath(pathOf(file)), 'r');
  } catch (error) {
    reporter.warning(`Could not open \`${name}' for input - excluded (${reasonOf(error)})`);
    return undefined;
  }
  try {
    const head = missing.head ? readHead(fd, file.size, headLength) : undefined;
    if (head) clock.bytesRead += headLength;
    const digests =
      missing.algorithms.length > 0
        ? await readDigests(fd, file.size, missing.algorithms, (length) => clock.pieceDone(length))
        : undefined;
    if (isUnchanged(fd, file)) return { ...(head && { head }), ...digests };
    reporter.warning(`Error while reading \`${name}' - file will be ignored (it changed meanwhile)`);
  } catch (error) {
    options.signal?.throwIfAborted();
    reporter.warning(`Error while reading \`${name}' - file will be ignored (${reasonOf(error)})`);
  } finally {
    closeSync(fd);
  }
  return undefined;
}

/** Whether an open file is, after it was read, what it was when it was found. */
function isUnchanged(fd: number, file: TreeFile): boolean {
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isBlockDevice()) return true; // neither size nor time say anything
  return Number(stat.size) === file.size && stat.mtimeNs === file.mtimeNs && stat.ino === file.ino;
}

/** Progress, and the turns of others. */
class ScanClock {
  bytesRead = 0;
  readonly #options: ScanOptions;
  readonly #total: number;
  /** Bytes of files done if they are read whole, else files. */
  #done = 0;
  #inFile = 0;
  #lastTurn = performance.now();

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#total = options.whole ? options.files.reduce((sum, file) => sum + file.size, 0) : options.files.length;
  }

  pieceDone(length: number): Promise<void> | undefined {
    this.bytesRead += length;
    this.#inFile += length;
    return this.#turn();
  }

  fileDone(file: TreeFile): Promise<void> | undefined {
    this.#done += this.#options.whole ? file.size : 1;
    this.#inFile = 0;
    return this.#turn();
  }

  #turn(): Promise<void> | undefined {
    const now = performance.now();
    if (now - this.#lastTurn < TURN) return undefined;
    this.#lastTurn = now;
    this.#options.reporter.progress('scanning files', this.#done + this.#inFile, this.#total);
    return setImmediate().then(() => this.#options.signal?.throwIfAborted());
  }
}
