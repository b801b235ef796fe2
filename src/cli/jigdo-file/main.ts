// The `jigdo-file` command: the original's command line over our library (docs/compatibility.md).
import { EXIT, JigdoError } from '../../errors.js';
import type { ByteString } from '../../format/bytes.js';
import { commandLine } from '../arguments.js';
import { ConsoleReporter } from '../console-reporter.js';
import { guardConsole, MESSAGES, writeMessage, writeResult } from '../console.js';
import { endOutput, isBrokenPipe, messageOf, withAnnotation } from '../failures.js';
import { Interruption } from '../interruption.js';
import { closeStandardInput, standardInput } from '../standard-input.js';
import { UsageError } from '../usage-error.js';
import { loadCommand } from './commands.js';
import { readFileSettings, type Settings } from './settings.js';

/** Runs the command that `process.argv` asks for, and sets the exit code. */
export async function main(): Promise<void> {
  guardConsole();
  try {
    const settings = readFileSettings(commandLine(process.argv));
    const { version, help, helpAll } = settings.show;
    if (version || help || helpAll) await show(settings);
    else process.exitCode = await runCommand(settings);
  } catch (error) {
    fail(error);
  }
}

async function show({ show: { version, help, helpAll } }: Settings): Promise<void> {
  const { HELP, HELP_ALL, FILE_VERSION_LINE } = await import('./help.js');
  if (version) writeResult(`${FILE_VERSION_LINE}\n`);
  if (help || helpAll) writeResult(`${helpAll ? HELP_ALL : HELP}\n`);
}

async function runCommand(settings: Settings): Promise<number> {
  const run = await loadCommand(settings.command);
  const reporter = new ConsoleReporter(settings.report, MESSAGES);
  const interruption = new Interruption();
  try {
    const code = await run({ settings, reporter, signal: interruption.signal, print, stdin: standardInput() });
    if (!(await interruption.lostResults())) return code;
    throw new Error('results were lost');
  } catch (error) {
    reporter.finish();
    if (!interruption.exitCode) throw error;
    interruption.tell('jigdo-file', error, writeMessage);
    process.exit(interruption.exitCode);
  } finally {
    reporter.finish();
    interruption.release();
    closeStandardInput();
  }
}

/** Says on stderr what went wrong, and sets the exit code. */
function fail(error: unknown): void {
  if (isBrokenPipe(error)) return endOutput(error);
  process.exitCode = error instanceof JigdoError ? error.exitCode : EXIT.failed;
  writeMessage(withAnnotation('error', messageOf(error), 'jigdo-file: '));
  if (error instanceof UsageError) {
    writeMessage("jigdo-file: Try `jigdo-file -h' for more information\n");
  }
}

function print(line: ByteString): void {
  writeResult(Buffer.from(`${line}\n`, 'latin1'));
}
