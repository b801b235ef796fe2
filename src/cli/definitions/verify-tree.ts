// What the command line of `jigdo verify-tree` is.
import { EXIT } from '../../errors.js';
import type { Command } from '../option-table.js';
import {
  CACHE,
  CACHE_EXPIRY,
  CONNECTIONS,
  JIGDO,
  JIGDO_DIR,
  JOBS,
  LIMIT_RATE,
  JSON_RESULT,
  LABEL,
  NO_CACHE_OPTION,
  REPORT,
} from '../options.js';

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
    { name: 'full', kind: 'flag', describe: 'Read every file, whatever the cache knows, and also on servers' },
    { name: 'unreferenced', kind: 'flag', describe: 'List the files of the trees, too, that no image needs' },
    {
      name: 'fix-from',
      kind: 'list',
      value: 'MIRROR',
      describe:
        'Fetch what is missing or damaged from this folder or URL, or LABEL=MIRROR for the files of one label; may be repeated',
    },
    CONNECTIONS,
    LIMIT_RATE,
    CACHE,
    NO_CACHE_OPTION,
    CACHE_EXPIRY,
    JOBS,
    REPORT,
    JSON_RESULT,
  ],
  requires: {
    '': 'place',
    label: 'place of label',
    'template-dir': 'folder',
    'fix-from': 'mirror',
  },
  codeOfAbsent: EXIT.mismatch,
  examples: [
    ['jigdo verify-tree /srv/mirror --jigdo-dir /srv/mirror/cd --cache ~/.cache/jigdo.db', 'All images of a mirror'],
    [
      'jigdo verify-tree http://mirror.example/acme --jigdo cd.jigdo',
      'Ask a server for every file, without reading it',
    ],
    [
      'jigdo verify-tree /srv/mirror --jigdo cd.jigdo --fix-from http://mirror.example/acme',
      'Fetch what is missing or damaged',
    ],
    ['jigdo verify-tree --jigdo cd.jigdo --label Base=/srv/base --label Updates=/srv/updates', 'A tree for each label'],
  ],
  load: () => import('../commands/verify-tree.js'),
};
