// An image into a file, by way of IMAGE.tmp.
import { existsSync, lstatSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DIGESTS } from '../checksum/algorithm.js';
import { followDigest, type FollowingDigest } from '../checksum/stream/client.js';
import type { NamedDigests } from '../checksum/stream/protocol.js';
import { EXIT, JigdoError, reasonOf } from '../errors.js';
import { display, toHex, toPath, type ByteString } from '../format/bytes.js';
import type { StretchEntry } from '../format/template.js';
import { fileDigests } from '../io/file-digests.js';
import { identityAt } from '../io/identity.js';
import { whileLocked } from '../io/lock.js';
import { outputTarget, refuseInput } from '../io/output-place.js';
import { FileReader } from '../io/reader.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import { assemble } from './assemble.js';
import type { MakeImageResult } from './image-result.js';
import { Interrupted } from './pace.js';
import type { Plan } from './plan.js';
import { contradiction, otherFamilies, preferredImage } from './preferred-image.js';
import { recheck } from './recheck.js';
import { partStretches } from './part-stretches.js';
import { FetchedParts } from './part-places.js';
import { partsOf, tally, tallyLine, type Tally } from './search-result.js';
import { findParts, type Found, type PartCache } from './sources.js';
import { TmpFile } from './tmp-file.js';
import { examineTmp, type TmpState } from './tmp-state.js';

/**
 * Brings parts that no file has, from wherever it knows: writes them to their places and completes them there. What it cannot
 * bring stays missing; an error ends the work.
 */
export type PartFetcher = (plan: Plan, parts: readonly number[], places: FetchedParts) => Promise<void>;

/** What is needed. */
export interface FileImageOptions {
  readonly plan: Plan;
  readonly image: ByteString;
  readonly files: Iterable<TreeFile>;
  readonly force: boolean;
  readonly checkFiles: boolean;
  /** Asked for what is not among the files. */
  readonly fetch: PartFetcher | undefined;
  /** More digests that are wanted of the image. */
  readonly otherDigests: readonly string[];
  readonly cache: PartCache | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** Makes an image, or completes its IMAGE.tmp. For errors see `makeImage`. */
export async function fileImage(options: FileImageOptions): Promise<MakeImageResult> {
  const { image, force, reporter } = options;
  return await whileLocked(image, reporter, async () => {
    // A run that had the lock until now may have made the image. Making the image again would be refused in the end, and leave a .tmp.
    outputTarget(image, { force });
    return await makeOrComplete(options);
  });
}

async function makeOrComplete(options: FileImageOptions): Promise<MakeImageResult> {
  const { plan, image, checkFiles, cache, reporter, signal } = options;
  const path = `${image}.tmp`;
  const state = await stateOf(path, options);
  const entries = state?.kind === 'reusable' ? state.entries : plan.template.entries;
  const isWritten = (entry: number): boolean => {
    const stretch = entries[entry];
    return stretch.kind === 'part' && stretch.written;
  };
  const files = [...options.files];
  const wanted = [...plan.parts.keys()].filter((part) => [...plan.occurrences(part)].some((e) => !isWritten(e)));
  // Without checks while copying, everything has to be checked before.
  const found = await findParts(plan, files, { wanted, strict: !checkFiles, cache, reporter, signal });
  const replaced = identityAt(image);
  for (const { file } of found.values()) {
    if (file && file.ino === replaced?.ino) refuseInput(image, pathOf(file), 'a file that it needs');
  }
  const counts = tally(plan, found, isWritten);
  reporter.info(tallyLine(counts));
  const fresh = state?.kind !== 'reusable';
  if (fresh && counts.found === 0 && counts.needed > 0 && !options.fetch) return nothing(options, counts);
  const tmp = fresh ? TmpFile.create(path, plan) : TmpFile.resume(path, plan, entries);
  return await new Assembly({ ...options, files }, tmp, fresh, counts).run(found);
}

async function stateOf(path: ByteString, options: FileImageOptions): Promise<TmpState | undefined> {
  const { plan, force, reporter } = options;
  const stat = lstatSync(toPath(path), { throwIfNoEntry: false });
  if (!stat) return undefined;
  // What is behind a symbolic link could not be put in place of the image.
  if (!stat.isFile())
    throw new JigdoError(`\`${display(path)}' is in the way: it is not a regular file - move it away`);
  using reader = new FileReader(path);
  const state = examineTmp(reader, plan.template);
  if (state.kind !== 'foreign') return state;
  if (reader.size === plan.length && (await isImage(path, options))) {
    return { kind: 'reusable', entries: plan.template.entries.map(written) };
  }
  const line = `Will not reuse existing temporary file \`${display(path)}' - ${state.reason}`;
  if (!force) throw new JigdoError(`${line} Delete/rename the file or use --force`);
  reporter.info(line);
  return state;
}

/** A run that was killed between its last two steps has left the whole image, and nothing behind it. */
async function isImage(path: ByteString, { plan, reporter, signal }: FileImageOptions): Promise<boolean> {
  const { algorithm, digest } = preferredImage(plan.template);
  const actual = await fileDigests(path, [algorithm], 'verifying image', reporter, signal);
  return actual.get(algorithm) === toHex(digest);
}

function written(entry: StretchEntry): StretchEntry {
  return entry.kind === 'part' ? { ...entry, written: true } : entry;
}

function nothing({ plan, reporter }: FileImageOptions, { needed }: Tally): MakeImageResult {
  reporter.info('Will not create image or temporary file - try again with different input files');
  return { status: 'nothing', exitCode: EXIT.incomplete, needed, found: 0, missing: plan.parts };
}

/** The work on one open .tmp. */
class Assembly {
  readonly #options: FileImageOptions;
  readonly #tmp: TmpFile;
  readonly #fresh: boolean;
  readonly #counts: Tally;
  #digest: FollowingDigest | undefined;
  /** Whether the .tmp has all unmatched data, so that its state may be saved. */
  #savable: boolean;
  #bad = false;
  #digests: NamedDigests = new Map();

  constructor(options: FileImageOptions, tmp: TmpFile, fresh: boolean, counts: Tally) {
    this.#options = options;
    this.#tmp = tmp;
    this.#fresh = fresh;
    this.#counts = counts;
    this.#savable = !fresh;
  }

  async run(found: ReadonlyMap<number, Found>): Promise<MakeImageResult> {
    try {
      if (this.#fresh && found.size === 0 && this.#options.fetch) {
        // Nothing else has to be done here: the first parts can be on their way meanwhile.
        await this.#fetch(nextTurn().then(() => this.#fill()));
      } else {
        if (found.size > 0 || this.#fresh) await this.#assemble(found, this.#fresh);
        await this.#fetch();
      }
      return this.#tmp.missing === 0 ? await this.#complete() : await this.#incomplete();
    } catch (error) {
      await this.#digest?.cancel();
      await this.#tmp.flushed();
      this.#giveUp();
      if (error instanceof Interrupted || this.#options.signal?.aborted) this.#tellWhatIsKept();
      throw error;
    }
  }

  /** A pass with what was found, and for files that were not what they seemed, another with a thorough search. */
  async #assemble(found: ReadonlyMap<number, Found>, fresh: boolean): Promise<void> {
    const { plan, files, fetch, cache, reporter, signal } = this.#options;
    const pass = { ...this.#options, tmp: this.#tmp, holes: fetch !== undefined };
    const isAllFound = this.#tmp.missingParts().every((part) => found.has(part));
    const isNew = !this.#digest;
    if (fetch || isAllFound) this.#follow();
    // Nothing holds it up then: it comes to all parts in time to check them.
    if (isNew && isAllFound) this.#digest?.watch(partStretches(plan));
    const first = await assemble({ ...pass, found, fresh, digest: this.#digest });
    this.#savable = true;
    this.#bad ||= first.bad;
    if (signal?.aborted) throw new Interrupted();
    if (first.failed.size === 0) return;
    // What the cache says led astray, or was not asked: this time the files themselves are.
    // What was taken for one part may be another of that length.
    const lengths = new Set([...first.failed].map((part) => plan.parts[part].length));
    const wanted = this.#tmp.missingParts().filter((part) => lengths.has(plan.parts[part].length));
    const again = await findParts(plan, files, { wanted, strict: true, reporter, signal });
    if (again.size === 0) return;
    const second = await assemble({ ...pass, found: again, fresh: false, digest: this.#digest, cache });
    this.#bad ||= second.bad;
    if (signal?.aborted) throw new Interrupted();
  }

  /** Writes the unmatched data. */
  async #fill(): Promise<void> {
    const pass = { ...this.#options, tmp: this.#tmp, holes: true, digest: undefined, reporter: SILENT };
    await assemble({ ...pass, found: new Map(), fresh: true });
    this.#savable = true;
  }

  /** Has the parts brought that no file has; waits for both. */
  async #fetch(filling?: Promise<void>): Promise<void> {
    const { plan, fetch, signal } = this.#options;
    if (!fetch || this.#tmp.missing === 0) return await filling;
    const places = new FetchedParts(plan, this.#tmp, () => this.#follow(), filling);
    const fetching = fetch(plan, this.#tmp.missingParts(), places);
    for (const result of await Promise.allSettled([filling, fetching])) {
      if (result.status === 'rejected') throw result.reason;
    }
    if (signal?.aborted) throw new Interrupted();
  }

  /** The digest of the image, which is begun unless it is under way. */
  #follow(): FollowingDigest {
    if (this.#digest) return this.#digest;
    const { plan, otherDigests = [] } = this.#options;
    const { algorithm } = preferredImage(plan.template);
    const others = new Set([...otherDigests, ...otherFamilies(plan.template)]);
    this.#digest = followDigest(this.#tmp.fd, plan.length, algorithm, [...others]);
    return this.#digest;
  }

  /** Everything is in place: is it the image? */
  async #complete(): Promise<MakeImageResult> {
    const { plan, image, force, reporter, signal } = this.#options;
    this.#tmp.beginFlush();
    if (!(await this.#digestIsRight())) {
      await this.#repair();
      if (this.#tmp.missing > 0) return await this.#incomplete();
      if (!(await this.#digestIsRight())) throw this.#wrongImage();
    }
    const doubt = contradiction(plan.template, this.#digests);
    if (doubt !== undefined) reporter.warning(doubt);
    await this.#tmp.flushed();
    await this.#tmp.finish(image, force, signal);
    reporter.info(`Successfully created \`${display(image)}'`);
    const { needed } = this.#counts;
    return {
      status: 'created',
      exitCode: EXIT.ok,
      needed,
      found: needed,
      missing: partsOf(plan, []),
      digests: this.#digests,
    };
  }

  async #digestIsRight(): Promise<boolean> {
    const { plan, reporter, signal } = this.#options;
    const digest = this.#follow();
    const abort = (): void => void digest.cancel();
    signal?.addEventListener('abort', abort);
    try {
      if (signal?.aborted) throw new Interrupted();
      const actual = await digest.finish((done) => reporter.progress('verifying image', done, plan.length));
      this.#digests = digest.others;
      return Buffer.compare(actual, preferredImage(plan.template).digest) === 0;
    } catch (error) {
      if (signal?.aborted) throw new Interrupted();
      throw new JigdoError(`Error reading from \`${this.#tmp.name}': ${reasonOf(error)}`, { cause: error });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#digest = undefined;
    }
  }

  /** Finds what is wrong in the .tmp, which may have been damaged since an earlier run, and mends it. */
  async #repair(): Promise<void> {
    const { plan, files, image, reporter, signal } = this.#options;
    using reader = new FileReader(`${image}.tmp`);
    const wrong = await recheck(plan, this.#tmp, reader, reporter, signal);
    if (wrong === 0) throw this.#wrongImage();
    reporter.warning(`\`${this.#tmp.name}' was damaged at ${wrong} places - mending them`);
    const wanted = this.#tmp.missingParts();
    if (wanted.length === 0) return;
    const found = await findParts(plan, files, { wanted, strict: true, reporter, signal });
    if (found.size > 0) await this.#assemble(found, false);
    await this.#fetch();
  }

  #wrongImage(): JigdoError {
    const { algorithm } = preferredImage(this.#options.plan.template);
    const problem = `the ${DIGESTS[algorithm].title} of the image is not that of the template, though all files are right`;
    const { name } = this.#options.plan.template;
    return new JigdoError(`Error: ${problem} - \`${name}' is damaged; the image is kept as \`${this.#tmp.name}'`, {
      exitCode: EXIT.mismatch,
    });
  }

  async #incomplete(): Promise<MakeImageResult> {
    const { plan, reporter } = this.#options;
    const tmp = this.#tmp;
    await this.#digest?.cancel();
    await tmp.flushed();
    const { needed } = this.#counts;
    const missing = tmp.missing;
    const found = Math.max(0, needed - missing);
    const parts = partsOf(plan, tmp.missingParts());
    const exitCode = this.#bad ? EXIT.mismatch : EXIT.incomplete;
    if (!this.#worthKeeping()) {
      tmp.discard();
      return { ...nothing(this.#options, this.#counts), exitCode };
    }
    tmp.save();
    tmp.close();
    reporter.info(
      this.#options.fetch
        ? `\`${tmp.name}' holds what was found - repeat the command to continue`
        : `Copied input files to temporary file \`${tmp.name}' - repeat command and supply more files to continue`,
    );
    return { status: 'incomplete', exitCode, needed, found, missing: parts };
  }

  /** Whether the .tmp has more than the template alone; where parts are fetched, people expect to find it anyway. */
  #worthKeeping(): boolean {
    const { needed } = this.#counts;
    return this.#options.fetch !== undefined || !this.#fresh || this.#tmp.missing < needed || needed === 0;
  }

  /** After an error: keeps what can be completed later, removes what cannot. */
  #giveUp(): void {
    const tmp = this.#tmp;
    try {
      const useful = this.#savable && this.#worthKeeping();
      if (useful) tmp.save();
      if (useful) tmp.close();
      else tmp.discard();
    } catch {
      // The error that led here says more than one that follows from it.
    }
  }

  #tellWhatIsKept(): void {
    const { name } = this.#tmp;
    if (!existsSync(toPath(`${this.#options.image}.tmp`))) return;
    this.#options.reporter.warning(`\`${name}' holds what was copied - repeat the command to continue`);
  }
}
