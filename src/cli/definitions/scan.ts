// What the command line of `jigdo scan` is.
import type { Command } from '../option-table.js';
import {
  ALGORITHM,
  CACHE,
  CACHE_EXPIRY,
  EXCLUDE,
  FILES_FROM,
  JOBS,
  JSON_RESULT,
  MIN_LENGTH,
  REPORT,
} from '../options.js';

/** `jigdo scan` */
export const SCAN_COMMAND: Command = {
  name: 'scan',
  aliases: ['sc'],
  operands: '[TREE//..]',
  describe: 'Read files into the cache, so that later commands need not',
  options: [
    CACHE,
    CACHE_EXPIRY,
    FILES_FROM,
    EXCLUDE,
    ALGORITHM,
    MIN_LENGTH,
    JOBS,
    {
      name: 'scan-whole-file',
      kind: 'negatable',
      describe: 'Read only the heads of files: enough for make-template to find them, fast',
    },
    REPORT,
    JSON_RESULT,
  ],
  requires: { 'files-from': 'file' },
  examples: [['jigdo scan --cache ~/.cache/jigdo.db /srv/mirror//', 'Know a whole mirror']],
  load: () => import('../commands/scan.js'),
};
