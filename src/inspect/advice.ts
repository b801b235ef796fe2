// What to change so that something need not be in the template.
import type { Cause } from '../make/leftovers.js';

/** A cause for people: what it is called, and what to do about it. */
export interface Advice {
  readonly title: string;
  readonly change: string;
  /** Whether there is nothing to do about it. */
  readonly idle?: true;
}

export const ADVICE: Readonly<Record<Cause, Advice>> = {
  absent: {
    title: 'Files that the tree has not',
    change:
      'Publish them on the mirror, below the tree that make-template is given, and make the template again. Files that the ' +
      'image writer makes (TRANS.TBL, boot.cat, checksum lists) can stay.',
  },
  changed: {
    title: 'Files that the tree has with other content',
    change:
      'The tree has changed since the image was made: give make-template the very tree that the image was made of, or make the ' +
      'image again. Boot loaders are patched by the image writer (isolinux.bin with -boot-info-table) and always differ.',
  },
  unmatched: {
    title: 'Files whose content was not in the tree',
    change:
      'Publish them below the tree that make-template is given. Inspect again with --tree TREE: it tells which of them the tree ' +
      'has not, and which it has with other content.',
  },
  pieces: {
    title: 'Files in several pieces',
    change:
      'A part is a file in one piece. Write the image anew with a program that does not fragment or interleave files, or leave ' +
      'them in the template.',
  },
  short: {
    title: 'Files too short to be looked for',
    idle: true,
    change:
      'Mostly nothing: each part costs a request of everybody who downloads, more than its few bytes in the template. ' +
      'A lower --min-length (at least 256) would match them.',
  },
  unnamed: {
    title: 'Bytes that no directory names',
    change:
      'Appended partitions, boot code, another file system. If they are a file that you have, put it below the tree and ' +
      'publish it: files are found by their content, wherever they are.',
  },
  zeros: {
    title: 'Padding',
    idle: true,
    change: 'Nothing: zeros compress to nearly nothing.',
  },
  structure: {
    title: 'Directories and the like',
    idle: true,
    change: 'Nothing: they exist in the image only, and compress well.',
  },
  alignment: {
    title: 'Gaps between files',
    idle: true,
    change: 'Nothing: files begin at sectors, and what fills the last sector compresses to nearly nothing.',
  },
};
