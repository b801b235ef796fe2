// Help texts and shell completion, drawn by yargs from the tables. Loaded only when asked for: yargs takes as long to start as Node.
import type { Argv } from 'yargs';
import { COMMANDS } from './commands.js';
import { GENERAL_OPTIONS, QUIET, REPORT } from './options.js';
import type { Command, Option } from './option-table.js';

/** The text of `jigdo --help`, or of `jigdo COMMAND --help`. */
export async function helpText(command: Command | undefined, columns = 80): Promise<string> {
  const parser = (await base()).wrap(Math.min(110, columns));
  if (command) {
    const also = command.aliases.length > 0 ? ` (also: ${command.aliases.join(', ')})` : '';
    parser.usage(`Usage: $0 ${command.name} [OPTIONS] ${command.operands}`.trim() + `\n\n${command.describe}${also}.`);
    showOptions(parser, [...command.options, ...(command.options.includes(REPORT) ? [QUIET] : []), ...GENERAL_OPTIONS]);
  } else {
    parser.usage('Usage: $0 COMMAND [OPTIONS] [FILES]');
    for (const each of COMMANDS) parser.command(`${each.name} ${each.operands}`.trim(), each.describe);
    showOptions(parser, GENERAL_OPTIONS);
  }
  const examples = command?.examples ?? COMMANDS.slice(0, 3).map((each) => each.examples[0]);
  // Below each other, unlike yargs' two columns: to be copied from the terminal in one piece.
  const lines = examples.flatMap(([line, what]) => [`  # ${what}`, `  ${line}`]);
  return [await parser.getHelp(), '', 'Examples:', ...lines, ...(command ? [] : ['', FOOTER])].join('\n');
}

const FOOTER =
  "`jigdo COMMAND --help' tells more.\nExit codes: 0 done, 1 more files are needed, 2 content is wrong, 3 failed.";

/** Answers the shell's question (`--get-yargs-completions`) on stdout. */
export async function complete(words: readonly string[]): Promise<void> {
  const parser = (await base()).completion('completion', false);
  const families = new Map<string, Command[]>();
  for (const command of COMMANDS) {
    const family = command.name.split(' ')[0];
    families.set(family, [...(families.get(family) ?? []), command]);
  }
  for (const [family, members] of families) {
    const [first] = members;
    parser.command([family, ...first.aliases], first.describe, (inner) => {
      if (first.name === family) return addOptions(inner, first.options);
      for (const member of members) {
        inner.command(member.name.slice(family.length + 1), member.describe, (leaf) =>
          addOptions(leaf, member.options),
        );
      }
      return inner;
    });
  }
  await parser.parseAsync([...words]);
}

async function base(): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  return yargs().scriptName('jigdo').locale('en').help(false).version(false);
}

/** Adds options for the completion, which offers their names and choices. */
function addOptions(parser: Argv, options: readonly Option[]): Argv {
  for (const { name, short, kind, describe, choices, hidden } of options) {
    if (hidden) continue;
    parser.option(kind === 'negatable' ? `no-${name}` : name, {
      ...(short && { alias: short }),
      type: kind === 'flag' || kind === 'negatable' ? 'boolean' : 'string',
      describe,
      ...(choices && { choices }),
    });
  }
  return parser;
}

/** Adds options for the help text only: what yargs takes for their names shows the values, too. */
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
