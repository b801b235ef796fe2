// What the command line of `jigdo completion` is.
import type { Command } from '../option-table.js';

/** `jigdo completion` */
export const COMPLETION_COMMAND: Command = {
  name: 'completion',
  aliases: [],
  operands: '',
  describe: 'Print a script that makes bash or zsh complete commands and options',
  options: [],
  examples: [['jigdo completion >> ~/.bashrc', 'Have it in every new shell']],
  load: () => import('../commands/completion.js'),
};
