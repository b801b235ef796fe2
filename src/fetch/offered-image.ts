// The images that a .jigdo offers: names that are safe to use, and where their templates may be.
import { DIGESTS } from '../checksum/algorithm.js';
import { display, fromBase64, toHex, type ByteString } from '../format/bytes.js';
import { FormatError } from '../format/errors.js';
import { imagesOf, type ImageSection } from '../format/jigdo-image.js';
import { inFile } from '../io/in-file.js';
import { shownUrl } from '../net/net-error.js';
import { leafOfUrl, meantReference, unescape } from '../net/url.js';
import { safeName } from './image-name.js';
import { refer, type Fragment } from './include.js';

/** Digests of the template that a .jigdo may announce, by the names of node:crypto. */
export type TemplateHash = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** An image that can be made. */
export interface OfferedImage {
  /** A safe file name. */
  readonly name: ByteString;
  /** URLs or paths of the template, best first: at least one. */
  readonly templates: readonly ByteString[];
  /** A safe file name for the template. */
  readonly templateName: ByteString;
  /** What the template's digests must be, in hex. */
  readonly templateDigests: ReadonlyMap<TemplateHash, string>;
  /** Bytes, if announced. */
  readonly templateSize: number | undefined;
  readonly imageSize: number | undefined;
  /** What the image's digests are to be, in hex, by libjte's names: `MD5`, `SHA1`, `SHA256`, `SHA512`. */
  readonly imageDigests: ReadonlyMap<string, string>;
  /** What its maker says about it. */
  readonly shortInfo: ByteString;
  readonly info: ByteString;
}

/**
 * The images of all [Image] sections that have a file name and a template, in order.
 *
 * @throws JigdoError if a name or URL of one is not fit to be used, or a checksum is none
 */
export function offeredImages(fragments: readonly Fragment[]): OfferedImage[] {
  return fragments.flatMap((fragment) =>
    imagesOf(fragment.text)
      .filter(({ filename, template }) => filename !== '' && template !== '')
      .map((section) => offer(section, fragment)),
  );
}

function offer(section: ImageSection, { text, bases }: Fragment): OfferedImage {
  const place = `[Image] in line ${section.line}`;
  const jte = text.isOfJte;
  return inFile(shownUrl(bases[0]), () => {
    const name = safeName(section.filename, 'Filename', place, jte);
    // JTE has no URL to give: its own begins with http://localhost/ (docs/spec/jigdo-file-format.md 5).
    const placeholder = jte && /^http:\/\/localhost\//.test(section.template);
    const reference = placeholder ? leafOfUrl(section.template) : section.template;
    const templateName = safeName(unescape(leafOfUrl(meantReference(section.template))), 'Template', place);
    if (templateName === name || templateName === `${name}.tmp`) {
      throw new FormatError(place, `Template: \`${display(templateName)}' is what the image itself needs as a name`);
    }
    return {
      name,
      templates: [...new Set(bases.flatMap((base) => refer(base, reference, place)))],
      templateName,
      templateDigests: templateDigests(section, place),
      templateSize: sizeOf(section, 'Template size'),
      imageSize: sizeOf(section, 'Image size'),
      imageDigests: new Map(hexComments(section, 'Image')),
      shortInfo: section.shortInfo,
      info: section.info,
    };
  });
}

function templateDigests(section: ImageSection, place: string): Map<TemplateHash, string> {
  const digests = new Map<TemplateHash, string>();
  for (const [name, hex] of hexComments(section, 'Template')) digests.set(name.toLowerCase() as TemplateHash, hex);
  for (const [algorithm, text] of section.templateDigests) {
    const family = DIGESTS[algorithm];
    const bytes = fromBase64(text, family.bytes);
    if (!bytes) throw new FormatError(place, `Template-${family.label}: \`${display(text)}' is not a checksum`);
    digests.set(algorithm, toHex(bytes));
  }
  return digests;
}

/** Digits of the digests that libjte writes. */
const DIGITS: Record<string, number> = { MD5: 32, SHA1: 40, SHA256: 64, SHA512: 128 };

/** What comments like `# Image Hex SHA256Sum …` say. */
function* hexComments({ comments }: ImageSection, of: 'Image' | 'Template'): Generator<[string, string]> {
  for (const [name, digits] of Object.entries(DIGITS)) {
    const hex = comments.get(`${of} Hex ${name}Sum`)?.toLowerCase();
    if (hex !== undefined && hex.length === digits && /^[0-9a-f]+$/.test(hex)) yield [name, hex];
  }
}

function sizeOf({ comments }: ImageSection, name: string): number | undefined {
  const text = comments.get(name) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
