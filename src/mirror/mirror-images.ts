// mirror: makes the images of all .jigdo files below folders that are not there, or out of date.
import { NO_CACHE, type Cache } from '../cache/types.js';
import { EXIT, JigdoError, type ExitCode } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { abortable } from '../io/abort.js';
import { whileLocked } from '../io/lock.js';
import { makeFolder } from '../io/make-folder.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import type { Transport } from '../net/transport.js';
import { compileExcludes, type Excluder } from '../tree/exclude.js';
import { fromGlobText } from '../tree/glob-text.js';
import { findNamed } from '../tree/find-named.js';
import { FileChecker } from '../verify/check-files.js';
import { rootOf } from '../verify/need.js';
import { tellUnusedLabels } from '../verify/placer.js';
import { ImageRecords } from './image-records.js';
import { inLanes } from './lanes.js';
import { imageMaker } from './make-images.js';
import { mend, type FixSource } from './mend.js';
import { mirrorImage, type MirrorImageOptions, type MirrorOutcome } from './mirror-image.js';
import { offersOf, type Offer, type Refusal } from './offer.js';

/** What to mirror. */
export interface MirrorImagesOptions {
  /** The folder below which the .jigdo files and templates are. */
  readonly jigdoDir: ByteString;
  /** The folder for the images, which lie below it as the .jigdo files do below theirs; by default the same one. */
  readonly imageDir?: ByteString;
  /** Folders with the files of any label. */
  readonly trees: readonly ByteString[];
  /** Label -> folders for its files alone. */
  readonly labels?: ReadonlyMap<ByteString, readonly ByteString[]>;
  /** Globs (`compileExcludes`) of images or .jigdo files below `jigdoDir`: if any are given, only those are made. */
  readonly include?: readonly string[];
  /** Those that are not made. */
  readonly exclude?: readonly string[];
  /** How many images are made at the same time; 1 by default. */
  readonly jobs?: number;
  /** Mirrors to fetch missing files from. */
  readonly fetchFrom?: {
    readonly sources: readonly FixSource[];
    readonly transport: Transport;
    readonly connections: number;
  };
  /** Images that lack more files than that are not fetched for; no limit by default. */
  readonly maxMissing?: number;
  /** Whether all images that are there are read and compared. */
  readonly verify?: boolean;
  /** Whether to say only what would be done. */
  readonly dryRun?: boolean;
  readonly cache?: Cache;
  /** Takes what came of each image, when it is done. */
  readonly onOutcome: (outcome: MirrorOutcome) => void;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

/** What stands for all images in the image folder: its lock keeps two runs apart. */
const ALL_IMAGES = 'jigdo-mirror';
/** What no image may be called: .jigdo files, templates, and our own files, which may be in the same folder. */
const OURS = /\.(jigdo|template)$|(^|\/)\.jigdo-[^/]*$/i;
/** The file there that tells the next run what the images are. */
const RECORDS_NAME = '.jigdo-mirror.json';

/**
 * Makes images that are not there or out of date, each under its name only when it is whole; old ones stay until then, and are
 * sources of parts.
 *
 * An image is up to date if it has the length and digest that its template says; it is not read if this is known from an earlier run, or
 * from the cache.
 *
 * @returns the exit code: the gravest of all images; 0 if all are there
 * @throws JigdoError if another run is at work on the same images; the signal's reason if it fires
 */
export async function mirrorImages(options: MirrorImagesOptions): Promise<ExitCode> {
  return await abortable(options.signal, () => mirror(options));
}

async function mirror(options: MirrorImagesOptions): Promise<ExitCode> {
  const { dryRun = false, reporter = SILENT } = options;
  const selection = await Selection.of(options);
  if (dryRun) return await mirrorAll(options, selection);
  const imageDir = rootOf(options.imageDir ?? options.jigdoDir).base;
  makeFolder(imageDir);
  return await whileLocked(imageDir + ALL_IMAGES, reporter, () => mirrorAll(options, selection));
}

async function mirrorAll(options: MirrorImagesOptions, selection: Selection): Promise<ExitCode> {
  const { jobs = 1, fetchFrom, dryRun = false, reporter = SILENT, signal, onOutcome } = options;
  const jigdoDir = rootOf(options.jigdoDir).base;
  const imageDir = rootOf(options.imageDir ?? options.jigdoDir).base;
  const trees = options.trees.map(rootOf);
  const labels = new Map([...(options.labels ?? [])].map(([label, names]) => [label, names.map(rootOf)]));
  const remote = [...trees, ...[...labels.values()].flat()].find(({ kind }) => kind === 'remote');
  if (remote) throw new JigdoError(`\`${display(remote.base)}' is no folder: what is to be fetched is named apart`);
  const net = { ...fetchFrom, reporter, signal } as Parameters<typeof mend>[1];
  const check = { cache: options.cache ?? NO_CACHE, jobs: 1, reporter, signal };
  await using template = new FileChecker({ ...check, full: false });
  await using image = new FileChecker({ ...check, full: options.verify ?? false });
  const records = new ImageRecords(imageDir + RECORDS_NAME, { isFrozen: dryRun, reporter });
  const each: MirrorImageOptions = {
    imageDir,
    checkers: { template, image },
    verify: options.verify ?? false,
    records,
    dryRun,
    maker: imageMaker(jobs),
    ...(fetchFrom && { fetch: (needs, into) => mend(needs, { ...net, into, dryRun }) }),
    maxMissing: options.maxMissing ?? Infinity,
    reporter,
    signal,
  };
  const roots = { trees, labels, usedLabels: new Set<ByteString>() };
  const names = new Map<ByteString, ByteString>();
  let offers = 0;
  let chosen = 0;
  let refused = 0;
  let gravest: ExitCode = EXIT.ok;
  const onUnread = (): void => void (gravest = EXIT.failed);
  const jigdos = findNamed(jigdoDir, '.jigdo', reporter, { onUnread, onPassed: () => {} });
  const work = inLanes(offersOf(jigdos, jigdoDir, roots), jobs, async (offer) => {
    offers++;
    if ('problem' in offer) refused++;
    if (!selection.has(offer)) return;
    chosen++;
    signal?.throwIfAborted();
    const outcome = await outcomeOf(offer, names, each);
    if (outcome.exitCode > gravest) gravest = outcome.exitCode;
    onOutcome(outcome);
  });
  await work
    .then(() => (options.include ?? []).length + (options.exclude ?? []).length === 0 && records.forgetOthers())
    .finally(() => records.save());
  if (offers === 0) throw new JigdoError(`There is no .jigdo file below \`${display(jigdoDir)}': is its disk mounted?`);
  selection.tellIdle(reporter);
  if (chosen === 0) throw new JigdoError(`None of ${offers} images is asked for by --include and --exclude`);
  if (refused === 0) tellUnusedLabels(roots, reporter);
  return gravest;
}

async function outcomeOf(
  offer: Offer | Refusal,
  names: Map<ByteString, ByteString>,
  options: MirrorImageOptions,
): Promise<MirrorOutcome> {
  const { name } = offer;
  const failed = (reason: string): MirrorOutcome => ({ name, state: 'failed', exitCode: EXIT.failed, reason });
  if ('problem' in offer) return failed(offer.problem);
  const other = names.get(name);
  if (other !== undefined) return failed(`both \`${display(other)}' and \`${display(offer.jigdo)}' make this image`);
  names.set(name, offer.jigdo);
  if (OURS.test(name)) return failed(`an image of this name would replace what it is made of`);
  return mirrorImage(offer, options);
}

/** Which images are asked for: by their own names, or by those of their .jigdo files. */
class Selection {
  readonly #included: Excluder | undefined;
  readonly #excluded: Excluder | undefined;
  readonly #base: ByteString;

  private constructor(included: Excluder | undefined, excluded: Excluder | undefined, base: ByteString) {
    this.#included = included;
    this.#excluded = excluded;
    this.#base = base;
  }

  static async of({ include = [], exclude = [], jigdoDir }: MirrorImagesOptions): Promise<Selection> {
    return new Selection(await compileExcludes(include), await compileExcludes(exclude), rootOf(jigdoDir).base);
  }

  has(offer: Offer | Refusal): boolean {
    if (this.#included && !this.#fits(this.#included, offer)) return false;
    return !this.#excluded || !this.#fits(this.#excluded, offer);
  }

  /** Tells of globs that no image was like: they are mistyped, perhaps. */
  tellIdle(reporter: Reporter): void {
    const name = (glob: string): string => display(fromGlobText(glob));
    for (const glob of this.#included?.idle() ?? []) reporter.warning(`--include ${name(glob)}: no image is called so`);
    for (const glob of this.#excluded?.idle() ?? []) reporter.info(`--exclude ${name(glob)}: no image is called so`);
  }

  #fits(test: Excluder, offer: Offer | Refusal): boolean {
    const names = [offer.name, ...('jigdo' in offer ? [offer.jigdo.slice(this.#base.length)] : [])];
    return names.some((name) => test(name, false));
  }
}
