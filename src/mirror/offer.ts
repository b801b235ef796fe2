// An image that a .jigdo file offers: what it is called, and where its template and parts are.
import { FormatError } from '../format/errors.js';
import { JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { imageLeaf } from '../format/image-name.js';
import { imagesOf, type ImageSection } from '../format/jigdo-image.js';
import type { JigdoText } from '../format/jigdo-text.js';
import { PartTargets } from '../format/part-targets.js';
import { folderOf } from '../format/paths.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import { findTemplate } from '../verify/image-template.js';
import type { NeedPlace } from '../verify/need.js';
import { hasUnusedLabels, Placer, type Trees } from '../verify/placer.js';

/** An image to be made. */
export interface Offer {
  /** The image below the folder for images, as its .jigdo lies below the folder of those: `dvd/cd.iso`. */
  readonly name: ByteString;
  readonly jigdo: ByteString;
  readonly section: ImageSection;
  /** Undefined if it is not there. */
  readonly template: ByteString | undefined;
  /** The places of a file, by its checksum in jigdo base64. */
  readonly placesOf: (digest: string) => NeedPlace[];
}

/** A .jigdo, or an image of one, that cannot be used. */
export interface Refusal {
  readonly name: ByteString;
  readonly problem: string;
}

/**
 * The images that .jigdo files offer, one after the other.
 *
 * @param folder the folder below which the files lie; ends with `/`, or is empty
 */
export function* offersOf(
  jigdos: Iterable<ByteString>,
  folder: ByteString,
  trees: Trees,
  templateDir?: ByteString,
): Generator<Offer | Refusal> {
  for (const jigdo of jigdos) {
    const name = jigdo.startsWith(folder) ? jigdo.slice(folder.length) : jigdo;
    let text: JigdoText;
    let placesOf: Offer['placesOf'];
    try {
      text = readJigdoFile(jigdo);
      const targets = new PartTargets(text.parts());
      const placer = new Placer(text, trees);
      // An image that is up to date asks for no places.
      for (const { target } of hasUnusedLabels(trees) ? text.parts() : []) placer.placesOf(target);
      placesOf = (digest) => Array.from(targets.of(digest), (target) => placer.placesOf(target)).flat();
    } catch (error) {
      if (!(error instanceof JigdoError) && !(error instanceof FormatError)) throw error;
      yield { name, problem: error.message };
      continue;
    }
    const sections = imagesOf(text);
    // A list of servers, which others include, offers nothing and lacks nothing.
    if (sections.length === 0 && isEmpty(text.parts()) && !isEmpty(text.servers())) continue;
    if (sections.length === 0) yield { name, problem: 'it offers no image' };
    for (const section of sections) {
      const leaf = imageLeaf(section.filename);
      if (leaf === undefined) yield { name, problem: `\`${display(section.filename)}' is no name for an image` };
      else {
        const template = findTemplate(jigdo, section, templateDir);
        yield { name: folderOf(name) + leaf, jigdo, section, placesOf, template };
      }
    }
  }
}

function isEmpty(entries: Iterator<unknown>): boolean {
  return entries.next().done === true;
}
