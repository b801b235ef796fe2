// What the command line of `jigdo completion` is.
import type { Command } from '../option-table.js';

/** `jigdo completion` */
export const COMPLETION_COMMAND: Command = {
  name: 'completion',
  aliases: [],
  operands: '[bash|zsh|fish]',
  describe:
    'Print a script that makes bash, zsh or fish complete commands and options, those of jigdo-file and jigdo-lite, too',
  options: [],
  examples: [
    ['jigdo completion bash >> ~/.bashrc', 'Have it in every new shell'],
    ['jigdo completion zsh >> ~/.zshrc', 'The same for zsh'],
    ['jigdo completion fish > ~/.config/fish/conf.d/jigdo.fish', 'The same for fish'],
  ],
  load: () => import('../commands/completion.js'),
};
