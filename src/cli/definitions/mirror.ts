// What the command line of `jigdo mirror` is.
import type { Command } from '../option-table.js';
import {
  CACHE,
  CACHE_EXPIRY,
  CONNECTIONS,
  DRY_RUN,
  EXCLUDE,
  JIGDO_DIR,
  JOBS,
  JSON_RESULT,
  LABEL,
  LIMIT_RATE,
  NO_CACHE_OPTION,
  REPORT,
} from '../options.js';

/** `jigdo mirror` */
export const MIRROR_COMMAND: Command = {
  name: 'mirror',
  aliases: [],
  operands: '[TREE..]',
  describe: 'Make the images of all .jigdo files of a mirror that are not there or out of date',
  options: [
    JIGDO_DIR,
    {
      name: 'image-dir',
      kind: 'text',
      value: 'DIR',
      describe: 'Where images are, in the same folders as the .jigdo files in theirs (default: beside them)',
    },
    LABEL,
    {
      name: 'include',
      kind: 'list',
      value: 'GLOB',
      describe: 'Make only images whose name or path, or whose .jigdo, matches; may be repeated',
    },
    EXCLUDE,
    {
      name: 'fetch-from',
      kind: 'list',
      value: 'MIRROR',
      describe: 'Fetch files that the trees lack from this folder or URL, or LABEL=MIRROR; may be repeated',
    },
    {
      name: 'max-missing',
      kind: 'text',
      value: 'N',
      describe: 'Fetch nothing for images that lack more than N files (default: no limit)',
    },
    CONNECTIONS,
    LIMIT_RATE,
    { name: 'verify', kind: 'flag', describe: 'Read all images that are there, and make damaged ones anew' },
    DRY_RUN,
    CACHE,
    NO_CACHE_OPTION,
    CACHE_EXPIRY,
    JOBS,
    REPORT,
    JSON_RESULT,
  ],
  requires: { '': 'place', label: 'place of label', 'jigdo-dir': 'jigdo folder', 'fetch-from': 'mirror' },
  examples: [
    [
      'jigdo mirror /srv/mirror --jigdo-dir /srv/mirror/cd --image-dir /srv/iso',
      'Run by cron after each synchronization',
    ],
    ['jigdo mirror /srv/mirror --jigdo-dir /srv/mirror/cd --exclude "*-source-*" --dry-run', 'See what would be done'],
  ],
  load: () => import('../commands/mirror.js'),
};
