// What the command line of `jigdo list-template` is.
import type { Command } from '../option-table.js';
import { HEX, IMAGE, JIGDO, REPORT, TEMPLATE } from '../options.js';

/** `jigdo list-template` */
export const LIST_TEMPLATE_COMMAND: Command = {
  name: 'list-template',
  aliases: ['ls'],
  operands: '',
  describe: 'List what a template or an IMAGE.tmp consists of: offset, length and checksums of each piece',
  options: [IMAGE, JIGDO, TEMPLATE, HEX, REPORT],
  requires: { template: 'file' },
  examples: [
    ['jigdo list-template -t cd.template', 'What is in the template, and which files it needs'],
    ['jigdo list-template -t cd.iso.tmp', 'What is there already, and what is missing'],
  ],
  load: () => import('../commands/list-template.js'),
};
