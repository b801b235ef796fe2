// What the command line of `jigdo inspect` is.
import type { Command } from '../option-table.js';
import { FORCE, JIGDO, JSON_RESULT, REPORT, TEMPLATE } from '../options.js';

/** `jigdo inspect` */
export const INSPECT_COMMAND: Command = {
  name: 'inspect',
  aliases: [],
  operands: 'FILE..',
  describe: 'Tell what a .jigdo, a template, an IMAGE.tmp or an image holds: parts, servers, what is unmatched and why',
  options: [
    {
      name: 'html',
      kind: 'text',
      value: 'OUT',
      describe: 'Write a report with a map of the image: one HTML page that needs nothing else',
    },
    {
      name: 'tree',
      kind: 'list',
      value: 'TREE',
      describe: 'Compare what is unmatched with the files of TREE (as for make-template); may be repeated',
    },
    JIGDO,
    TEMPLATE,
    JSON_RESULT,
    FORCE,
    REPORT,
  ],
  requires: { tree: 'tree', jigdo: 'file', template: 'file', html: 'output' },
  examples: [
    ['jigdo inspect cd.template', 'What was matched, and what is left in the template'],
    ['jigdo inspect --tree tree// --html report.html cd.jigdo', 'A report that says why, and what to change'],
    ['jigdo inspect cd.iso.tmp', 'What is still missing'],
  ],
  load: () => import('../commands/inspect.js'),
};
