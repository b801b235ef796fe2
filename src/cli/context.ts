// What every command is given besides its arguments.
import { availableParallelism } from 'node:os';
import { display, type ByteString } from '../format/bytes.js';
import type { ConsoleReporter } from './console-reporter.js';
import type { CommandArguments } from './command-arguments.js';
import { parseInteger } from './units.js';
import { UsageError } from './usage-error.js';

/** The surroundings of a running command. */
export interface CommandContext {
  readonly reporter: ConsoleReporter;
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Has SIGHUP do something else from now on. */
  readonly onHangUp: (listener: () => void) => void;
  /** Writes a line to stdout: results only. File names are bytes. */
  readonly print: (line: string | Uint8Array) => void;
}

/** `--jobs`: how many cores to use, or images to make at the same time. */
export function jobsOf(args: CommandArguments, byDefault = availableParallelism()): number {
  const jobs = args.text('jobs');
  return jobs === undefined ? byDefault : parseInteger(jobs, 1, 1024);
}

/**
 * `--json` with an output that is stdout as well: refused, nobody could take the two apart again.
 *
 * @param outputs option name -> value
 */
export function refuseMixedStdout(args: CommandArguments, outputs: Record<string, ByteString | undefined>): void {
  const rivals = Object.entries(outputs).flatMap(([name, value]) => (value === '-' ? [`--${name} -`] : []));
  if (args.flag('json')) rivals.push('--json');
  if (args.text('report') === 'grep') rivals.push('--report grep');
  if (args.flag('json') && rivals.length > 1) {
    throw new UsageError(`Both ${rivals[0]} and ${rivals[1]} want to write to stdout`);
  }
}

/** Splits `LABEL=VALUE`. */
export function parsePair(option: string, text: ByteString): [ByteString, ByteString] {
  const cut = text.indexOf('=');
  if (cut < 0) throw new UsageError(`Invalid argument to --${option}: \`${display(text)}' (must be LABEL=VALUE)`);
  return [text.slice(0, cut), text.slice(cut + 1)];
}

/** `--label LABEL=PATH` as label -> paths, in the order of the command line. */
export function labelFolders(args: CommandArguments): Map<ByteString, ByteString[]> {
  const folders = new Map<ByteString, ByteString[]>();
  for (const text of args.list('label')) {
    const [label, path] = parsePair('label', text);
    folders.set(label, [...(folders.get(label) ?? []), path]);
  }
  return folders;
}
