// A tree with just the files that some images need, under their names in [Parts] (mkjigsnap).
import { realpathSync } from 'node:fs';
import { NO_CACHE, type Cache } from '../cache/types.js';
import type { Algorithm } from '../checksum/digest.js';
import { EXIT, JigdoError, type ExitCode } from '../errors.js';
import { display, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { identityOf, isSame, type Identity } from '../io/identity.js';
import { isFile } from '../io/is-file.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { digestsOf } from '../rebuild/file-digest.js';
import { Interrupted } from '../rebuild/pace.js';
import { treeFile } from '../tree/types.js';
import type { LocalFolders } from '../verify/local-folders.js';
import { findContents } from './find-contents.js';
import { prune } from './prune.js';
import { SnapshotFolder, type Method } from './snapshot-folder.js';
import { snapshotNeeds, type SnapshotNeed } from './snapshot-needs.js';

/** What to make a snapshot of, and how. */
export interface SnapshotOptions {
  readonly jigdos: readonly ByteString[];
  /** Where the files are. */
  readonly folders: LocalFolders;
  /** The folder to fill; made if it is not there. */
  readonly target: ByteString;
  readonly method: Method;
  /** Whether to compare the files with their checksums. Else any file of the right name will do. */
  readonly check: boolean;
  /**
   * Whether what is not under its name is looked for among all files of the folders, by content: those that the cache does not
   * know are read. Only with `check`.
   */
  readonly search: boolean;
  /** Whether to remove what no .jigdo needs. */
  readonly prune: boolean;
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly cache?: Cache;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Something that is not in the snapshot. */
export interface SnapshotProblem {
  /**
   * - `missing`: no folder has it
   * - `wrong`: there is a file of that name, but it has another checksum
   * - `conflict`: images need different files of that name; the first one is in the snapshot
   * - `refused`: the name leads out of the folder, or its label is none of those given
   */
  readonly kind: 'missing' | 'wrong' | 'conflict' | 'refused';
  /** The name below the snapshot; the whole target of [Parts] if it was refused. */
  readonly name: ByteString;
  readonly algorithm: Algorithm;
  /** Jigdo base64. */
  readonly digest: string;
  /** The .jigdo files that need it. */
  readonly jigdos: readonly ByteString[];
}

export interface SnapshotResult {
  /** Files that were put into the snapshot (or would be), and their bytes. */
  readonly added: number;
  readonly bytes: number;
  /** Files that were there already. */
  readonly present: number;
  /** Names that were removed (or would be). */
  readonly pruned: readonly ByteString[];
  readonly problems: readonly SnapshotProblem[];
  readonly exitCode: ExitCode;
}

/**
 * Makes or completes a snapshot. A second run changes nothing. Each file appears under its name when it is whole.
 *
 * @returns exit code 1 if something is not in the snapshot
 * @throws JigdoError if a .jigdo cannot be read, or the snapshot cannot be written; then nothing is removed. Interrupted if
 *   the signal fires
 */
export async function snapshot(options: SnapshotOptions): Promise<SnapshotResult> {
  if (options.prune) refuseToPruneSources(options);
  return await new Snapshot(options).run();
}

class Snapshot {
  readonly #options: SnapshotOptions;
  readonly #folder: SnapshotFolder;
  #problems: SnapshotProblem[] = [];
  #added = 0;
  #bytes = 0;
  #present = 0;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    this.#folder = new SnapshotFolder(options.target, options.method);
  }

  async run(): Promise<SnapshotResult> {
    const { jigdos, folders, reporter, signal, target } = this.#options;
    const { needs, problems } = snapshotNeeds(jigdos, folders, reporter);
    this.#problems = problems;
    let done = 0;
    const lacking: { need: SnapshotNeed; kind: 'missing' | 'wrong' }[] = [];
    for (const need of needs.values()) {
      if (signal?.aborted) throw new Interrupted();
      reporter.progress('making the snapshot', done++, needs.size, '', 'files');
      const kind = await this.#add(need);
      if (kind !== 'added') lacking.push({ need, kind });
    }
    const found = await this.#search(lacking.map(({ need }) => need));
    for (const { need, kind } of lacking) {
      const path = found.get(need.digest);
      if (path !== undefined && (await this.#put(need, [path])) === 'added') continue;
      const { name, algorithm, digest, jigdos } = need;
      this.#problems.push({ kind, name, algorithm, digest, jigdos });
    }
    const wanted = (name: ByteString): boolean => needs.has(name);
    const pruned = this.#options.prune ? prune(target, wanted, this.#options.dryRun) : [];
    return {
      added: this.#added,
      bytes: this.#bytes,
      present: this.#present,
      pruned,
      problems: this.#problems,
      exitCode: this.#problems.length > 0 ? EXIT.incomplete : EXIT.ok,
    };
  }

  async #add(need: SnapshotNeed): Promise<'added' | 'missing' | 'wrong'> {
    const there = this.#folder.find(need.name);
    if (there && (await this.#isRight(need, there))) {
      this.#present++;
      return 'added';
    }
    return this.#put(need, need.paths);
  }

  /** Puts the first right one of some files into the snapshot. */
  async #put(need: SnapshotNeed, paths: readonly ByteString[]): Promise<'added' | 'missing' | 'wrong'> {
    const { folders, dryRun, reporter } = this.#options;
    let wrong = false;
    for (const path of paths) {
      if (!isFile(path) || !folders.allows(path)) continue;
      const identity = await this.#isRight(need, path);
      if (!identity) {
        wrong = true;
        continue;
      }
      if (dryRun) reporter.info(`Would ${this.#options.method} ${display(path)} to ${display(need.name)}`);
      else this.#folder.put(path, need.name, identity);
      this.#added++;
      this.#bytes += identity.size;
      return 'added';
    }
    return wrong ? 'wrong' : 'missing';
  }

  /** Files of the folders with the contents that are needed, wherever they are: digest -> path. */
  async #search(needs: readonly SnapshotNeed[]): Promise<ReadonlyMap<string, ByteString>> {
    const { check, search, folders, cache = NO_CACHE, reporter, signal } = this.#options;
    if (!check || !search || needs.length === 0) return new Map();
    reporter.info(`${needs.length} files are not where they should be: looking for them by content`);
    return findContents(needs, folders, { cache, reporter, signal });
  }

  /** The identity of a file that has the right content; undefined if it has not, or cannot be read. */
  async #isRight({ algorithm, digest }: SnapshotNeed, path: ByteString): Promise<Identity | undefined> {
    const { check, cache, signal, reporter } = this.#options;
    try {
      using reader = new FileReader(path);
      const identity = identityOf(reader.fd);
      if (!check) return identity;
      const file = treeFile(path, identity);
      const known = cache?.lookup(file)?.[algorithm];
      const [actual] = known ? [known] : (await digestsOf(reader, [algorithm], signal)).values();
      if (!known && isSame(identityOf(reader.fd), identity)) cache?.store(file, { [algorithm]: actual });
      return toBase64(actual) === digest ? identity : undefined;
    } catch (error) {
      if (!(error instanceof JigdoError) || error instanceof Interrupted) throw error;
      reporter.warning(error.message);
      return undefined;
    }
  }
}

/** To prune a mirror in the belief that it is a snapshot would be the end of the mirror. */
function refuseToPruneSources({ target, folders }: SnapshotOptions): void {
  let real: ByteString;
  try {
    real = realpathSync.native(toPath(target === '' ? '.' : target), 'latin1');
  } catch {
    return;
  }
  if (!folders.isAbove(real)) return;
  throw new JigdoError(`\`${display(target)}' holds the files themselves: it is no snapshot that could be pruned`);
}
