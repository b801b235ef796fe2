// What the command line of `jigdo make-image` is.
import type { Command } from '../option-table.js';
import {
  CACHE,
  CACHE_EXPIRY,
  EXCLUDE,
  FILES_FROM,
  FORCE,
  IMAGE,
  JIGDO,
  JSON_RESULT,
  NO_CACHE_OPTION,
  OUTPUT,
  REPORT,
  TEMPLATE,
} from '../options.js';

/** `jigdo make-image` */
export const MAKE_IMAGE_COMMAND: Command = {
  name: 'make-image',
  aliases: ['mi'],
  operands: '[SOURCE..]',
  describe: 'Rebuild an image from its template and from folders, files and other images',
  options: [
    IMAGE,
    OUTPUT,
    JIGDO,
    TEMPLATE,
    FILES_FROM,
    EXCLUDE,
    CACHE,
    NO_CACHE_OPTION,
    CACHE_EXPIRY,
    REPORT,
    JSON_RESULT,
    FORCE,
  ],
  requires: { template: 'file', jigdo: 'file', 'files-from': 'file' },
  examples: [
    [
      'jigdo make-image --template cd.template tree',
      'Rebuild the image, as cd.jigdo names it, from the files in tree/',
    ],
    ['jigdo make-image -i new.iso -t new.template old.iso updates/', 'Take files out of an older image, in place'],
    ['jigdo make-image -i - -t cd.template tree | cdrecord -', 'Write the image to stdout'],
  ],
  load: () => import('../commands/make-image.js'),
};
