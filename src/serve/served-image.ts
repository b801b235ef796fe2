// One image that is offered, though only its .jigdo, its template and its parts are there.
import { DIGESTS, strongestOf, type Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import { display, fromBase64, toBase64, toHex, type ByteString } from '../format/bytes.js';
import { imageLeaf } from '../format/image-name.js';
import { imagesOf, type ImageSection } from '../format/jigdo-image.js';
import { relativePath } from '../format/part-path.js';
import { folderOf, leafOf } from '../format/paths.js';
import { identityAt, identityOf, isSame, isSameOpen, type Identity } from '../io/identity.js';
import { inFile } from '../io/in-file.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import type { Reporter } from '../io/reporter.js';
import { meantReference, splitUrl } from '../net/url.js';
import { digestsOf } from '../rebuild/file-digest.js';
import { LocalParts } from './local-parts.js';
import { openTemplateFile, type OpenTemplate } from '../rebuild/open-template.js';
import { Plan } from '../rebuild/plan.js';
import { preferredImage } from '../rebuild/preferred-image.js';
import type { PartCache } from '../rebuild/sources.js';
import type { UnmatchedCache } from '../rebuild/unmatched-cache.js';
import { VerifiedParts } from '../rebuild/verified-parts.js';
import type { HashName } from '../trust/hash.js';
import { treeFile } from '../tree/types.js';
import { templateNames } from '../verify/image-template.js';
import { join, type LocalFolders } from '../verify/local-folders.js';
import { ImageEntity } from './image-entity.js';
import type { ImageSums } from './image-sums.js';

/** Milliseconds between two looks at lists of checksums. */
const SUMS_EVERY = 1000;

/** A .jigdo file that was found. */
export interface ServedOffer {
  /** Where it is. */
  readonly path: ByteString;
  /** Its folder in the URL: empty, or with a `/` behind it. */
  readonly folder: ByteString;
}

/** What images need besides their own files. */
export interface ImageSurroundings {
  /** Where parts are. */
  readonly folders: LocalFolders;
  /** Where .jigdo files and templates are: a template elsewhere is refused. */
  readonly published: LocalFolders;
  readonly cache: PartCache | undefined;
  readonly unmatched: UnmatchedCache;
  /** What lists of checksums say. */
  readonly sums: ImageSums;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** An image, its identity and the state of its files when they were read. */
export class ServedImage {
  readonly offer: ServedOffer;
  /** The last segment of its URL. */
  readonly name: ByteString;
  readonly templatePath: ByteString;
  /** What the .jigdo says about it, for people; may be empty. */
  readonly about: ByteString;
  readonly plan: Plan;
  readonly places: LocalParts;
  readonly parts: VerifiedParts;
  readonly surroundings: ImageSurroundings;
  readonly #open: OpenTemplate;
  readonly #template: Identity;
  /** When the .jigdo was written: nanoseconds since 1970. */
  readonly #written: bigint;
  #digests: { readonly digests: ReadonlyMap<HashName, string>; readonly until: number } | undefined;
  #users = 0;
  #retired = false;

  private constructor(offer: ServedOffer, loaded: Loaded, surroundings: ImageSurroundings) {
    this.offer = offer;
    this.name = loaded.name;
    this.templatePath = loaded.templatePath;
    this.about = loaded.about;
    this.plan = loaded.plan;
    this.places = loaded.places;
    this.parts = new VerifiedParts(loaded.plan.parts, loaded.places, surroundings.cache);
    this.surroundings = surroundings;
    this.#open = loaded.open;
    this.#template = loaded.identity;
    this.#written = loaded.written;
    for (const part of this.places.missing()) this.parts.doubt(part);
  }

  /**
   * Loads the images of a .jigdo file. The template is compared with the checksum that the .jigdo gives for it, if it does.
   *
   * @param state filled with all files that it depends on, as they were before they were read
   * @throws JigdoError if .jigdo or template are missing, damaged or do not belong together
   */
  static async load(offer: ServedOffer, surroundings: ImageSurroundings, state: FileStates): Promise<ServedImage[]> {
    const written = identityAt(offer.path);
    state.set(offer.path, written);
    const jigdo = readJigdoFile(offer.path);
    const images: ServedImage[] = [];
    for (const section of imagesOf(jigdo)) {
      const templatePath = templateOf(offer, section, surroundings.published, state);
      const before = state.get(templatePath);
      const open = openTemplateFile(templatePath);
      try {
        await checkTemplate(open, templatePath, section, surroundings);
        const plan = new Plan(open.template);
        const places = inFile(display(offer.path), () => new LocalParts(plan, jigdo, surroundings.folders));
        const about = section.shortInfo.trim().replace(/^(['"])(.*)\1$/, '$2');
        const identity = assertSame(open, before);
        const name = nameOf(offer, section);
        const loaded = { open, identity, written: written?.mtimeNs ?? 0n, templatePath, plan, places, about, name };
        const image = new ServedImage(offer, loaded, surroundings);
        images.push(image);
        // Before the next version comes: what lists say of this one is not to be believed of that.
        void image.digests;
      } catch (error) {
        open[Symbol.dispose]();
        for (const image of images) await image.retire();
        throw error;
      }
    }
    if (images.length === 0) throw new JigdoError(`${display(offer.path)}: there is no [Image] section`);
    return images;
  }

  /** Its digest in hex, and which kind of digest. */
  get checksum(): { readonly algorithm: Algorithm; readonly digest: Uint8Array; readonly hex: string } {
    const { algorithm, digest } = preferredImage(this.plan.template);
    return { algorithm, digest, hex: toHex(digest) };
  }

  /** All digests that are known, in hex: that one, and those in lists of checksums beside the .jigdo. */
  get digests(): ReadonlyMap<HashName, string> {
    if (this.#digests && performance.now() < this.#digests.until) return this.#digests.digests;
    const { algorithm, hex } = this.checksum;
    const { sums, published } = this.surroundings;
    const listed = { path: this.offer.path, mtimeNs: this.#written, name: this.name, own: [algorithm, hex] as const };
    const digests = sums.of(listed, (path) => published.allows(path));
    this.#digests = { digests, until: performance.now() + SUMS_EVERY };
    return digests;
  }

  /** Milliseconds since 1970: when the template was written. */
  get lastModified(): number {
    return Number(this.#template.mtimeNs / 1_000_000n);
  }

  /** Bytes of the template. */
  get templateSize(): number {
    return this.#template.size;
  }

  /**
   * Whether it can be sent, whatever has become of the names of its files: the opened template is what it was, and all parts seem to
   * be there.
   */
  isWhole(): boolean {
    return isSameOpen(identityOf(this.#open.reader.fd), this.#template) && this.places.missing().next().done === true;
  }

  /**
   * Whether the opened template is still what it was: to be asked after reading from it.
   *
   * @throws JigdoError if not
   */
  assertUnchanged(): void {
    assertSame(this.#open, this.#template);
  }

  /** The image, to be sent. */
  open(): ImageEntity {
    this.#users++;
    return new ImageEntity(this, () => {
      this.#users--;
      void this.#release();
    });
  }

  /** Closes it as soon as nobody reads it any more. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#release();
  }

  async #release(): Promise<void> {
    if (!this.#retired || this.#users > 0) return;
    await this.surroundings.unmatched.forget(this.plan.template);
    this.#open[Symbol.dispose]();
  }
}

/** Files that were looked at, by path: undefined for one that was not there. */
export type FileStates = Map<ByteString, Identity | undefined>;

/** Whether all files are what they were. */
export function areSame(states: FileStates): boolean {
  for (const [path, before] of states) {
    const now = identityAt(path);
    if (now === undefined || before === undefined ? now !== before : !isSame(now, before)) return false;
  }
  return true;
}

/**
 * Whether an opened template is what it was before.
 *
 * @throws JigdoError if not
 */
function assertSame({ reader }: OpenTemplate, before: Identity | undefined): Identity {
  const now = identityOf(reader.fd);
  if (before && isSameOpen(now, before)) return now;
  throw new JigdoError(`\`${reader.name}' changed while it was read`);
}

interface Loaded {
  /** Of the template. */
  readonly identity: Identity;
  /** When the .jigdo was written: nanoseconds since 1970. */
  readonly written: bigint;
  readonly name: ByteString;
  readonly open: OpenTemplate;
  readonly templatePath: ByteString;
  readonly about: ByteString;
  readonly plan: Plan;
  readonly places: LocalParts;
}

/** The image's name as the .jigdo has it, without folders; that of the .jigdo itself where there is no good one. */
function nameOf({ path }: ServedOffer, { filename }: ImageSection): ByteString {
  return imageLeaf(filename) ?? `${leafOf(path).replace(/\.jigdo$/, '')}.iso`;
}

/** The template that the .jigdo names, if that is a name relative to it or the last one of a URL, else the one of the same name beside it. */
function templateOf(
  { path }: ServedOffer,
  { template }: ImageSection,
  published: LocalFolders,
  state: FileStates,
): ByteString {
  const beside = `${path.replace(/\.jigdo$/, '')}.template`;
  const meant = meantReference(template);
  const named = splitUrl(meant).scheme === '' ? relativePath(meant) : undefined;
  const names = [...(named === undefined ? [] : [named]), ...templateNames(template)];
  const candidates = [...names.map((name) => join(folderOf(path), name)), beside];
  const found = candidates.find((candidate) => {
    if (!state.has(candidate)) state.set(candidate, identityAt(candidate));
    return published.allows(candidate);
  });
  if (found !== undefined) return found;
  throw new JigdoError(`${display(path)}: its template is not there: \`${display(candidates[0])}'`);
}

/** Compares a template with the checksum in the .jigdo. */
async function checkTemplate(
  { reader }: OpenTemplate,
  path: ByteString,
  section: ImageSection,
  { cache, reporter, signal }: ImageSurroundings,
): Promise<void> {
  const said = strongestOf(section.templateDigests);
  const expected = said && fromBase64(said.digest, DIGESTS[said.algorithm].bytes);
  if (!expected) return;
  const { algorithm, digest } = said;
  const file = treeFile(path, identityOf(reader.fd));
  const known = cache?.digest(file, algorithm);
  const progress = (done: number): void => reporter.progress('checking templates', done, file.size);
  const [actual] = known ? [known] : (await digestsOf(reader, [algorithm], signal, progress)).values();
  if (!known) cache?.remember(file, algorithm, actual);
  if (Buffer.compare(actual, expected) === 0) return;
  throw new JigdoError(
    `\`${display(path)}' is not the template that the .jigdo wants: ${toBase64(actual)}, not ${digest}`,
  );
}
