// A tree with just the files that some images need, under their names in [Parts] (mkjigsnap).
import { realpathSync, statSync } from 'node:fs';
import { NO_CACHE, type Cache } from '../cache/types.js';
import type { Algorithm } from '../checksum/algorithm.js';
import { EXIT, isOutOfFiles, JigdoError, reasonOf, type ExitCode } from '../errors.js';
import { display, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { baseOf } from '../format/paths.js';
import { abortable, untilNow } from '../io/abort.js';
import { identityOf, isSame, type Identity } from '../io/identity.js';
import { isFolder } from '../io/is-file.js';
import { whileLocked } from '../io/lock.js';
import { makeFolder } from '../io/make-folder.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { digestsOf } from '../rebuild/file-digest.js';
import { Interrupted } from '../rebuild/pace.js';
import { treeFile } from '../tree/types.js';
import { FileChecker } from '../verify/check-files.js';
import { join, LocalFolders } from '../verify/local-folders.js';
import { NeedTable } from '../verify/need-table.js';
import { doubtOfFolder, doubtOfName } from '../verify/verify-tree.js';
import { findContents } from './find-contents.js';
import { Pruning } from './prune.js';
import { SnapshotFolder, type Method } from './snapshot-folder.js';
import { snapshotNeeds, type SnapshotNeed, type WantedContent } from './snapshot-needs.js';

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
  /** Whether to remove what no .jigdo needs: nothing is while it is in doubt what is needed. */
  readonly prune: boolean;
  /** More files and folders that this run works with, which are not removed: the cache. */
  readonly inputs?: readonly ByteString[];
  /** Where .jigdo files were looked for and could not be: then the snapshot may lack something. */
  readonly unread?: readonly ByteString[];
  /** What may lead to .jigdo files that nobody asked for. */
  readonly passed?: readonly ByteString[];
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly cache?: Cache;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What stands for the whole snapshot in its folder: its lock keeps two runs apart. */
const WHOLE = 'jigdo-snapshot';

/** Why no file of a folder is put into the snapshot under a name. */
type Lack = 'missing' | 'wrong' | 'unreadable';

/** Something that is not in the snapshot. */
export interface SnapshotProblem {
  /**
   * - `missing`: no folder has it
   * - `wrong`: there is a file of that name, but it has another checksum
   * - `unreadable`: what is there may be right, but cannot be read
   * - `conflict`: images need different files of that name; the one that is in the snapshot, or else the first, has it
   * - `refused`: the name leads out of the folder, or its label is none of those given
   */
  readonly kind: Lack | 'conflict' | 'refused';
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
  /** Why nothing was removed though that was asked for, as lines for people. */
  readonly doubts: readonly string[];
  readonly problems: readonly SnapshotProblem[];
  readonly exitCode: ExitCode;
}

/**
 * Makes or completes a snapshot. A second run changes nothing. Each file appears under its name when it is whole.
 *
 * @returns exit code 1 if something is not in the snapshot; 2 if not all .jigdo files could be looked for, or nothing could be
 *   removed
 * @throws JigdoError if a .jigdo cannot be read, or the snapshot cannot be written; then nothing is removed; before any work, if a
 *   folder is to be pruned that does not look like a snapshot. The signal's reason, or that
 *   another run is at work on it
 */
export async function snapshot(options: SnapshotOptions): Promise<SnapshotResult> {
  if (options.prune) refuseToPruneSources(options);
  return await abortable(options.signal, () => new Snapshot(options).run());
}

/** A file that is right, for some of the contents at least that are wanted under its name. */
interface Fit {
  readonly identity: Identity;
  /** Those that it has not. */
  readonly others: readonly WantedContent[];
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
    const { jigdos, folders, reporter, target, dryRun } = this.#options;
    const { needs, names, templates, problems } = snapshotNeeds(jigdos, folders, reporter);
    this.#problems = problems;
    const inputs = [...jigdos, ...templates, ...folders.names, ...(this.#options.inputs ?? [])];
    const pruning = new Pruning(target, { names: new Set([...names, `.${WHOLE}.lock`]), inputs });
    // What is in the folder now shows what it is: soon the images' files are in it.
    const strangeness = pruning.isSnapshot ? undefined : pruning.strangeness;
    if (strangeness !== undefined && this.#options.prune) throw new JigdoError(strangeness);
    const fill = (): Promise<SnapshotResult> => this.#fill(needs, pruning, strangeness);
    if (dryRun || (needs.size === 0 && !this.#options.prune)) return await fill();
    makeFolder(target);
    return await whileLocked(baseOf(target) + WHOLE, reporter, fill);
  }

  async #fill(
    needs: ReadonlyMap<string, SnapshotNeed>,
    pruning: Pruning,
    strangeness: string | undefined,
  ): Promise<SnapshotResult> {
    const { target, folders, reporter, signal, dryRun, unread = [] } = this.#options;
    let done = 0;
    const lacking: { need: SnapshotNeed; kind: Lack }[] = [];
    for (const need of needs.values()) {
      signal?.throwIfAborted();
      reporter.progress('making the snapshot', done++, needs.size, '', 'files');
      const kind = await this.#add(need);
      if (kind !== 'added') lacking.push({ need, kind });
    }
    const everywhere = this.#everywhere();
    const { found, unread: unsearched } = await this.#search(
      lacking.map(({ need }) => need),
      everywhere,
    );
    for (const { need, kind } of lacking) {
      const paths = Array.from(need.contents.keys(), (digest) => found.get(digest) ?? []).flat();
      if ((await this.#put(need, paths, everywhere)) !== 'added') this.#tell(kind, need, need.contents.values());
    }
    await untilNow(signal);
    // A mirror would be no less a mirror, and nobody should prune it the next time.
    const isToMark = strangeness === undefined && !pruning.isSnapshot && !holdsSources(target, folders);
    if (isToMark && !dryRun && this.#folder.isThere) pruning.mark();
    const unneeded = this.#options.prune ? pruning.unneeded() : [];
    const doubts = this.#options.prune ? await this.#doubts(unneeded, unsearched) : [];
    const pruned = doubts.length > 0 ? [] : unneeded;
    if (this.#options.prune && doubts.length === 0 && !dryRun) pruning.remove(pruned);
    const isAll = unread.length === 0 && doubts.length === 0;
    return {
      added: this.#added,
      bytes: this.#bytes,
      present: this.#present,
      pruned,
      doubts,
      problems: this.#problems,
      exitCode: this.#problems.length > 0 ? EXIT.incomplete : isAll ? EXIT.ok : EXIT.mismatch,
    };
  }

  async #add(need: SnapshotNeed): Promise<'added' | Lack> {
    const there = this.#folder.find(need.name);
    const fit = there && (await this.#fit(need, there));
    if (typeof fit !== 'object') return this.#put(need, need.paths);
    this.#present++;
    this.#tell('conflict', need, fit.others);
    return 'added';
  }

  /** Puts a file into the snapshot: the first one that is right, for as much as possible of what is wanted. */
  async #put(
    need: SnapshotNeed,
    paths: readonly ByteString[],
    allowed = this.#options.folders,
  ): Promise<'added' | Lack> {
    const { method, dryRun, reporter, signal } = this.#options;
    const [{ digest: first }] = need.contents.values();
    const value = ({ others }: Fit): number =>
      others.length === 0 ? 3 : others.every(({ digest }) => digest !== first) ? 2 : 1;
    let best: { path: ByteString; fit: Fit } | undefined;
    let lack: Lack = 'missing';
    for (const path of paths) {
      const seen = this.#look(path);
      if (seen === 'unreadable') lack = seen;
      if (seen !== 'file' || !allowed.allows(path)) continue;
      const fit = await this.#fit(need, path);
      if (typeof fit !== 'object') lack = lack === 'unreadable' ? lack : fit;
      else if (!best || value(fit) > value(best.fit)) best = { path, fit };
      if (best?.fit.others.length === 0) break;
    }
    if (!best) return lack;
    const { path, fit } = best;
    if (dryRun) this.#folder.check(need.name, fit.identity);
    else {
      await untilNow(signal);
      await this.#folder.put(path, need.name, fit.identity);
    }
    if (dryRun) reporter.info(`Would ${method} ${display(path)} to ${display(need.name)}`);
    this.#added++;
    this.#bytes += fit.identity.size;
    this.#tell('conflict', need, fit.others);
    return 'added';
  }

  #tell(kind: SnapshotProblem['kind'], { name }: SnapshotNeed, contents: Iterable<WantedContent>): void {
    for (const { algorithm, digest, jigdos } of contents)
      this.#problems.push({ kind, name, algorithm, digest, jigdos });
  }

  /** Files of the folders, or of the snapshot, with the contents that are needed, wherever they are: digest -> path. */
  async #search(needs: readonly SnapshotNeed[], folders: LocalFolders): ReturnType<typeof findContents> {
    const { check, search, cache = NO_CACHE, reporter, signal } = this.#options;
    if (!check || !search || needs.length === 0) return { found: new Map(), unread: 0 };
    reporter.info(`${needs.length} files are not where they should be: looking for them by content`);
    const wanted = needs.flatMap(({ contents }) => [...contents.values()]);
    return findContents(wanted, folders, { cache, reporter, signal });
  }

  /** Where contents are looked for: what an image needs may be in the snapshot, under a name that it had before. */
  #everywhere(): LocalFolders {
    const { folders, target } = this.#options;
    return isFolder(target) ? new LocalFolders(new Map(), [...folders.roots, target]) : folders;
  }

  /** What is at a path; `unreadable` if nobody can tell: a folder on the way may not be read, say. */
  #look(path: ByteString): 'file' | 'other' | 'unreadable' {
    try {
      return statSync(toPath(path), { throwIfNoEntry: false })?.isFile() ? 'file' : 'other';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return 'other';
      this.#options.reporter.warning(`Could not open \`${display(path)}' for input: ${reasonOf(error)}`);
      return 'unreadable';
    }
  }

  /** Which of the contents that are wanted under a name a file has: `wrong` if none. */
  async #fit({ contents }: SnapshotNeed, path: ByteString): Promise<Fit | 'wrong' | 'unreadable'> {
    const { check, cache, signal, reporter } = this.#options;
    const wanted = [...contents.values()];
    try {
      using reader = new FileReader(path);
      const identity = identityOf(reader.fd);
      // Of one algorithm, two checksums are those of different files, whatever they are.
      if (!check) return { identity, others: wanted.filter(isRival) };
      const file = treeFile(path, identity);
      const digests = new Map<Algorithm, Uint8Array>();
      const known = cache?.lookup(file);
      const unknown = new Set<Algorithm>();
      for (const { algorithm } of wanted) {
        const digest = known?.[algorithm];
        if (digest) digests.set(algorithm, digest);
        else unknown.add(algorithm);
      }
      if (unknown.size > 0) {
        const learnt = await digestsOf(reader, unknown, signal);
        for (const [algorithm, digest] of learnt) digests.set(algorithm, digest);
        if (isSame(identityOf(reader.fd), identity)) cache?.store(file, Object.fromEntries(learnt));
      }
      const found = new Map(Array.from(digests, ([algorithm, digest]) => [algorithm, toBase64(digest)]));
      const others = wanted.filter(({ algorithm, digest }) => found.get(algorithm) !== digest);
      return others.length < wanted.length ? { identity, others } : 'wrong';
    } catch (error) {
      if (!(error instanceof JigdoError) || error instanceof Interrupted || isOutOfFiles(error.cause)) throw error;
      reporter.warning(error.message);
      return 'unreadable';
    }
  }

  /** Why nothing may be removed: there may be needs that nobody knows of. */
  async #doubts(unneeded: readonly ByteString[], unsearched: number): Promise<string[]> {
    const { jigdos, folders, check, search, unread = [], passed = [], target } = this.#options;
    const { cache = NO_CACHE, reporter, signal } = this.#options;
    const doubts = [...unread.map(doubtOfFolder), ...passed.map(doubtOfName)];
    for (const name of unneeded) {
      if (!/\.(jigdo|template)(\.[^./]+)?$/i.test(name)) continue;
      doubts.push(`\`${display(join(target, name))}' is in the snapshot, and none of those that were named`);
    }
    await using checker = new FileChecker({ cache, full: false, jobs: 1, reporter, signal });
    const witness = { onDoubt: (reason: string) => void doubts.push(reason), onPlace: () => {} };
    const table = new NeedTable({ ...folders.asTrees, templateDir: undefined, checker, reporter, witness });
    for (const path of jigdos) await table.add(path);
    const of = (...kinds: SnapshotProblem['kind'][]): number =>
      this.#problems.filter(({ kind }) => kinds.includes(kind)).length;
    if (of('refused') > 0) doubts.push(`files of images are refused: ${of('refused')}`);
    const lacking = of('missing', 'wrong', 'unreadable');
    if (lacking > 0 && !(check && search)) {
      doubts.push(`files that are missing were not looked for by content: ${lacking}`);
    } else if (lacking > 0 && unsearched > 0) {
      doubts.push(`files that cannot be read may be those that are missing: ${unsearched}`);
    }
    return doubts;
  }
}

/** Whether another content of the same algorithm comes before. */
function isRival({ algorithm }: WantedContent, i: number, all: readonly WantedContent[]): boolean {
  return all.findIndex((other) => other.algorithm === algorithm) < i;
}

/** To prune a mirror in the belief that it is a snapshot would be the end of the mirror. */
function refuseToPruneSources({ target, folders }: SnapshotOptions): void {
  if (!holdsSources(target, folders)) return;
  throw new JigdoError(`\`${display(target)}' holds the files themselves: it is no snapshot that could be pruned`);
}

function holdsSources(target: ByteString, folders: LocalFolders): boolean {
  try {
    return folders.isAbove(realpathSync.native(toPath(target === '' ? '.' : target), 'latin1'));
  } catch {
    return false;
  }
}
