// Help texts, drawn by yargs from the tables. Loaded only when asked for: yargs takes as long to start as Node.
import type { Argv } from 'yargs';
import { COMMANDS } from './commands.js';
import type { Command, Option } from './option-table.js';
import { allowedOptions } from './parse.js';

/** The text of `jigdo --help`, or of `jigdo COMMAND --help`. */
export async function helpText(command: Command | undefined, columns = 80): Promise<string> {
  const { default: yargs } = await import('yargs');
  const parser = yargs().scriptName('jigdo').locale('en').help(false).version(false).wrap(Math.min(110, columns));
  if (command) {
    const also = command.aliases.length > 0 ? ` (also: ${command.aliases.join(', ')})` : '';
    parser.usage(`Usage: $0 ${command.name} [OPTIONS] ${command.operands}`.trim() + `\n\n${command.describe}${also}.`);
  } else {
    parser.usage('Usage: $0 COMMAND [OPTIONS] [FILES]');
    for (const each of COMMANDS) parser.command(`${each.name} ${each.operands}`.trim(), each.describe);
  }
  showOptions(parser, allowedOptions(command));
  const examples = command?.examples ?? COMMANDS.slice(0, 3).map((each) => each.examples[0]);
  // Below each other, unlike yargs' two columns: to be copied from the terminal in one piece.
  const lines = examples.flatMap(([line, what]) => [`  # ${what}`, `  ${line}`]);
  return [await parser.getHelp(), '', 'Examples:', ...lines, ...(command ? [] : ['', FOOTER])].join('\n');
}

const FOOTER =
  "`jigdo COMMAND --help' tells more.\nExit codes: 0 done, 1 more files are needed, 2 content is wrong, 3 failed.";

/** Adds options: what yargs takes for their names shows the values, too. */
function showOptions(parser: Argv, options: readonly Option[]): void {
  for (const { name, short, kind, describe, value, hidden } of options) {
    if (hidden) continue;
    const label = kind === 'negatable' ? `no-${name}` : value ? `${name} ${value}` : name;
    parser.option(label, {
      ...(short && { alias: short }),
      describe,
    });
  }
}
