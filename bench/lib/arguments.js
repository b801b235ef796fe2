// The command lines of the programs in bench/.
import { parseArgs } from 'node:util';

/**
 * What the command line says. With `--help` prints the usage and ends; with what cannot be understood, too, with exit code 3.
 *
 * @param {string} usage
 * @param {import('node:util').ParseArgsConfig['options']} options as for `parseArgs`
 * @param {boolean} allowPositionals
 */
export function readArguments(usage, options, allowPositionals = false) {
  try {
    const parsed = parseArgs({ allowPositionals, options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (!parsed.values.help) return parsed;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(3);
  }
}
