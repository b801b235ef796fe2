// Which of an image's digests counts when there are two.
import type { Algorithm } from '../checksum/digest.js';
import type { NamedDigests } from '../checksum/digest-task.js';
import type { ImageEntry } from '../format/template.js';
import type { Template } from './template-file.js';

/** The image information to check an image against: SHA-256 if there is one (template-format.md 3.2). */
export function preferredImage({ images }: Template): ImageEntry {
  return images.find(({ algorithm }) => algorithm === 'sha256') ?? images[0];
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
    `${template.name} contradicts itself: the image has the ${ALGORITHM_NAME[algorithm]} that it tells, which counts, but not the ${ALGORITHM_NAME[wrong.algorithm]}`
  );
}

/** A digest family's name for people. */
export const ALGORITHM_NAME = { md5: 'MD5', sha256: 'SHA256' } as const;
