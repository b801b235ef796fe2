// Answers the scripts of `jigdo completion`, which ask what can follow on a command line: from the tables of commands and options.
import { leafOf } from '../format/paths.js';
import { commandNamed, COMMANDS, familyOf } from './commands.js';
import { writeResult } from './console.js';
import type { Command, Option } from './option-table.js';
import { allowedOptions, cutCommandLine } from './parse.js';

/** A word that can stand next, and what it means. */
type Candidate = readonly [word: string, describe: string];

/** What stands between a word and its description, by the name of the shell; the others want words only. */
const SEPARATORS: ReadonlyMap<string, string> = new Map([
  ['zsh', ':'],
  ['fish', '\t'],
]);

/**
 * Answers a shell's question on stdout, a line for each word. Without an answer, the shell looks for files.
 *
 * @param typed the words behind the program's name; the last one is begun, or empty
 * @param shell the value of SHELL
 */
export function complete(typed: readonly string[], shell = ''): void {
  // In bash, `=` is a word of its own.
  const words = typed.filter((word) => word !== '=');
  const begun = typed.at(-1) === '=' ? '' : (words.pop() ?? '');
  if (words[0] === 'help') words.shift();
  const separator = SEPARATORS.get(leafOf(shell));
  for (const [word, describe] of candidates(words, begun)) {
    writeResult(separator === undefined ? `${word}\n` : `${word.replaceAll(':', '\\:')}${separator}${describe}\n`);
  }
}

function candidates(before: readonly string[], begun: string): Candidate[] {
  const [first, second] = cutCommandLine(before).operands;
  const command = first === undefined ? undefined : (commandNamed(first) ?? commandNamed(`${first} ${second}`));
  const options = allowedOptions(command).filter(({ hidden }) => !hidden);
  const [, inline, value] = /^--([^=]+)=(.*)$/.exec(begun) ?? [];
  const asked = optionNamed(options, inline === undefined ? before.at(-1) : `--${inline}`);
  if (asked && (asked.kind === 'text' || asked.kind === 'list')) {
    const prefix = value === undefined ? '' : `--${inline}=`;
    return (asked.choices ?? []).map((choice) => [prefix + choice, '']);
  }
  if (begun.startsWith('-')) {
    return options.map(({ name, kind, describe }) => [kind === 'negatable' ? `--no-${name}` : `--${name}`, describe]);
  }
  return command ? [] : commandsBehind(first);
}

function optionNamed(options: readonly Option[], word: string | undefined): Option | undefined {
  return options.find(({ name, short }) => word === `--${name}` || (short !== undefined && word === `-${short}`));
}

/** The first words of all commands; behind `cache`, the second words of the commands that begin with `cache`. */
function commandsBehind(first: string | undefined): Candidate[] {
  const wordOf = ({ name }: Command): string =>
    first === undefined ? name.split(' ')[0] : name.slice(first.length + 1);
  const named = first === undefined ? COMMANDS : familyOf(first);
  return [...new Map(named.map((command) => [wordOf(command), command.describe]))];
}
