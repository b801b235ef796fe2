// Which of an image's digests counts when there are two.
import { ALGORITHMS, DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import type { NamedDigests } from '../checksum/stream/protocol.js';
import type { ImageEntry } from '../format/template.js';
import type { Template } from './template-file.js';

/** The image information to check an image against: the strongest (docs/spec/template-format.md 3.2). */
export function preferredImage({ images }: Template): ImageEntry {
  const strength = (image: ImageEntry): number => ALGORITHMS.indexOf(image.algorithm);
  return images.reduce((best, image) => (strength(image) > strength(best) ? image : best));
}

/** The digest families of the other image informations: hardly any template has one. */
export function otherFamilies(template: Template): Algorithm[] {
  const { algorithm } = preferredImage(template);
  return template.images.filter((image) => image.algorithm !== algorithm).map((image) => image.algorithm);
}

/**
 * What is to be told if a template contradicts itself: the image has the digest that counts, but not the other one.
 *
 * @param digests of the image, those of `otherFamilies` among them
 */
export function contradiction(template: Template, digests: NamedDigests): string | undefined {
  const { algorithm } = preferredImage(template);
  const wrong = template.images.find((image) => {
    const digest = image.algorithm === algorithm ? undefined : digests.get(image.algorithm);
    return digest !== undefined && Buffer.compare(digest, image.digest) !== 0;
  });
  return (
    wrong &&
    `${template.name} contradicts itself: the image has the ${DIGESTS[algorithm].title} that it tells, which counts, but not the ${DIGESTS[wrong.algorithm].title}`
  );
}
