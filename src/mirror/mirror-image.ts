// One image of a mirror: is it there and right, and if not, can it be made of the tree?
import { rmSync, statSync, type BigIntStats } from 'node:fs';
import { strongestOf, type Algorithm } from '../checksum/algorithm.js';
import { EXIT, JigdoError, reasonOf, type ExitCode } from '../errors.js';
import { display, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { folderOf, leafOf } from '../format/paths.js';
import type { PartEntry } from '../format/template.js';
import { pick } from '../io/identity.js';
import { makeFolder, mustBeWritable } from '../io/make-folder.js';
import { outputTarget } from '../io/output-place.js';
import { adoptFrom } from '../io/ownership.js';
import type { Reporter } from '../io/reporter.js';
import { tidyRightImage } from '../rebuild/left-image.js';
import type { Plan } from '../rebuild/plan.js';
import { preferredImage } from '../rebuild/preferred-image.js';
import { findParts } from '../rebuild/sources.js';
import { treeFile, type TreeFile } from '../tree/types.js';
import { readPlan } from '../verify/image-template.js';
import { isSafe, newNeed, pathOfPlace, type Checker, type Need, type NeedPlace } from '../verify/need.js';
import type { ImageRecords } from './image-records.js';
import type { ImageMaker } from './make-images.js';
import { fetchedTo } from './mend.js';
import type { Offer } from './offer.js';

/**
 * - `current`: it was there, and is right
 * - `created`, `updated`: it was made; an old one was replaced
 * - `incomplete`: files are missing or cannot be read, or the template is missing
 * - `failed`: something else is in the way
 * - `would-create`, `would-update`: nothing was done, as asked for
 */
export type MirrorState = 'current' | 'created' | 'updated' | 'incomplete' | 'failed' | 'would-create' | 'would-update';

/** What came of one image. */
export interface MirrorOutcome {
  /** See `Offer.name`. */
  readonly name: ByteString;
  readonly state: MirrorState;
  readonly exitCode: ExitCode;
  /** Why, for people. */
  readonly reason?: string;
  /** Bytes of the image, and different files in it; undefined if nobody knows. */
  readonly size?: number;
  readonly parts?: number;
  /** The files that are missing, as the .jigdo calls them. */
  readonly missing?: readonly ByteString[];
  /** Those that are there, but cannot be read. */
  readonly unreadable?: readonly Unreadable[];
}

/** A file that cannot be read. */
export interface Unreadable {
  /** As the .jigdo calls it. */
  readonly name: ByteString;
  /** In strerror's words. */
  readonly reason: string;
}

/** How to mirror images. */
export interface MirrorImageOptions {
  /** Where images are; ends with `/`, or is empty. */
  readonly imageDir: ByteString;
  /** Checks templates and images: knows what the cache knows, or reads them anyway (`--verify`). */
  readonly checkers: { readonly template: Checker; readonly image: Checker };
  /** Whether images are read although they are what they were when they were read last. */
  readonly verify: boolean;
  readonly records: ImageRecords;
  readonly dryRun: boolean;
  readonly maker: ImageMaker;
  /**
   * Fetches missing files into a folder (`mend`), and returns their paths; in a dry run, asks only whether they are to be had. Undefined:
   * what is missing is missing.
   */
  readonly fetch?: (needs: Iterable<Need>, into: ByteString) => Promise<ReadonlySet<ByteString>>;
  /** Of how many missing files at most an image is still tried with `fetch`. */
  readonly maxMissing: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Brings one image up to date. Problems with it are outcomes. Throws the signal's reason only. */
export async function mirrorImage(offer: Offer, options: MirrorImageOptions): Promise<MirrorOutcome> {
  try {
    return await new MirrorImage(offer, options).run();
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof JigdoError)) throw error;
    return { name: offer.name, state: 'failed', exitCode: error.exitCode, reason: error.message };
  }
}

class MirrorImage {
  readonly #offer: Offer;
  readonly #options: MirrorImageOptions;
  readonly #image: ByteString;
  /** The folder that files are fetched to: beside the image, so that they are found again if the work is interrupted. Ends with `/`. */
  readonly #fetched: ByteString;

  /** What a dry run would have fetched. */
  readonly #onMirrors = new Set<PartEntry>();

  constructor(offer: Offer, options: MirrorImageOptions) {
    this.#offer = offer;
    this.#options = options;
    this.#image = options.imageDir + offer.name;
    this.#fetched = `${folderOf(this.#image)}.${leafOf(this.#image).slice(0, 200)}.parts/`;
  }

  async run(): Promise<MirrorOutcome> {
    const { template } = this.#offer;
    if (template === undefined) return this.#incomplete('its template is not there');
    const problem = await this.#problemOf(template);
    if (problem !== undefined) return this.#incomplete(problem);
    const plan = readPlan(template);
    if (typeof plan === 'string') throw new JigdoError(plan);
    const old = statOf(this.#image);
    const facts = { name: this.#offer.name, size: plan.length, parts: plan.parts.length };
    if (old && (await this.#isCurrent(old, plan))) {
      if (!this.#options.dryRun) await tidyRightImage(outputTarget(this.#image, { force: true }), this.#warn);
      return { ...facts, state: 'current', exitCode: EXIT.ok };
    }
    return { ...facts, ...(await this.#make(plan, template, old)) };
  }

  readonly #warn = (line: string): void => {
    this.#options.reporter.warning(`${display(this.#offer.name)}: ${line}`);
  };

  #incomplete(reason: string): MirrorOutcome {
    return { name: this.#offer.name, state: 'incomplete', exitCode: EXIT.incomplete, reason };
  }

  /** Why a template is not what the .jigdo says; undefined if it is, or if the .jigdo says nothing. */
  async #problemOf(template: ByteString): Promise<string | undefined> {
    const said = strongestOf(this.#offer.section.templateDigests);
    if (!said) return undefined;
    const { algorithm, digest } = said;
    const { condition, reason } = await this.#check(this.#options.checkers.template, template, algorithm, digest);
    if (condition === 'good') return undefined;
    if (condition === 'unreadable' || condition === 'unchecked') return `its template cannot be read: ${reason}`;
    return 'its template is not the one of the .jigdo';
  }

  /**
   * Whether the image has the right length and digest. The image is read, unless a record tells the digest and the image has not changed
   * since: comparing its time with the template's proves nothing, as a template may keep the time that another mirror gave it.
   */
  async #isCurrent(image: BigIntStats, plan: Plan): Promise<boolean> {
    const { records, verify, checkers } = this.#options;
    if (Number(image.size) !== plan.length) return false;
    const wanted = wantedOf(plan);
    const known = verify ? undefined : records.has(this.#offer.name, image, wanted);
    if (known !== undefined) return known;
    const { condition, reason } = await this.#check(checkers.image, this.#image, wanted.algorithm, wanted.digest);
    if (condition === 'unchecked') throw new JigdoError(`\`${display(this.#image)}' cannot be read: ${reason}`);
    if (condition === 'good') records.learn(this.#offer.name, this.#image, image, wanted);
    return condition === 'good';
  }

  async #check(checker: Checker, path: ByteString, algorithm: Algorithm, digest: string): Promise<Need> {
    const need = newNeed(algorithm, digest, []);
    await checker.check([{ path, needs: [need] }], 1, (_need, condition, reason) => {
      need.condition = condition;
      need.reason = reason;
    });
    return need;
  }

  /** Makes the image; in a dry run, finds out whether it could be made. */
  async #make(plan: Plan, template: ByteString, old: BigIntStats | undefined): Promise<Omit<MirrorOutcome, 'name'>> {
    const { dryRun } = this.#options;
    if (old && !old.isFile()) throw new JigdoError(`\`${display(this.#image)}' is in the way: it is no file`);
    if (dryRun) mustBeWritable(folderOf(this.#image));
    else makeFolder(folderOf(this.#image));
    const files: TreeFile[] = [];
    let missing = plan.parts.filter((part) => !this.#find(part, files));
    if (old && files.some(({ ino }) => ino === old.ino)) {
      throw new JigdoError(`\`${display(this.#image)}' is a file that the image is made of: it is not replaced`);
    }
    if (missing.length > 0) missing = await this.#fetch(missing, files);
    // An older image may have what the tree lacks.
    if (missing.length > 0 && !old) return await this.#lacks(missing, plan);
    if (old) files.push(treeFile(this.#image, pick(old)));
    return dryRun ? await this.#wouldMake(plan, files, old) : await this.#reallyMake(plan, template, files, old);
  }

  async #reallyMake(
    plan: Plan,
    template: ByteString,
    files: readonly TreeFile[],
    old: BigIntStats | undefined,
  ): Promise<Omit<MirrorOutcome, 'name'>> {
    const { maker, reporter, signal } = this.#options;
    const result = await maker({
      image: this.#image,
      template,
      files,
      force: true,
      reporter: { info: () => {}, warning: this.#warn, progress: (...args) => reporter.progress(...args) },
      signal,
    });
    if (result.status !== 'created') return { ...(await this.#lacks(result.missing, plan)), exitCode: result.exitCode };
    if (old) adoptFrom(this.#image, old);
    const made = statOf(this.#image);
    if (made) this.#options.records.learn(this.#offer.name, this.#image, made, wantedOf(plan));
    // Without the slash at the end: if somebody put a link there, the link is removed and not the folder behind it.
    rmSync(toPath(this.#fetched.slice(0, -1)), { recursive: true, force: true });
    return { state: old ? 'updated' : 'created', exitCode: EXIT.ok };
  }

  /** Reads the files, as the real run does: a file of the right name and length may be another one. */
  async #wouldMake(
    plan: Plan,
    files: readonly TreeFile[],
    old: BigIntStats | undefined,
  ): Promise<Omit<MirrorOutcome, 'name'>> {
    const { reporter, signal } = this.#options;
    const progress: Reporter['progress'] = (...args) => reporter.progress(...args);
    const own = { info: () => {}, warning: this.#warn, progress };
    const found = await findParts(plan, files, { strict: true, reporter: own, signal });
    const lost = plan.parts.filter((part, i) => !found.has(i) && !this.#onMirrors.has(part));
    if (lost.length > 0) return await this.#lacks(lost, plan);
    return { state: old ? 'would-update' : 'would-create', exitCode: EXIT.ok };
  }

  /** Says which parts are missing, and which cannot be read: to find that out, they are looked at once more. */
  async #lacks(parts: readonly PartEntry[], plan: Plan): Promise<MirrorOutcome> {
    const reasons = new Map<PartEntry, string>();
    for (const part of parts) {
      const reason = await this.#unreadable(part);
      if (reason !== undefined) reasons.set(part, reason);
    }
    const missing: ByteString[] = [];
    const unreadable: Unreadable[] = [];
    for (const part of parts) {
      const name = this.#places(part).at(0)?.rest ?? toBase64(part.digest);
      const reason = reasons.get(part);
      if (reason === undefined) missing.push(name);
      else unreadable.push({ name, reason });
    }
    const counts = [];
    if (missing.length > 0) counts.push(`${missing.length} of ${plan.parts.length} files are missing`);
    if (unreadable.length > 0) {
      counts.push(`${unreadable.length}${missing.length > 0 ? '' : ` of ${plan.parts.length} files`} cannot be read`);
    }
    return { ...this.#incomplete(counts.join(', ')), missing, unreadable };
  }

  /** Why a part cannot be read at one of its places; undefined if it is at none. */
  async #unreadable(part: PartEntry): Promise<string | undefined> {
    for (const place of this.#allPlaces(part)) {
      const path = pathOfPlace(place);
      const seen = look(path);
      if (typeof seen === 'string') return seen;
      if (!isLike(seen, part)) continue;
      const { template } = this.#options.checkers;
      const { condition, reason } = await this.#check(template, path, part.algorithm, toBase64(part.digest));
      if (condition === 'unreadable' || condition === 'unchecked') return reason;
    }
    return undefined;
  }

  #places({ digest }: PartEntry): readonly NeedPlace[] {
    return this.#offer.placesOf(toBase64(digest));
  }

  /** The places that may be looked at, and where the part is put when it is fetched. */
  #allPlaces(part: PartEntry): NeedPlace[] {
    const places = this.#places(part).filter(({ root, rest }) => (root.named ? isSafe(rest) : !rest.includes('\0')));
    return [...places, fetchedTo(this.#fetched, { digest: toBase64(part.digest) }).place];
  }

  /** Adds the files that are where the part may be, and have its length: which of them it is shows when they are read. */
  #find(part: PartEntry, files: TreeFile[]): boolean {
    let found = false;
    for (const place of this.#allPlaces(part)) {
      const path = pathOfPlace(place);
      const stat = look(path);
      if (!isLike(stat, part)) continue;
      files.push(treeFile(path, pick(stat)));
      found = true;
    }
    return found;
  }

  /** Fetches what is missing, if that is allowed; returns what is still missing. */
  async #fetch(missing: PartEntry[], files: TreeFile[]): Promise<PartEntry[]> {
    const { fetch, maxMissing, dryRun } = this.#options;
    if (!fetch || missing.length > maxMissing) return missing;
    if (!dryRun) makeFolder(this.#fetched);
    const needs = missing.flatMap((part) => {
      const places = this.#places(part);
      if (places.length === 0) return [];
      const need = newNeed(part.algorithm, toBase64(part.digest), places, part.length);
      need.condition = 'missing';
      return [need];
    });
    const paths = await fetch(needs, this.#fetched);
    if (!dryRun) return missing.filter((part) => !this.#find(part, files));
    const pathFor = ({ digest }: PartEntry): ByteString => this.#fetched + toBase64(digest);
    for (const part of missing) if (paths.has(pathFor(part))) this.#onMirrors.add(part);
    return missing.filter((part) => !this.#onMirrors.has(part));
  }
}

/** The digest that an image is to have. */
function wantedOf({ template }: Plan): { readonly algorithm: Algorithm; readonly digest: string } {
  const { algorithm, digest } = preferredImage(template);
  return { algorithm, digest: toBase64(digest) };
}

/** What is at a path: undefined if nothing, or why nobody can tell. */
function look(path: ByteString): BigIntStats | string | undefined {
  try {
    return statSync(toPath(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? undefined : reasonOf(error);
  }
}

/** Whether what is at a path may be a part: a file of that length. */
function isLike(seen: ReturnType<typeof look>, { length }: PartEntry): seen is BigIntStats {
  return typeof seen === 'object' && seen.isFile() && Number(seen.size) === length;
}

function statOf(path: ByteString): BigIntStats | undefined {
  const seen = look(path);
  return typeof seen === 'object' ? seen : undefined;
}
