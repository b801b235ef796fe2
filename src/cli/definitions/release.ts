// What the command line of `jigdo release` is.
import type { Command } from '../option-table.js';
import { CACHE, CACHE_EXPIRY, JOBS, JSON_RESULT, MIN_MATCHED, NO_CACHE_OPTION, REPORT } from '../options.js';

/** `jigdo release` */
export const RELEASE_COMMAND: Command = {
  name: 'release',
  aliases: [],
  operands: '[CONFIG]',
  describe: 'Make .jigdo and .template of every image that a configuration file names',
  options: [
    {
      name: 'init',
      kind: 'flag',
      describe: 'Write a configuration to start from, for the images and trees found in the present folder',
    },
    { name: 'dry-run', short: 'n', kind: 'flag', describe: 'Tell what would be made and why, and write nothing' },
    { name: 'force', short: 'f', kind: 'flag', describe: 'Make everything again, even what is up to date' },
    {
      name: 'shard',
      kind: 'text',
      value: 'I/N',
      describe: 'Make only the I-th of N shares of the images, which are about equal in bytes',
    },
    { ...MIN_MATCHED, describe: `${MIN_MATCHED.describe}; goes before the configuration's` },
    { ...CACHE, describe: 'Remember the checksums of files in FILE (default: what the configuration says)' },
    NO_CACHE_OPTION,
    CACHE_EXPIRY,
    JOBS,
    REPORT,
    JSON_RESULT,
  ],
  examples: [
    ['jigdo release --init', 'Begin: writes jigdo.yaml'],
    ['jigdo release', 'Make what is not up to date of the release that jigdo.yaml (or .yml, .json) describes'],
    ['jigdo release --dry-run', 'See first what that means'],
    ['jigdo release --shard 2/4 --report quiet acme/release.yaml', 'The second of four jobs in CI'],
  ],
  load: () => import('../commands/release.js'),
};
