// verify-tree: is every part of every image where mirrors' users will look for it, and right?
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { NO_CACHE, type Cache } from '../cache/types.js';
import { EXIT, JigdoError, reasonOf, type ExitCode } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { abortable } from '../io/abort.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import { FileChecker } from './check-files.js';
import {
  isUsable,
  pathOfPlace,
  rootOf,
  type Checker,
  type Condition,
  type Need,
  type NeedPlace,
  type NeedQuestion,
  type Root,
} from './need.js';
import type { NeedList } from './need-list.js';
import { NeedTable, type ImageNeeds } from './need-table.js';
import { tellUnusedLabels } from './placer.js';
import { FileSet, unreferencedFiles, type Unreferenced } from './unreferenced.js';

/** What to verify. */
export interface VerifyTreeOptions {
  /** The .jigdo files. */
  readonly jigdos: Iterable<ByteString>;
  /** Folders or URLs of mirrors in which the files of any label may be. */
  readonly trees: readonly ByteString[];
  /** Label -> folders or URLs for its files alone, instead of `trees`. */
  readonly labels?: ReadonlyMap<ByteString, readonly ByteString[]>;
  /** A folder for templates that do not lie beside their .jigdo. */
  readonly templateDir?: ByteString;
  readonly cache?: Cache;
  /** Whether all files are read, whatever the cache knows; on mirrors, whether they are read at all. */
  readonly full?: boolean;
  /** How many files are read at the same time; as many as there are cores by default. */
  readonly jobs?: number;
  /** Looks at places on mirrors (`RemoteChecker`). Without, there must be none. */
  readonly remote?: Checker;
  /** Mends what is missing or damaged (`mend`), and returns the paths where something was put; they are checked again. */
  readonly mend?: (needs: Iterable<Need>) => Promise<ReadonlySet<ByteString>>;
  /** Takes each file of the folders that no image needs; none while it is in doubt what is needed. */
  readonly onUnreferenced?: (file: Unreferenced) => void;
  /** More files that are needed: the cache. */
  readonly inputs?: readonly ByteString[];
  /** Where .jigdo files were looked for and could not be: then not all was checked. */
  readonly unread?: readonly ByteString[];
  /** What may lead to .jigdo files that nobody asked for. */
  readonly passed?: readonly ByteString[];
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

/** Bytes of a .jigdo that lists a thousand files or so. */
const LONG_JIGDO_BYTES = 64 << 10;

/** What was found. */
export interface VerifyTreeResult {
  /** 0: all is good (or mended); 1: something is missing or wrong; 2: nothing is known to be, but not all could be checked. */
  readonly exitCode: ExitCode;
  readonly images: readonly ImageNeeds[];
  /** By the indices that the images have. */
  readonly needs: NeedList;
  /** .jigdo files that could not be used: each was reported. */
  readonly unusable: readonly ByteString[];
  /** Why `onUnreferenced` was told nothing, as lines for people. */
  readonly doubts: readonly string[];
}

/**
 * Looks for all that images need, each file once, however many images need it. See `Condition` for what may be found.
 *
 * A part is good if it is at one of its places; otherwise the first place is told where something is.
 *
 * @throws JigdoError with exit code 2 if a tree is no folder; the signal's reason if it fires
 */
export async function verifyTree(options: VerifyTreeOptions): Promise<VerifyTreeResult> {
  return await abortable(options.signal, () => verify(options));
}

async function verify(options: VerifyTreeOptions): Promise<VerifyTreeResult> {
  const { cache = NO_CACHE, full = false, jobs = availableParallelism(), reporter = SILENT, signal } = options;
  const trees = options.trees.map(rootOf);
  const labels = new Map([...(options.labels ?? [])].map(([label, names]) => [label, names.map(rootOf)]));
  const roots = { trees, labels, usedLabels: new Set<ByteString>() };
  const folders = [...trees, ...[...labels.values()].flat()].filter(({ kind }) => kind === 'folder');
  for (const { base } of folders) checkFolder(base);

  const { onUnreferenced, unread = [], passed = [] } = options;
  const present = onUnreferenced && new FileSet();
  const doubts = onUnreferenced ? [...unread.map(doubtOfFolder), ...passed.map(doubtOfName)] : [];
  const witness = present && {
    onDoubt: (reason: string) => void doubts.push(reason),
    onPlace: (path: ByteString) => addTo(present, path, doubts),
  };
  await using checker = new FileChecker({ cache, full, jobs, reporter, signal, onFile: (stat) => present?.add(stat) });
  const table = new NeedTable({ ...roots, templateDir: options.templateDir, checker, reporter, witness });
  const unusable: ByteString[] = [];
  for (const jigdo of options.jigdos) {
    if (isLong(jigdo)) checker.prepare();
    signal?.throwIfAborted();
    reporter.progress('reading .jigdo files', table.images.length, 0, '', 'files');
    try {
      await table.add(jigdo);
    } catch (error) {
      if (!(error instanceof JigdoError) || error.exitCode !== EXIT.mismatch) throw error;
      reporter.warning(error.message);
      unusable.push(jigdo);
      if (onUnreferenced) doubts.push(`${display(jigdo)}: it cannot be used`);
    }
  }
  if (unusable.length === 0) tellUnusedLabels(roots, reporter);
  const { needs, images } = table;
  await settleAll(needs, { folder: checker, remote: options.remote });
  if (options.mend) {
    await checkMended(needs, await options.mend(wrong(needs)), checker);
  }
  if (onUnreferenced && present) {
    for (const { jigdo, template = jigdo } of images)
      for (const path of [jigdo, template]) addTo(present, path, doubts);
    for (const path of options.inputs ?? []) addTo(present, path, doubts);
    if (doubts.length === 0) {
      const bases = folders.map(({ base }) => base);
      for await (const file of unreferencedFiles(bases, present, reporter, signal)) onUnreferenced(file);
    }
  }
  const isAll = unusable.length === 0 && unread.length === 0 && doubts.length === 0;
  return { exitCode: exitCodeOf(needs, isAll), images, needs, unusable, doubts };
}

/** Why a folder that was not read is a reason to remove nothing. */
export function doubtOfFolder(folder: ByteString): string {
  return `\`${display(folder)}' was not read, or has no .jigdo files: is it mounted?`;
}

/** The same of a name that was passed over. */
export function doubtOfName(path: ByteString): string {
  return `\`${display(path)}' is not read: name it with --jigdo or --jigdo-dir if images are there, or remove it`;
}

/** Adds the file at a path, if there is one. */
function addTo(files: FileSet, path: ByteString, doubts: string[]): void {
  try {
    const stat = statSync(toPath(path), { throwIfNoEntry: false });
    if (stat) files.add(stat);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') {
      doubts.push(`\`${display(path)}' cannot be looked at: ${reasonOf(error)}`);
    }
  }
}

/** Whether so much is listed that workers will be needed: while they come to life, it can be read. */
function isLong(jigdo: ByteString): boolean {
  try {
    return statSync(toPath(jigdo)).size > LONG_JIGDO_BYTES;
  } catch {
    return false; // Reading it tells more.
  }
}

function checkFolder(base: ByteString): void {
  try {
    if (statSync(toPath(base)).isDirectory()) return;
  } catch (error) {
    const message = `Could not open \`${display(base)}' for input: ${reasonOf(error)}`;
    throw new JigdoError(message, { exitCode: EXIT.mismatch, cause: error });
  }
  throw new JigdoError(`\`${display(base)}' is not a directory`, { exitCode: EXIT.mismatch });
}

/** Those that are not good where they should be. */
function* wrong(needs: NeedList): Generator<Need> {
  for (const need of needs) if (need.condition !== 'good') yield need;
}

/** Asks for each need at its first place, then for what is not good there at the second, and so on. */
async function settleAll(needs: NeedList, checkers: Record<Root['kind'], Checker | undefined>): Promise<void> {
  for (const i of needs.where(() => true)) if (needs.placeCount(i) === 0) needs.at(i).condition = 'no-place';
  let open = Uint32Array.from(needs.where(({ condition }) => condition === undefined));
  for (let round = 0; open.length > 0; round++) {
    const settle = (need: Need, condition: Condition, reason?: string): void => {
      if (need.condition !== undefined && gravity(condition) >= gravity(need.condition)) return;
      need.condition = condition;
      need.at = round;
      need.reason = reason;
    };
    for (const kind of ['folder', 'remote'] as const) {
      const asked = open.filter((i) => needs.rootOf(i, round).kind === kind);
      const safe = asked.filter((i) => isUsable(needs.placeOf(i, round) as NeedPlace) || settle(needs.at(i), 'unsafe'));
      const sorted = needs.byPlace(safe, () => round);
      await checkers[kind]?.check(questions(needs, sorted, round), sorted.length, settle);
    }
    open = open.filter((i) => needs.conditionOf(i) !== 'good' && needs.placeCount(i) > round + 1);
  }
}

/** Looks again at what is wrong where something was mended: there may be several needs at one path. */
async function checkMended(needs: NeedList, paths: ReadonlySet<ByteString>, checker: Checker): Promise<void> {
  const again = new Map<ByteString, Need[]>();
  for (const need of wrong(needs)) {
    const path = need.place && pathOfPlace(need.place);
    if (path === undefined || !paths.has(path)) continue;
    const known = again.get(path);
    if (known) known.push(need);
    else again.set(path, [need]);
  }
  const questions = Array.from(again, ([path, needs]) => ({ path, needs }));
  await checker.check(questions, questions.length, (need, condition, reason) => {
    if (condition === 'good') need.mended = true;
    else need.condition = condition;
    need.reason = reason;
  });
}

/** Needs that are in the order of their places, as questions. */
function* questions(needs: NeedList, sorted: Uint32Array, round: number): Generator<NeedQuestion> {
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const path = pathOfPlace(needs.placeOf(sorted[start], round) as NeedPlace);
    const here: Need[] = [];
    do here.push(needs.at(sorted[end++]));
    while (end < sorted.length && needs.areTogether(sorted[start], sorted[end], round));
    yield { path, needs: here };
  }
}

/** A place where nothing is says less than one where something wrong is. */
function gravity(condition: Condition): number {
  return condition === 'good' ? 0 : condition === 'missing' ? 2 : 1;
}

function exitCodeOf(needs: NeedList, isAll: boolean): ExitCode {
  const conditions = new Set<Condition | undefined>();
  for (const { condition, mended } of needs) conditions.add(mended ? 'good' : condition);
  conditions.delete('good');
  const unknown = conditions.delete('unchecked') || !isAll;
  if (conditions.size > 0) return EXIT.incomplete;
  return unknown ? EXIT.mismatch : EXIT.ok;
}
