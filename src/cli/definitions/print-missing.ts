// What the command line of `jigdo print-missing` and `jigdo print-missing-all` is.
import type { Command } from '../option-table.js';
import { PRINT_MISSING } from '../options.js';

/** `jigdo print-missing` */
export const PRINT_MISSING_COMMAND: Command = {
  name: 'print-missing',
  aliases: ['pm'],
  operands: '',
  describe: 'List where the files are that an image still needs, the best place of each',
  options: PRINT_MISSING,
  requires: { jigdo: 'file', template: 'file' },
  examples: [['jigdo print-missing -i cd.iso | wget -i -', 'Fetch what make-image did not find']],
  load: () => import('../commands/print-missing.js'),
};

/** `jigdo print-missing-all` */
export const PRINT_MISSING_ALL_COMMAND: Command = {
  name: 'print-missing-all',
  aliases: ['pma'],
  operands: '',
  describe: 'The same with all places of each file, and an empty line behind them',
  options: PRINT_MISSING,
  requires: { jigdo: 'file', template: 'file' },
  examples: [['jigdo print-missing-all -i cd.iso --uri Acme=http://localhost/', 'Try another server first']],
  load: async () => ({ run: (await import('../commands/print-missing.js')).runAll }),
};
