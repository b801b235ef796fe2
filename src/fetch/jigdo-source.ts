// A .jigdo from wherever it is, ready to be downloaded from.
import { existsSync } from 'node:fs';
import { JigdoError } from '../errors.js';
import { toPath, type ByteString } from '../format/bytes.js';
import type { JigdoEntries } from '../format/jigdo-lookup.js';
import type { Part } from '../format/jigdo-text.js';
import type { Server } from '../format/labels.js';
import { shownUrl } from '../net/net-error.js';
import { isRemote, localPaths, resolveUrl, splitUrl } from '../net/url.js';
import { Includer, type Fragment, type IncludeOptions, type LoadedJigdo } from './include.js';
import { offeredImages, type OfferedImage } from './offered-image.js';

/** A .jigdo, with all that it includes. Gives the entries of [Parts] and [Servers] to `PartLookup`. */
export class JigdoSource implements JigdoEntries {
  /** Its URL or path. */
  readonly url: ByteString;
  /** What relative URLs of parts are relative to: the same, and where it came from if it is a copy. */
  readonly bases: readonly ByteString[];
  /** The file as it came, compressed or not. */
  readonly bytes: Buffer;
  /** At least one. */
  readonly images: readonly [OfferedImage, ...OfferedImage[]];
  /** What the file includes that could not be had, and why: more places may be told there. */
  readonly absent: readonly string[];
  readonly #fragments: readonly Fragment[];

  /** Made by `loadJigdo`. */
  constructor(
    bases: readonly [ByteString, ...ByteString[]],
    { bytes, fragments, absent }: LoadedJigdo,
    images: readonly [OfferedImage, ...OfferedImage[]],
  ) {
    this.bases = bases;
    this.url = bases[0];
    this.bytes = bytes;
    this.images = images;
    this.absent = absent;
    this.#fragments = fragments;
  }

  /** The entries of [Parts] of all files, in the order of inclusion. */
  *parts(): Generator<Part> {
    for (const { text, bases } of this.#fragments) {
      for (const part of text.parts()) yield { ...part, target: this.#from(bases[0], part.target) };
    }
  }

  /** The entries of [Servers] of all files, in the order of inclusion. */
  *servers(): Generator<Server> {
    for (const { text, bases } of this.#fragments) {
      for (const server of text.servers()) yield { ...server, base: this.#from(bases[0], server.base) };
    }
  }

  /** What has neither label nor scheme is relative to the file that it stands in. */
  #from(base: ByteString, target: ByteString): ByteString {
    return base === this.url || target.includes(':') ? target : resolveUrl(base, target);
  }
}

/**
 * Loads a .jigdo.
 *
 * @param location URL (http, https, ftp, file) or path
 * @param origin where a copy came from: what is not beside the copy is there
 * @throws JigdoError if it cannot be had or is damaged, if it or something that it includes is too long or hostile, or if it offers no
 *   image
 */
export async function loadJigdo(
  location: ByteString,
  options: IncludeOptions,
  origin?: ByteString,
): Promise<JigdoSource> {
  const url = locate(location);
  const loaded = await new Includer(options).load(url, origin);
  const [first, ...others] = offeredImages(loaded.fragments);
  if (!first) {
    const absent = loaded.absent.map((what) => `; included, but not to be had: ${what}`).join('');
    throw new JigdoError(
      `${shownUrl(url)}: it offers no image: there is no [Image] with Filename and Template${absent}`,
    );
  }
  return new JigdoSource(origin === undefined ? [url] : [url, origin], loaded, [first, ...others]);
}

/**
 * A file of this machine is known by its path, so that what stands in it is relative to that, however the file was named. A path may
 * look like a URL of an unknown kind.
 */
function locate(location: ByteString): ByteString {
  if (isRemote(location)) return location;
  const path = localPaths(location).find((candidate) => existsSync(toPath(candidate)));
  if (path === undefined) return location;
  return splitUrl(path).scheme === '' ? path : `./${path}`;
}
