// What the command line of `jigdo md5sum` and `jigdo sha256sum` is.
import type { Command } from '../option-table.js';
import { CHECKSUMS } from '../options.js';

/** `jigdo md5sum` */
export const MD5SUM_COMMAND: Command = {
  name: 'md5sum',
  aliases: ['md5'],
  operands: '[TREE//..]',
  describe: 'Print MD5 checksums of files as .jigdo files have them',
  options: CHECKSUMS,
  requires: { 'files-from': 'file' },
  examples: [['jigdo md5sum --hex tree//', 'Print a list that md5sum -c reads']],
  load: async () => ({ run: (await import('../commands/checksums.js')).runMd5 }),
};

/** `jigdo sha256sum` */
export const SHA256SUM_COMMAND: Command = {
  name: 'sha256sum',
  aliases: ['sha256'],
  operands: '[TREE//..]',
  describe: 'Print SHA-256 checksums of files as .jigdo files have them',
  options: CHECKSUMS,
  requires: { 'files-from': 'file' },
  examples: [['jigdo sha256sum cd.template', 'Compare it with Template-SHA256Sum in cd.jigdo']],
  load: async () => ({ run: (await import('../commands/checksums.js')).runSha256 }),
};
