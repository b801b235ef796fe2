// What the command line of `jigdo snapshot` is.
import type { Command } from '../option-table.js';
import {
  CACHE,
  CACHE_EXPIRY,
  DRY_RUN,
  JIGDO,
  JIGDO_DIR,
  JSON_RESULT,
  LABEL,
  NO_CACHE_OPTION,
  REPORT,
} from '../options.js';

/** `jigdo snapshot` */
export const SNAPSHOT_COMMAND: Command = {
  name: 'snapshot',
  aliases: [],
  operands: '[TREE..]',
  describe: 'Make a tree with just the files that some images need',
  options: [
    JIGDO,
    JIGDO_DIR,
    LABEL,
    { name: 'output', short: 'o', kind: 'text', value: 'DIR', describe: 'The tree to make or complete' },
    {
      name: 'method',
      kind: 'text',
      value: 'NAME',
      choices: ['link', 'reflink', 'copy'],
      describe: 'Hard links, copies that share their blocks, or copies (default: link)',
    },
    { name: 'check-files', kind: 'negatable', describe: 'Take files by their names, without comparing checksums' },
    { name: 'search', kind: 'negatable', describe: 'Do not look by content for files that are not under their names' },
    { name: 'prune', kind: 'flag', describe: 'Remove files from the tree that none of the images needs' },
    DRY_RUN,
    CACHE,
    NO_CACHE_OPTION,
    CACHE_EXPIRY,
    REPORT,
    JSON_RESULT,
  ],
  requires: { '': 'place', label: 'place of label', jigdo: 'file', 'jigdo-dir': 'jigdo folder' },
  examples: [
    ['jigdo snapshot -o /srv/snapshot --jigdo-dir /srv/jigdo /srv/mirror', 'Keep what published images need'],
    ['jigdo snapshot -o snap -j cd.jigdo --label Acme=tree --prune', 'The same with a folder for a label; tidy up'],
  ],
  load: () => import('../commands/snapshot.js'),
};
