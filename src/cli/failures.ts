// What goes wrong, in words for the user, and the ends that are none of our business.
import { writeSync } from 'node:fs';
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
 * An error with a place, in the form that GitHub shows beside the file (`::error file=…,line=…,col=…::…`).
 *
 * @returns undefined where nobody asks for that, or no place is known
 */
export function annotationOf(message: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (environment.GITHUB_ACTIONS !== 'true') return undefined;
  const match = /^(?<file>[^:\n]+):(?: line )?(?<line>\d+)(?:(?::|, column )(?<col>\d+))?: (?<text>.*)$/s.exec(message);
  if (!match?.groups) return undefined;
  const { file, line, col, text } = match.groups as Record<string, string | undefined>;
  const escape = (value: string): string =>
    value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const name = escape(file ?? '')
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C');
  return `::error file=${name},line=${line}${col === undefined ? '' : `,col=${col}`}::${escape(text ?? '')}`;
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
 * closed. Any other error of stdout is told, if that can be.
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
