// What goes wrong, in words for the user, and the ends that are none of our business.
import { writeSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { inspect } from 'node:util';
import { EXIT, outputProblem, REASONS, reasonOf } from '../errors.js';
import { problemOf } from '../format/errors.js';
import { withoutSecrets } from '../format/secrets.js';

/**
 * An error in one line, whatever it is. `JIGDO_DEBUG` in the environment adds where it came from, on stderr.
 */
export function messageOf(error: unknown): string {
  if (process.env.JIGDO_DEBUG) console.error(withoutSecrets(inspect(error)));
  const unexpected = `Unexpected error: ${reasonOf(error).split('\n')[0]} - please report it with what JIGDO_DEBUG=1 shows`;
  // A thread needs some files of its own.
  const { code, message } = error as NodeJS.ErrnoException;
  const isOut = code === 'ERR_WORKER_INIT_FAILED' && message.includes('EMFILE');
  return withoutSecrets(problemOf(error) ?? (isOut ? `Could not start a thread: ${REASONS.EMFILE}` : unexpected));
}

/**
 * A message, and where it has a place and GitHub asks for that, the line that shows it beside the file
 * (`::error file=…,line=…,col=…::…`).
 */
export function withAnnotation(
  kind: 'error' | 'warning',
  message: string,
  prefix = '',
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const line = `${prefix}${message}\n`;
  if (environment.GITHUB_ACTIONS !== 'true') return line;
  // A name with one number behind it is a server with its port.
  const place =
    /^(?:jigdo [-a-z0-9 ]+: )?(?<file>[^:\n]+):(?: line (?<line>\d+)(?:, column (?<col>\d+))?|(?<line2>\d+):(?<col2>\d+)): (?<text>.*)$/s;
  const { file, line: row = '', line2 = row, col, col2 = col, text = '' } = place.exec(message)?.groups ?? {};
  if (file === undefined) return line;
  const escape = (value: string): string =>
    value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  // Names are taken as relative to the repository, which need not be the current folder.
  const { GITHUB_WORKSPACE: top } = environment;
  const known = top === undefined || isAbsolute(file) ? file : relative(top, resolve(file));
  const name = escape(known).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `${line}::${kind} file=${name},line=${line2}${col2 === undefined ? '' : `,col=${col2}`}::${escape(text)}\n`;
}

/** Whether whoever read our output has stopped reading (`| head`). */
export function isBrokenPipe(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ((at as NodeJS.ErrnoException).code === 'EPIPE') return true;
  }
  return false;
}

/** The exit code of an output that cannot be written: that of a program that SIGPIPE kills (128 + 13) if nobody reads it any more. */
export function outputExitCode(error: unknown): number {
  return isBrokenPipe(error) ? 141 : EXIT.failed;
}

/**
 * Ends, as there is nowhere to write results to: without a word, if nobody reads them; as one that is asked to end, if the terminal was
 * closed. For any other error of stdout, a line on stderr says what is wrong, if stderr can be written to.
 */
export function endOutput(error: unknown): void {
  if (endWithTerminal(error)) return;
  if (!isBrokenPipe(error)) tellOutputError(error);
  process.exit(outputExitCode(error));
}

/** A message that cannot be written is lost, and the work goes on, unless the terminal was closed. */
export function onLostMessage(error: unknown): void {
  endWithTerminal(error);
}

/** Says that results are lost. */
export function tellOutputError(error: unknown): void {
  try {
    writeSync(2, `jigdo: ${messageOf(outputProblem('Error writing the output', error))}\n`);
  } catch {
    // stderr is on the same full disk.
  }
}

/** SIGHUP may come later, or only to the shell. What has to be cleaned up must be, now. */
function endWithTerminal(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code !== 'EIO' || !process.stderr.isTTY) return false;
  process.kill(process.pid, 'SIGTERM');
  return true;
}
