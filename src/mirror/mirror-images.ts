// mirror: makes the images of all .jigdo files below folders that are not there, or out of date.
import { NO_CACHE, type Cache } from '../cache/types.js';
import { EXIT, JigdoError, type ExitCode } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { makeFolder } from '../io/make-folder.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import type { Transport } from '../net/transport.js';
import { compileExcludes, type Excluder } from '../tree/exclude.js';
import { findNamed } from '../tree/find-named.js';
import { FileChecker } from '../verify/check-files.js';
import { rootOf } from '../verify/verify-tree.js';
import { inLanes } from './lanes.js';
import { lockFile } from './lock.js';
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

/** The file in the image folder whose lock keeps two runs apart. */
const LOCK_NAME = '.jigdo-mirror.lock';

/**
 * Makes images that are not there or out of date, each under its name only when it is whole; old ones stay until then, and are
 * sources of parts.
 *
 * An image is up to date if it has the length and digest that its template says; the digest is believed if the image is newer
 * than the template, or if the cache knows it.
 *
 * @returns the exit code: the gravest of all images; 0 if all are there
 * @throws JigdoError if another run is at work on the same images; Interrupted or the signal's reason if the signal fires
 */
export async function mirrorImages(options: MirrorImagesOptions): Promise<ExitCode> {
  const { jobs = 1, fetchFrom, reporter = SILENT, signal, onOutcome } = options;
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
  const each: MirrorImageOptions = {
    imageDir,
    checkers: { template, image },
    verify: options.verify ?? false,
    dryRun: options.dryRun ?? false,
    maker: imageMaker(jobs),
    ...(fetchFrom && { fetch: (needs) => mend(needs, net) }),
    maxMissing: options.maxMissing ?? Infinity,
    reporter,
    signal,
  };
  const selected = await selection(options);
  if (!each.dryRun) makeFolder(imageDir);
  const lock = each.dryRun ? undefined : await lockFile(imageDir + LOCK_NAME);
  const names = new Set<ByteString>();
  let gravest: ExitCode = EXIT.ok;
  const jigdos = findNamed(jigdoDir, '.jigdo', reporter);
  const work = inLanes(offersOf(jigdos, jigdoDir, { trees, labels }), jobs, async (offer) => {
    if (!selected(offer)) return;
    signal?.throwIfAborted();
    const outcome = await outcomeOf(offer, names, each);
    if (outcome.exitCode > gravest) gravest = outcome.exitCode;
    onOutcome(outcome);
  });
  await work.finally(() => lock?.[Symbol.dispose]());
  return gravest;
}

async function outcomeOf(
  offer: Offer | Refusal,
  names: Set<ByteString>,
  options: MirrorImageOptions,
): Promise<MirrorOutcome> {
  const { name } = offer;
  const failed = (reason: string): MirrorOutcome => ({ name, state: 'failed', exitCode: EXIT.failed, reason });
  if ('problem' in offer) return failed(offer.problem);
  if (names.has(name)) return failed(`another .jigdo than \`${display(offer.jigdo)}' makes this image, too`);
  names.add(name);
  return mirrorImage(offer, options);
}

/** Whether an image is asked for: by its own name, or by that of its .jigdo. */
async function selection({
  include = [],
  exclude = [],
  jigdoDir,
}: MirrorImagesOptions): Promise<(offer: Offer | Refusal) => boolean> {
  const included = await compileExcludes(include);
  const excluded = await compileExcludes(exclude);
  const { base } = rootOf(jigdoDir);
  const fits = (test: Excluder | undefined, offer: Offer | Refusal): boolean =>
    test !== undefined &&
    [offer.name, ...('jigdo' in offer ? [offer.jigdo.slice(base.length)] : [])].some((name) => test(name, false));
  return (offer) => (!included || fits(included, offer)) && !fits(excluded, offer);
}
