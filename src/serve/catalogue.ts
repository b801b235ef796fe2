// What there is to be served: images, .jigdo files and templates, by the path of their URL.
import { isSystemError, JigdoError, reasonOf } from '../errors.js';
import { compareBytes, display, type ByteString } from '../format/bytes.js';
import { baseOf, folderOf, leafOf } from '../format/paths.js';
import type { Reporter } from '../io/reporter.js';
import { Interrupted } from '../rebuild/pace.js';
import { findParts, type PartCache } from '../rebuild/sources.js';
import { UnmatchedCache } from '../rebuild/unmatched-cache.js';
import { findNamed } from '../tree/find-named.js';
import { LocalFolders } from '../verify/local-folders.js';
import type { TreeFile } from '../tree/types.js';
import { walkTree } from '../tree/walk.js';
import { FileEntity, type Entity } from './entity.js';
import { ImageSums } from './image-sums.js';
import { areSame, ServedImage, type FileStates, type ImageSurroundings, type ServedOffer } from './served-image.js';

/** What is offered, and where its parts are. */
export interface CatalogueOptions {
  /** .jigdo files. */
  readonly jigdos: readonly ByteString[];
  /** Folders; all .jigdo files below them are offered, under the same folders in the URL. */
  readonly jigdoDirs: readonly ByteString[];
  /** Label -> folders with the files that a .jigdo calls `Label:…`. */
  readonly labels: ReadonlyMap<ByteString, readonly ByteString[]>;
  /** Folders (and images) with the files of any label. Searched by content for what is not there by name. */
  readonly trees: readonly ByteString[];
  readonly cache?: PartCache;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Milliseconds between two looks at the folders, whoever asks. */
const LOOK_EVERY = 60_000;
/** Milliseconds between two looks at .jigdo files that could not be used, or are gone. */
const GLANCE_EVERY = 1000;
/** Milliseconds for which an image is kept whose new version lacks files: those may be on their way. */
const UPDATE_PATIENCE_MS = 60_000;

/** What a URL means: an image, or a file as it is. */
type Resource = ServedImage | { readonly file: ByteString; readonly type: string };

/** What became of a .jigdo file. */
interface Loaded {
  /** What is served: of its last version that was whole. */
  readonly images: readonly ServedImage[];
  /** The files that its present version was made of, or that spoiled it: as long as they do not change, nothing will. */
  readonly state: FileStates;
  /** Why its present version is not served, if that cannot be used. */
  readonly problem?: string;
  /** When the present version, which lacks files, is to be taken for want of a better one; in milliseconds of `performance`. */
  readonly until?: number;
}

/**
 * Everything that can be requested. A request never becomes a path of the file system: its path is looked up in a table of what
 * was found in the given folders, so that there is no way out of them.
 */
export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #surroundings: ImageSurroundings;
  readonly #published: LocalFolders;
  /** By path of the .jigdo. */
  #loaded: ReadonlyMap<ByteString, Loaded> = new Map();
  /** Those that have a URL. */
  #images: readonly ServedImage[] = [];
  #resources = new Map<ByteString, Resource>();
  #scan: Promise<void> | undefined;
  /** The one that begins when that has ended. */
  #nextScan: Promise<void> | undefined;
  #lastScan = -Infinity;
  #lastGlance = -Infinity;

  /** @throws JigdoError if a folder does not exist */
  constructor(options: CatalogueOptions) {
    const { jigdos, jigdoDirs, labels, trees, cache, reporter, signal } = options;
    this.#options = options;
    const folders = jigdos.map(folderOf);
    this.#published = new LocalFolders(new Map(), [...jigdoDirs, ...folders]);
    const unmatched = new UnmatchedCache();
    this.#surroundings = {
      folders: new LocalFolders(labels, trees),
      published: this.#published,
      cache,
      unmatched,
      sums: new ImageSums(),
      reporter,
      signal,
    };
  }

  /** By folder and name. */
  get images(): readonly ServedImage[] {
    return this.#images;
  }

  /**
   * Looks what is there now: loads .jigdo files that are new or have changed, forgets those that are gone. What cannot be used is
   * reported and left out, or its last version that was whole is kept.
   *
   * @returns when a scan has ended that began after the call: one that is going on may have passed by what has changed since
   * @throws Interrupted if the signal fires
   */
  scan(): Promise<void> {
    if (this.#nextScan) return this.#nextScan;
    if (!this.#scan) return this.#startScan();
    return (this.#nextScan = this.#scan.catch(() => undefined).then(() => this.#startScan()));
  }

  /** The same, but at most once a minute. */
  async look(): Promise<void> {
    if (performance.now() - this.#lastScan > LOOK_EVERY) await this.scan();
  }

  /**
   * Opens what a path names. An image whose .jigdo or template have changed is loaded again first.
   *
   * @param path of the URL, decoded to bytes, without the `/` in front
   * @returns undefined if there is no such thing
   * @throws what node:fs throws if a file cannot be opened
   */
  async open(path: ByteString): Promise<Entity | undefined> {
    const before = this.#resources.get(path);
    if (before instanceof ServedImage) {
      if (!this.#isFresh(before.offer)) await this.scan();
    } else if (!before) await this.#glance();
    const resource = this.#resources.get(path);
    if (resource instanceof ServedImage) return resource.open();
    return resource && new FileEntity(resource.file, { 'Content-Type': resource.type });
  }

  /** Warns of labels whose folders no image has used until now. */
  tellUnusedLabels(): void {
    this.#surroundings.folders.tellUnusedLabels(this.#options.reporter);
  }

  /** Reads all parts of all images that the cache does not know. Problems are reported. */
  async verifyParts(): Promise<void> {
    const { reporter, signal } = this.#options;
    for (const { plan, parts, name } of this.#images) {
      for (const part of plan.parts.keys()) {
        signal?.throwIfAborted();
        reporter.progress(`verifying ${display(name)}`, part, plan.parts.length, '', 'files');
        await parts.verify(part).catch((error: unknown) => {
          if (error instanceof Interrupted) throw error;
          reporter.warning(reasonOf(error));
        });
      }
    }
  }

  /** Closes everything that nobody reads. */
  async close(): Promise<void> {
    for (const { images } of this.#loaded.values()) for (const image of images) await image.retire();
  }

  #startScan(): Promise<void> {
    this.#nextScan = undefined;
    const scan = this.#rescan().finally(() => {
      this.#lastScan = performance.now();
      this.#scan = undefined;
    });
    this.#scan = scan;
    return scan;
  }

  /** Looks for what is asked for in vain: whether it has come since. */
  async #glance(): Promise<void> {
    await this.look();
    if (performance.now() - this.#lastGlance < GLANCE_EVERY) return;
    this.#lastGlance = performance.now();
    for (const { images, state } of this.#loaded.values()) {
      if (images.length === 0 && !areSame(state)) return this.scan();
    }
  }

  #isFresh({ path }: ServedOffer): boolean {
    const loaded = this.#loaded.get(path);
    return loaded !== undefined && performance.now() < (loaded.until ?? Infinity) && areSame(loaded.state);
  }

  async #rescan(): Promise<void> {
    const { reporter, signal } = this.#options;
    const loaded = new Map<ByteString, Loaded>();
    const files = once(() => this.#walk());
    const offers = this.#offers();
    for (const [i, offer] of offers.entries()) {
      reporter.progress('reading .jigdo files', i, offers.length, '', 'files');
      signal?.throwIfAborted();
      const before = this.#loaded.get(offer.path);
      // What could not be used is tried again: not everything shows in the state of its files.
      const isGood = before && before.problem === undefined && this.#isFresh(offer);
      loaded.set(offer.path, isGood ? before : await this.#load(offer, before, files));
    }
    for (const [path, { images }] of this.#loaded) {
      // It may come back at once, as it does when it is deleted and written anew.
      if (!loaded.has(path) && images.length > 0) loaded.set(path, { images: [], state: new Map([[path, undefined]]) });
    }
    const images = [...loaded.values()].flatMap((each) => each.images);
    const gone = new Set([...this.#loaded.values()].flatMap((each) => each.images));
    for (const image of images) gone.delete(image);
    this.#loaded = loaded;
    this.#publish(images);
    for (const image of gone) await image.retire();
  }

  /** All .jigdo files that are there, each once, and those known ones of which nobody can tell: too many files are open, say. */
  #offers(): ServedOffer[] {
    const { jigdos, jigdoDirs, reporter } = this.#options;
    const offers = new Map<ByteString, ServedOffer>();
    for (const path of jigdos) offers.set(path, { path, folder: '' });
    for (const dir of jigdoDirs) {
      const base = baseOf(dir);
      const unread: ByteString[] = [];
      const onUnread = (folder: ByteString): void => void unread.push(folder);
      const found = [...findNamed(dir, '.jigdo', reporter, { onUnread, onPassed: () => {} })];
      const known = [...this.#loaded.keys()].filter((path) => unread.some((folder) => path.startsWith(folder)));
      for (const path of [...found, ...known]) {
        // A link that leads out of the folders is not followed.
        if (!this.#published.allows(path)) continue;
        // Those of rsync that are not whole: `.~tmp~/`, `.rsync-partial/`.
        if (/(^|\/)\./.test(path.slice(base.length))) continue;
        offers.set(path, { path, folder: folderOf(path).slice(base.length) });
      }
    }
    return [...offers.values()];
  }

  /**
   * Loads the images of a .jigdo file. An update takes its time: as long as .jigdo and template do not belong together, or files are
   * missing, the images that there were before stay.
   */
  async #load(offer: ServedOffer, before: Loaded | undefined, files: () => Promise<TreeFile[]>): Promise<Loaded> {
    const { reporter, trees } = this.#options;
    const state: FileStates = new Map();
    const old = before?.images ?? [];
    const isThere = (): boolean => old.length > 0 && old.every((image) => image.isWhole());
    let images: readonly ServedImage[];
    try {
      images = await ServedImage.load(offer, this.#surroundings, state);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      const system = isSystemError(error);
      if (!(error instanceof JigdoError) && !system) throw error;
      const keep = state.get(offer.path) !== undefined && isThere();
      const name = system ? `${display(offer.path)}: ` : '';
      const problem = `${name}${reasonOf(error)} - ${keep ? 'the version before it is served' : 'not served'}`;
      if (problem !== before?.problem) reporter.warning(problem);
      return { images: keep ? old : [], state, problem };
    }
    for (const image of images) {
      if (image.parts.doubtful.size > 0 && trees.length > 0) await this.#searchByContent(image, await files());
    }
    const lacking = images.reduce((sum, { parts }) => sum + parts.doubtful.size, 0);
    const until = before?.until ?? performance.now() + UPDATE_PATIENCE_MS;
    if (lacking === 0 || performance.now() >= until || !isThere()) return { images, state };
    for (const image of images) await image.retire();
    if (before?.until === undefined) {
      const few = lacking === 1 ? '1 file is' : `${lacking} files are`;
      reporter.warning(`${display(offer.path)}: ${few} missing - the version before it is served meanwhile`);
    }
    return { images: old, state, until };
  }

  #walk(): Promise<TreeFile[]> {
    const { trees, reporter, signal } = this.#options;
    return walkTree(trees, { literal: true, reporter, signal });
  }

  async #searchByContent({ plan, parts, places }: ServedImage, files: readonly TreeFile[]): Promise<void> {
    const { cache, reporter, signal } = this.#options;
    const found = await findParts(plan, files, { wanted: parts.doubtful, strict: true, cache, reporter, signal });
    for (const [part, { located }] of found) {
      places.add(part, located);
      parts.trust(part);
    }
  }

  /** Puts images and their files into the table. What would have the same URL as something else is reported and left out. */
  #publish(images: readonly ServedImage[]): void {
    const resources = new Map<ByteString, Resource>();
    const add = (path: ByteString, resource: Resource): boolean => {
      const other = resources.get(path);
      if (!other) resources.set(path, resource);
      else if (other instanceof ServedImage || resource instanceof ServedImage || other.file !== resource.file) {
        const [first, second] = [other, resource].map((each) =>
          display(each instanceof ServedImage ? each.offer.path : each.file),
        );
        const what = `There are two of \`${display(path)}', of \`${first}' and \`${second}'`;
        this.#options.reporter.warning(`${what} - the second is not served`);
        return false;
      }
      return true;
    };
    for (const { offer, templatePath } of images) {
      add(jigdoUrl({ offer }), { file: offer.path, type: 'application/x-jigdo' });
      add(templateUrl({ offer, templatePath }), { file: templatePath, type: 'application/octet-stream' });
    }
    this.#images = images.filter((image) => add(urlPath(image), image)).sort(byUrl);
    this.#resources = resources;
  }
}

/** The path of an image's URL, without the `/` in front. */
export function urlPath({ offer, name }: Pick<ServedImage, 'offer' | 'name'>): ByteString {
  return offer.folder + name;
}

/** The path of the .jigdo's URL. */
export function jigdoUrl({ offer }: Pick<ServedImage, 'offer'>): ByteString {
  return offer.folder + leafOf(offer.path);
}

/**
 * The path of the template's URL: where it lies beside the .jigdo, so that the name in there leads to it; in the .jigdo's own
 * folder otherwise.
 */
export function templateUrl({ offer, templatePath }: Pick<ServedImage, 'offer' | 'templatePath'>): ByteString {
  const base = folderOf(offer.path);
  const below = templatePath.startsWith(base) ? templatePath.slice(base.length) : leafOf(templatePath);
  return offer.folder + below;
}

function byUrl(a: ServedImage, b: ServedImage): number {
  return compareBytes(a.offer.folder, b.offer.folder) || compareBytes(a.name, b.name);
}

/** Asks for something when it is needed first, and only then. */
function once<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | undefined;
  return () => (answer ??= { value: ask() }).value;
}
