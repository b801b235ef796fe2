// What the command line of `jigdo verify` is.
import type { Command } from '../option-table.js';
import { IMAGE, JIGDO, JSON_RESULT, REPORT, TEMPLATE } from '../options.js';

/** `jigdo verify` */
export const VERIFY_COMMAND: Command = {
  name: 'verify',
  aliases: ['ver'],
  operands: '[IMAGE]',
  describe: 'Check size and checksum of an image against its template',
  options: [IMAGE, JIGDO, TEMPLATE, REPORT, JSON_RESULT],
  requires: { template: 'file' },
  examples: [
    ['jigdo verify cd.iso', 'Check cd.iso against cd.template'],
    ['curl -s http://example.org/cd.iso | jigdo verify -i - -t cd.template', 'Check what comes from a pipe'],
  ],
  load: () => import('../commands/verify.js'),
};
