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
import { ServedImage, type ImageSurroundings, type Offer } from './served-image.js';

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

/** What a URL means: an image, or a file as it is. */
type Resource = ServedImage | { readonly file: ByteString; readonly type: string };

/**
 * Everything that can be requested. A request never becomes a path of the file system: its path is looked up in a table of what
 * was found in the given folders, so that there is no way out of them.
 */
export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #surroundings: ImageSurroundings;
  readonly #published: LocalFolders;
  /** All that could be loaded. */
  #loaded: readonly ServedImage[] = [];
  /** Those of them that have a URL. */
  #images: readonly ServedImage[] = [];
  #resources = new Map<ByteString, Resource>();
  #scan: Promise<void> | undefined;
  #lastScan = -Infinity;

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
   * reported and left out.
   *
   * @throws Interrupted if the signal fires
   */
  scan(): Promise<void> {
    this.#scan ??= this.#rescan().finally(() => {
      this.#scan = undefined;
      this.#lastScan = performance.now();
    });
    return this.#scan;
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
    if (!before) await this.look();
    else if (before instanceof ServedImage && !before.isFresh()) await this.scan();
    const resource = this.#resources.get(path);
    if (resource instanceof ServedImage) return resource.open();
    return resource && new FileEntity(resource.file, { 'Content-Type': resource.type });
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
    for (const image of this.#loaded) await image.retire();
  }

  async #rescan(): Promise<void> {
    const { reporter, signal } = this.#options;
    const known = new Map<ByteString, ServedImage[]>();
    for (const image of this.#loaded) known.set(image.offer.path, [...(known.get(image.offer.path) ?? []), image]);
    const images: ServedImage[] = [];
    let files: Promise<TreeFile[]> | undefined;
    const offers = this.#offers();
    for (const [i, offer] of offers.entries()) {
      reporter.progress('reading .jigdo files', i, offers.length, '', 'files');
      signal?.throwIfAborted();
      const old = known.get(offer.path);
      if (old?.every((image) => image.isFresh())) {
        for (const image of old) images.push(image);
        continue;
      }
      for (const image of await this.#load(offer)) {
        if (image.parts.doubtful.size > 0 && this.#options.trees.length > 0) {
          await this.#searchByContent(image, await (files ??= this.#walk()));
        }
        images.push(image);
      }
    }
    const gone = new Set(this.#loaded);
    for (const image of images) gone.delete(image);
    this.#loaded = images;
    this.#publish(images);
    for (const image of gone) await image.retire();
  }

  /** All .jigdo files that are there, each once. */
  #offers(): Offer[] {
    const { jigdos, jigdoDirs, reporter } = this.#options;
    const offers = new Map<ByteString, Offer>();
    for (const path of jigdos) offers.set(path, { path, folder: '' });
    for (const dir of jigdoDirs) {
      const base = baseOf(dir);
      for (const path of findNamed(dir, '.jigdo', reporter)) {
        // A link that leads out of the folders is not followed.
        if (!this.#published.allows(path)) continue;
        offers.set(path, { path, folder: folderOf(path).slice(base.length) });
      }
    }
    return [...offers.values()];
  }

  async #load(offer: Offer): Promise<ServedImage[]> {
    try {
      return await ServedImage.load(offer, this.#surroundings);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      const system = isSystemError(error);
      if (!(error instanceof JigdoError) && !system) throw error;
      const name = system ? `${display(offer.path)}: ` : '';
      this.#options.reporter.warning(`${name}${reasonOf(error)} - not served`);
      return [];
    }
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
        this.#options.reporter.warning(`There are two of \`${display(path)}' - the second is not served`);
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
