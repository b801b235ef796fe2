// The grammar of GNU getopt_long, which decides what every script's command line means (docs/spec/cli-behaviour.md 1).
import { display, type ByteString } from '../../format/bytes.js';
import { UsageError } from '../usage-error.js';

/** Whether an option has an argument. An optional one must stand in the same word: `--debug=general`. */
export type ArgumentKind = 'none' | 'required' | 'optional';

/** The options that there are. */
export interface Grammar {
  /** Long name without dashes -> its argument. */
  readonly long: ReadonlyMap<string, ArgumentKind>;
  /** Letter -> the long option that it stands for; several letters may stand for one. */
  readonly short: ReadonlyMap<string, string>;
}

/** An option of the command line, by its full long name, or an operand. */
export type Word =
  | { readonly kind: 'option'; readonly name: string; readonly letter?: string; readonly value?: ByteString }
  | { readonly kind: 'operand'; readonly text: ByteString };

/**
 * Reads a command line: `-fi FILE`, `-iFILE`, `--image FILE`, `--image=FILE`, `--im FILE` where no other option begins so, operands in
 * between, `--` before operands only.
 *
 * @param words the arguments after the program's name
 * @param operandsEndOptions what POSIXLY_CORRECT in the environment asks for: the first operand ends the options
 * @throws UsageError for unknown and ambiguous options, missing and unwanted arguments; in getopt's words
 */
export function* getopt(
  words: readonly ByteString[],
  grammar: Grammar,
  operandsEndOptions = false,
): Generator<Word, void> {
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--') {
      for (const text of words.slice(i + 1)) yield { kind: 'operand', text };
      return;
    }
    if (word.startsWith('--')) {
      const option = longOption(word, grammar);
      if (option.argument === 'required' && option.value === undefined) {
        if (++i === words.length) throw new UsageError(`option '--${option.name}' requires an argument`);
        yield { kind: 'option', name: option.name, value: words[i] };
      } else {
        yield { kind: 'option', name: option.name, value: option.value };
      }
    } else if (word.startsWith('-') && word !== '-') {
      const next = words.at(i + 1);
      const { options, takesNext } = cluster(word, next, grammar);
      if (takesNext) i++;
      yield* options;
    } else if (operandsEndOptions) {
      for (const text of words.slice(i)) yield { kind: 'operand', text };
      return;
    } else {
      yield { kind: 'operand', text: word };
    }
  }
}

function longOption(
  word: ByteString,
  { long }: Grammar,
): { name: string; argument: ArgumentKind; value: ByteString | undefined } {
  const equals = word.indexOf('=');
  const typed = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const matching = long.has(typed) ? [typed] : [...long.keys()].filter((name) => name.startsWith(typed));
  if (matching.length > 1) {
    const list = matching.map((name) => `'--${name}'`).join(' ');
    throw new UsageError(`option '${display(word)}' is ambiguous; possibilities: ${list}`);
  }
  const argument = long.get(matching[0] ?? '');
  if (argument === undefined) throw new UsageError(`unrecognized option '--${display(typed)}'`);
  if (argument === 'none' && value !== undefined) {
    throw new UsageError(`option '--${matching[0]}' doesn't allow an argument`);
  }
  return { name: matching[0], argument, value };
}

/** `-fi FILE`: flags, and at the end perhaps one option with its argument. */
function cluster(
  word: ByteString,
  next: ByteString | undefined,
  { long, short }: Grammar,
): { options: Word[]; takesNext: boolean } {
  const options: Word[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at];
    const name = short.get(letter);
    if (name === undefined) throw new UsageError(`invalid option -- '${display(letter)}'`);
    if (long.get(name) !== 'required') {
      options.push({ kind: 'option', name, letter });
      continue;
    }
    const inline = word.slice(at + 1);
    const value = inline === '' ? next : inline;
    if (value === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
    options.push({ kind: 'option', name, letter, value });
    return { options, takesNext: inline === '' };
  }
  return { options, takesNext: false };
}
