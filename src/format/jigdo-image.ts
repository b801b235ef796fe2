// The [Image] sections of a .jigdo file: which images it makes (docs/spec/jigdo-file-format.md 2.2 and 5).
import { ALGORITHMS, DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import type { ByteString } from './bytes.js';
import { trimBlanks } from './jigdo-line.js';
import type { JigdoText } from './jigdo-text.js';
import { firstWord } from './quoting.js';

/** One [Image] section. Texts that are not there are empty or undefined. */
export interface ImageSection {
  /** The line of `[Image]` itself, counted from 1. */
  readonly line: number;
  /** The image's file name, as its maker wrote it: not to be trusted as a path. */
  readonly filename: ByteString;
  /** URL of the template: absolute, or relative to the URL of the .jigdo file. */
  readonly template: ByteString;
  /** Digests of the whole template, jigdo base64, by `Template-MD5Sum` and the like. */
  readonly templateDigests: ReadonlyMap<Algorithm, string>;
  readonly shortInfo: ByteString;
  readonly info: ByteString;
  /**
   * What libjte says in comments: `Image Hex SHA256Sum`, `Template Hex MD5Sum` (hex), `Image size`, `Template size` (bytes,
   * decimal), and so on.
   */
  readonly comments: ReadonlyMap<string, string>;
}

const LIBJTE_COMMENT = /^[ \t]*#[ \t]*((?:Image|Template) (?:Hex [A-Za-z0-9]+|size))[ \t]+([0-9A-Za-z]+)/;

/** A name or URL: written verbatim by the original, so that blanks belong to it, but people put quotes around. */
function nameOf(value: ByteString): ByteString {
  const trimmed = trimBlanks(value);
  return /^["']/.test(trimmed) ? (firstWord(trimmed) ?? '') : trimmed;
}

/** The [Image] sections, in file order. Of several entries with one label, the first counts. */
export function imagesOf(jigdo: JigdoText): ImageSection[] {
  const images: ImageSection[] = [];
  for (const section of jigdo.sections.slice(1)) {
    if (section.name !== 'Image') continue;
    const values = new Map<ByteString, ByteString>();
    const comments = new Map<string, string>();
    for (const { raw, line } of jigdo.lines(section)) {
      if (line.kind === 'entry') {
        if (!values.has(line.label)) values.set(line.label, line.value);
      } else if (line.kind === 'comment') {
        const match = LIBJTE_COMMENT.exec(raw);
        if (match !== null && !comments.has(match[1])) comments.set(match[1], match[2]);
      }
    }
    const value = (label: ByteString): ByteString => values.get(label) ?? '';
    const templateDigests = new Map<Algorithm, string>();
    for (const algorithm of ALGORITHMS) {
      const digest = firstWord(value(`Template-${DIGESTS[algorithm].label}`));
      if (digest !== undefined) templateDigests.set(algorithm, digest);
    }
    images.push({
      line: section.firstLine - 1,
      filename: nameOf(value('Filename')),
      template: nameOf(value('Template')),
      templateDigests,
      shortInfo: value('ShortInfo'),
      info: value('Info'),
      comments,
    });
  }
  return images;
}
