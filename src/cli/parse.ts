// From the words of the command line to a command and its options.
import { parseArgs } from 'node:util';
import { display, type ByteString } from '../format/bytes.js';
import { commandNamed, COMMANDS, familyOf } from './commands.js';
import { GENERAL_OPTIONS, QUIET, REPORT } from './options.js';
import { CommandArguments } from './command-arguments.js';
import type { Command, Option } from './option-table.js';
import { suggest } from '../format/suggest.js';
import { UsageError } from './usage-error.js';

/** A command line, cut into words with a meaning each. */
export interface CommandLine {
  /** Options in the order of the command line. */
  readonly options: readonly OptionToken[];
  readonly operands: readonly ByteString[];
  /** Whether `--help` or `--version` is among the options: then a command need not be named. */
  readonly general: boolean;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string;
  readonly inlineValue?: boolean;
}

/**
 * Cuts a command line: options and operands in any order, short options in clusters, `--opt=value` and `--opt value`, `--`
 * ends the options.
 *
 * @param words the arguments after the program's name
 */
export function cutCommandLine(words: readonly ByteString[]): CommandLine {
  // Node's parser tells where values begin and end. What it would check itself it knows too little of: commands, lists, choices.
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      [...ALL_OPTIONS.values()].map(({ name, kind, short }) => [
        name,
        { type: kind === 'text' || kind === 'list' ? 'string' : 'boolean', ...(short && { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  // As many programs have it.
  const spelled = new Map([['V', 'version']]);
  const options = tokens.flatMap((token) =>
    token.kind === 'option' ? [{ ...token, name: spelled.get(token.name) ?? token.name }] : [],
  );
  return {
    options,
    operands: tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : [])),
    general: options.some(({ name }) =>
      GENERAL_OPTIONS.some((option) => option.name === name || option.short === name),
    ),
  };
}

/**
 * The command that a command line names with its first operand or first two.
 *
 * @returns undefined if there is none, but `--help` or `--version`
 * @throws UsageError if there is none, or one that we do not know
 */
export function commandOf({ operands, general }: CommandLine): Command | undefined {
  const [word, second] = operands;
  if (word === undefined) {
    if (general) return undefined;
    const examples = COMMANDS.slice(0, 4).map((command) => `  ${command.examples[0][0]}\n`);
    throw new UsageError(
      'Please specify a command',
      `Usage: jigdo COMMAND [OPTIONS] [FILES], as in\n${examples.join('')}`,
    );
  }
  const command = commandNamed(word) ?? (second === undefined ? undefined : commandNamed(`${word} ${second}`));
  if (command) return command;
  const family = familyOf(word).map(({ name }) => name);
  if (family.length > 0) {
    if (second === undefined && general) return undefined;
    if (second === undefined) throw new UsageError(`Please specify a command: ${family.join(' or ')}`);
    throw unknown('command', `${word} ${second}`, family);
  }
  throw unknown('command', word, new Set(COMMANDS.map(({ name }) => name.split(' ')[0])));
}

/**
 * The options and operands of `command`, checked against the table.
 *
 * @throws UsageError for unknown options and those of other commands, for missing and unwanted values
 */
export function argumentsOf(
  command: Command | undefined,
  { options, operands, general }: CommandLine,
): CommandArguments {
  const values = new Map<string, ByteString[]>();
  const flags = new Map<string, boolean>();
  const allowed = allowedOptions(command);
  for (const token of options) {
    const { option, value, on } = readOption(token, allowed);
    if (!allowed.includes(option)) {
      throw new UsageError(`Option ${token.rawName} does not belong to \`${command?.name ?? 'jigdo'}'`);
    }
    const target = option.means?.option ?? option.name;
    const text = option.means?.value ?? value;
    if (text === undefined) flags.set(target, on);
    else values.set(target, [...(values.get(target) ?? []), text]);
  }
  const rest = operands.slice(command?.name.split(' ').length ?? 0);
  if (command?.operands === '' && rest.length > 0 && !general) {
    throw new UsageError(`\`${command.name}' takes no file names, but \`${display(rest[0])}' was given`);
  }
  return new CommandArguments(rest, values, flags);
}

/** The options that can stand in the command line of `command`. */
export function allowedOptions(command: Command | undefined): readonly Option[] {
  const isReporting = command?.options.includes(REPORT) ?? false;
  return [...(command?.options ?? []), ...(isReporting ? [QUIET] : []), ...GENERAL_OPTIONS];
}

/** All options of all commands: an option means the same wherever it stands, also before the command. */
const ALL_OPTIONS: ReadonlyMap<string, Option> = new Map(
  [QUIET, ...GENERAL_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)].map((option) => [option.name, option]),
);

/** What one option of the command line says; `on` is false for the `--no-` form. */
function readOption(
  { name, rawName, value, inlineValue }: OptionToken,
  allowed: readonly Option[],
): { option: Option; value?: ByteString; on: boolean } {
  // The command's own first: another one may describe it in other words.
  const find = (word: string): Option | undefined =>
    allowed.find((each) => each.name === word) ?? ALL_OPTIONS.get(word);
  const positive = find(name);
  const negated = positive || !name.startsWith('no-') ? undefined : find(name.slice(3));
  const option = positive ?? (negated?.kind === 'negatable' ? negated : undefined);
  if (!option) throw unknown('option', rawName, allowed.flatMap(spellings));
  if (option.kind === 'flag' || option.kind === 'negatable') {
    if (value === undefined) return { option, on: option === positive };
    throw new UsageError(`Option ${rawName} takes no value, but \`${display(value)}' was given`);
  }
  if (value === undefined) throw new UsageError(`Option ${rawName} needs a value`);
  if (inlineValue === false && value.length > 1 && value.startsWith('-')) {
    throw new UsageError(
      `Option ${rawName} needs a value, but \`${display(value)}' follows ` +
        `(if that is the value, write --${option.name}=${display(value)})`,
    );
  }
  if (option.choices && !option.choices.includes(value)) {
    throw new UsageError(`Option ${rawName} must be one of ${option.choices.join(', ')}, not \`${display(value)}'`);
  }
  return { option, value, on: true };
}

function spellings({ name, kind, hidden }: Option): string[] {
  if (hidden) return [];
  return kind === 'negatable' ? [`--${name}`, `--no-${name}`] : [`--${name}`];
}

/** What people call commands and options elsewhere. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['get', 'download'],
  ['fetch', 'download'],
  ['build', 'make-image'],
  ['create', 'make-template'],
  ['check', 'verify'],
  ['list', 'list-template'],
  ['info', 'inspect'],
  ['--verbose', '--report default'],
  ['--silent', '--quiet'],
  ['--dest', '--output-dir'],
  ['--directory', '--output-dir'],
]);

function unknown(what: 'command' | 'option', word: ByteString, known: Iterable<string>): UsageError {
  const near = SYNONYMS.get(word) ?? suggest(word, known);
  const hint = near
    ? ` - did you mean \`${near}'?`
    : what === 'command'
      ? ` (must be one of: ${[...known].join(', ')})`
      : '';
  return new UsageError(`Invalid ${what} \`${display(word)}'${hint}`);
}
