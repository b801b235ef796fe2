// Which of an image's digests counts when there are two.
import type { ImageEntry } from '../format/template.js';
import type { Template } from './template-file.js';

/** The image information to check an image against: SHA-256 if there is one (template-format.md 3.2). */
export function preferredImage({ images }: Template): ImageEntry {
  return images.find(({ algorithm }) => algorithm === 'sha256') ?? images[0];
}

/** A digest family's name for people. */
export const ALGORITHM_NAME = { md5: 'MD5', sha256: 'SHA256' } as const;
