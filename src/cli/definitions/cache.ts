// What the command line of `jigdo cache stats` and `jigdo cache prune` is.
import type { Command } from '../option-table.js';
import { CACHE, CACHE_EXPIRY, JSON_RESULT } from '../options.js';

/** `jigdo cache stats` */
export const CACHE_STATS_COMMAND: Command = {
  name: 'cache stats',
  aliases: [],
  operands: '',
  describe: 'Tell what a cache holds',
  options: [CACHE, JSON_RESULT],
  examples: [['jigdo cache stats --cache ~/.cache/jigdo.db', 'How many files, how old, how large']],
  load: () => import('../commands/cache-stats.js'),
};

/** `jigdo cache prune` */
export const CACHE_PRUNE_COMMAND: Command = {
  name: 'cache prune',
  aliases: [],
  operands: '',
  describe: 'Forget what a cache holds of files unused for long',
  options: [CACHE, CACHE_EXPIRY, JSON_RESULT],
  examples: [['jigdo cache prune --cache ~/.cache/jigdo.db --cache-expiry 1w', 'Keep what was used this week']],
  load: () => import('../commands/cache-prune.js'),
};
