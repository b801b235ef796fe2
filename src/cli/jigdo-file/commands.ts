// The original's commands (docs/spec/cli-behaviour.md 1). Only the one that runs is loaded.
import { ALGORITHMS } from '../../checksum/algorithm.js';
import { display, type ByteString } from '../../format/bytes.js';
import { UsageError } from '../usage-error.js';
import { MAKE_TEMPLATE_WORDS } from '../make-template-words.js';
import type { OriginalCommand } from './context.js';

/** Name, abbreviation, and what it does. Nothing between the two is understood. */
const COMMANDS: readonly (readonly [string, string, () => Promise<OriginalCommand>])[] = [
  [...MAKE_TEMPLATE_WORDS, async () => (await import('./commands/make-template.js')).run],
  ['make-image', 'mi', async () => (await import('./commands/make-image.js')).run],
  ['print-missing', 'pm', async () => (await import('./commands/print-missing.js')).run],
  ['print-missing-all', 'pma', async () => (await import('./commands/print-missing.js')).runAll],
  ['verify', 'ver', async () => (await import('./commands/verify.js')).run],
  ['scan', 'sc', async () => (await import('./commands/scan.js')).run],
  ['list-template', 'ls', async () => (await import('./commands/list-template.js')).run],
  ...ALGORITHMS.map(
    (algorithm) =>
      [
        `${algorithm}sum`,
        algorithm,
        async () => (await import('./commands/checksums.js')).originalChecksums(algorithm),
      ] as const,
  ),
];

/** The commands by their names. */
export const COMMAND_NAMES: readonly string[] = COMMANDS.map(([name]) => name);

/**
 * The command that a word means.
 *
 * @throws UsageError if there is none
 */
export async function loadCommand(word: ByteString | undefined): Promise<OriginalCommand> {
  if (word === undefined) throw new UsageError('Please specify a command');
  const command = COMMANDS.find(([name, short]) => word === name || word === short);
  if (command) return command[2]();
  const names = COMMANDS.map(([name, short]) => `${name} ${short}`).join(' ');
  throw new UsageError(`Invalid command \`${display(word)}' (Must be one of: ${names})`);
}
