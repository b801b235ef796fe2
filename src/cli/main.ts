// The `jigdo` command: from the command line to an exit code.
import { EXIT, JigdoError } from '../errors.js';
import { toJson, withoutSecrets } from '../format/secrets.js';
import type { ByteString } from '../format/bytes.js';
import { VERSION } from '../version.js';
import { commandLine } from './arguments.js';
import { ConsoleReporter, type ReportMode } from './console-reporter.js';
import { familyOf } from './commands.js';
import type { Command } from './option-table.js';
import type { CommandArguments } from './command-arguments.js';
import { argumentsOf, commandOf, cutCommandLine } from './parse.js';
import { guardConsole, MESSAGES, writeMessage, writeResult } from './console.js';
import { endOutput, isBrokenPipe, messageOf, withAnnotation } from './failures.js';
import { Interruption } from './interruption.js';
import { closeStandardInput } from './standard-input.js';
import { UsageError } from './usage-error.js';

const NEWLINE = Buffer.from('\n');

/** Runs the command that `process.argv` asks for, and sets the exit code. */
export async function main(): Promise<void> {
  guardConsole();
  const words = commandLine(process.argv);
  if (words[0] === '--get-yargs-completions') {
    const { complete } = await import('./complete.js');
    return complete(words.slice(2), process.env.SHELL);
  }
  let command: Command | undefined;
  try {
    const line = cutCommandLine(withoutHelpWord(words));
    command = commandOf(line);
    const args = argumentsOf(command, line);
    if (args.flag('version')) writeResult(`jigdo ${VERSION}\n`);
    else if (command && !args.flag('help')) process.exitCode = await runCommand(command, args);
    else writeResult(`${await help(command ?? familyOf(line.operands.at(0) ?? ''))}\n`);
  } catch (error) {
    fail(command, error, words.includes('--json'));
  }
}

/** `jigdo help COMMAND` as `jigdo COMMAND --help`; help on `help` is all help. */
function withoutHelpWord(words: readonly ByteString[]): readonly ByteString[] {
  if (words[0] !== 'help') return words;
  return [...words.slice(words[1] === 'help' ? 2 : 1), '--help'];
}

/** Help on a command, on each of several, or all of it if there are none. */
async function help(asked: Command | readonly Command[]): Promise<string> {
  const { helpText } = await import('./help.js');
  const commands = [asked].flat();
  const texts: string[] = [];
  for (const command of commands.length > 0 ? commands : [undefined])
    texts.push(await helpText(command, process.stdout.columns));
  return texts.join('\n\n');
}

async function runCommand(command: Command, args: CommandArguments): Promise<number> {
  const reporter = new ConsoleReporter((args.text('report') ?? 'default') as ReportMode, MESSAGES);
  const interruption = new Interruption();
  try {
    if (command.requires) (await import('./requirements.js')).checkRequirements(command, args, reporter);
    const { run } = await command.load();
    const onHangUp = (listener: () => void): void => void (interruption.onHangUp = listener);
    const code = await run(args, { reporter, signal: interruption.signal, onHangUp, print: printLine });
    if (!(await interruption.lostResults())) return code;
    throw new Error('results were lost');
  } catch (error) {
    reporter.finish();
    if (!interruption.exitCode) throw error;
    const message = interruption.tell(`jigdo ${command.name}`, error, writeMessage);
    if (message !== undefined && args.flag('json')) printLine(failureJson(command, message, interruption.exitCode));
    // Workers may still be busy: nobody waits for what they do.
    process.exit(interruption.exitCode);
  } finally {
    reporter.finish();
    interruption.release();
    closeStandardInput();
  }
}

/** Says on stderr what went wrong, in one line, and sets the exit code; with `json` on stdout, too. */
function fail(command: Command | undefined, error: unknown, json: boolean): void {
  if (isBrokenPipe(error)) return endOutput(error);
  const name = command ? `jigdo ${command.name}` : 'jigdo';
  process.exitCode = error instanceof JigdoError ? error.exitCode : EXIT.failed;
  const details = error instanceof JigdoError ? error.details.map(withoutSecrets) : [];
  for (const line of details) writeMessage(withAnnotation('error', line));
  const message = messageOf(error);
  writeMessage(withAnnotation('error', message, `${name}: `));
  if (json) printLine(failureJson(command, message, process.exitCode, details));
  if (error instanceof UsageError) writeMessage(`${error.usage}${name}: Try \`${name} --help' for more information\n`);
}

function failureJson(
  command: Command | undefined,
  message: string,
  exitCode: number,
  details: readonly string[] = [],
): string {
  return toJson({ error: { command: command?.name, message, exitCode, ...(details.length > 0 && { details }) } });
}

function printLine(line: string | Uint8Array): void {
  // Each write is a system call.
  writeResult(typeof line === 'string' ? `${line}\n` : Buffer.concat([line, NEWLINE]));
}
