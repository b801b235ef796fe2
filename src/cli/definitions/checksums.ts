// What the command line of `jigdo md5sum` and its like for the other digest families is.
import { ALGORITHMS, DIGESTS, type Algorithm } from '../../checksum/algorithm.js';
import type { Command } from '../option-table.js';
import { CHECKSUMS } from '../options.js';

/** `jigdo md5sum`, `jigdo sha256sum` */
export const CHECKSUM_COMMANDS: readonly Command[] = ALGORITHMS.map(commandFor);

function commandFor(algorithm: Algorithm): Command {
  const { title, label } = DIGESTS[algorithm];
  const name = `${algorithm}sum`;
  return {
    name,
    aliases: [algorithm],
    operands: '[TREE//..]',
    describe: `Print ${title} checksums of files as .jigdo files have them`,
    options: CHECKSUMS,
    requires: { 'files-from': 'file' },
    examples: [
      [`jigdo ${name} --hex tree//`, `Print a list that ${name} -c reads`],
      [`jigdo ${name} cd.template`, `Compare it with Template-${label} in cd.jigdo`],
    ],
    load: async () => ({ run: (await import('../commands/checksums.js')).checksums(algorithm) }),
  };
}
