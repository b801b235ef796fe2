// What an option and a command are: one table feeds the parser, the help texts and the completion.
import type { ExitCode } from '../errors.js';
import type { CommandArguments } from './command-arguments.js';
import type { CommandContext } from './context.js';

/** One option of the command line. */
export interface Option {
  /** Long name without dashes. */
  readonly name: string;
  /** Letters that mean the same. */
  readonly short?: string;
  /**
   * `flag` takes no value; `negatable` takes none either, is on by default and is switched off by `--no-NAME`;
   * `text` takes a value, the last one counts; `list` takes a value and may be given several times.
   */
  readonly kind: 'flag' | 'negatable' | 'text' | 'list';
  /** What it does, for `--help`; of a negatable one, what its `--no-` form does. */
  readonly describe: string;
  /** What stands for the value in `--help`. */
  readonly value?: string;
  /** The values that are allowed, if there are few. */
  readonly choices?: readonly string[];
  /** A flag that sets another option's value: of several such flags the last one counts. */
  readonly means?: { readonly option: string; readonly value: string };
  /** Not shown in `--help`: another option's description tells of it. */
  readonly hidden?: true;
}

/**
 * What has to be there before the work begins, and can be read:
 *
 * - `file`, `folder`; `tree`: one of them, or a pattern
 * - `location`: a file, or a URL
 * - `place`: a folder, or a URL; `place of label`: behind `LABEL=`; `mirror`: with or without a label
 * - `jigdo folder`: a folder with .jigdo files below it
 * - `output`: not the file, but its folder, which can be written to
 */
export type Requirement =
  'file' | 'folder' | 'tree' | 'location' | 'place' | 'place of label' | 'mirror' | 'jigdo folder' | 'output';

/** What a command does. Returns the exit code. */
export type CommandFunction = (args: CommandArguments, context: CommandContext) => number | Promise<number>;

/** One command. */
export interface Command {
  /** `make-template`, `cache stats`. */
  readonly name: string;
  /** The original's abbreviations (docs/spec/cli-behaviour.md 1). */
  readonly aliases: readonly string[];
  /** The operands as `--help` shows them; empty if it takes none. */
  readonly operands: string;
  readonly describe: string;
  readonly options: readonly Option[];
  /** Option -> what its values name; '' for operands. What is not listed is the command's own business. */
  readonly requires?: Readonly<Record<string, Requirement>>;
  /** The exit code where one of these is not there; 3 by default. */
  readonly codeOfAbsent?: ExitCode;
  /** Command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Loads the code: only the command that runs is read from the disk. */
  readonly load: () => Promise<{ readonly run: CommandFunction }>;
}
