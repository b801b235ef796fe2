// What the command line of `jigdo verify-tree` is.
import type { Command } from '../option-table.js';
import { CACHE, CACHE_EXPIRY, JIGDO, JIGDO_DIR, JOBS, JSON_RESULT, LABEL, NO_CACHE, REPORT } from '../options.js';

/** `jigdo verify-tree` */
export const VERIFY_TREE_COMMAND: Command = {
  name: 'verify-tree',
  aliases: ['vt'],
  operands: '[TREE..]',
  describe: 'Check that a mirror has every part of every image',
  options: [
    JIGDO,
    JIGDO_DIR,
    LABEL,
    {
      name: 'template-dir',
      kind: 'text',
      value: 'DIR',
      describe: 'Where templates are that do not lie beside their .jigdo: they tell the lengths of parts',
    },
    { name: 'full', kind: 'flag', describe: 'Read every file, whatever the cache knows' },
    { name: 'unreferenced', kind: 'flag', describe: 'List the files of the trees, too, that no image needs' },
    CACHE,
    NO_CACHE,
    CACHE_EXPIRY,
    JOBS,
    REPORT,
    JSON_RESULT,
  ],
  examples: [
    ['jigdo verify-tree /srv/mirror --jigdo-dir /srv/mirror/cd --cache ~/.cache/jigdo.db', 'All images of a mirror'],
    ['jigdo verify-tree --jigdo cd.jigdo --label Base=/srv/base --label Updates=/srv/updates', 'A tree for each label'],
  ],
  load: () => import('../commands/verify-tree.js'),
};
