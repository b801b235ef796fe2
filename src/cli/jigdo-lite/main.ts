// The `jigdo-lite` command: the original's session over our library (docs/compatibility.md).
import { EXIT, JigdoError } from '../../errors.js';
import { display, fromText } from '../../format/bytes.js';
import { openTransport } from '../../net/open-transport.js';
import { commandLine } from '../arguments.js';
import { ConsoleReporter } from '../console-reporter.js';
import { EXPIRY, withCacheFile } from '../cache.js';
import { MESSAGES, writeMessage } from '../console.js';
import { messageOf, onLostMessage, withAnnotation } from '../failures.js';
import { Interruption } from '../interruption.js';
import { partCache } from '../part-cache.js';
import { UsageError } from '../usage-error.js';
import {
  originOf,
  readUserSettings,
  settingsPath,
  withOrigin,
  writeSettings,
  type UserSettings,
} from '../user-settings.js';
import { liteArguments, type LiteArguments } from './arguments.js';
import { TerminalDialogue } from './dialogue.js';
import { Session } from './session.js';
import { GREETING, USAGE, LITE_VERSION_LINE } from './texts.js';
import { LibraryWork } from './work.js';

/** Holds the session that `process.argv` asks for, and sets the exit code. */
export async function main(): Promise<void> {
  // All that is said is messages: the result is the image.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onLostMessage);
  try {
    const args = liteArguments(commandLine(process.argv));
    process.stdout.write(`${GREETING}\n`);
    if (args.help) process.stdout.write(`\n${USAGE}\n`);
    else if (args.version) process.stdout.write(`\n${LITE_VERSION_LINE}\n`);
    else process.exitCode = await hold(args);
  } catch (error) {
    process.exitCode = error instanceof JigdoError ? error.exitCode : EXIT.failed;
    writeMessage(withAnnotation('error', messageOf(error), 'jigdo-lite: '));
    if (error instanceof UsageError) writeMessage(`${USAGE}\n`);
  }
}

async function hold(args: LiteArguments): Promise<number> {
  const reporter = new ConsoleReporter('default', MESSAGES);
  const interruption = new Interruption(false);
  const { signal } = interruption;
  const dialogue = new TerminalDialogue(args.noask, signal);
  const path = settingsPath();
  let settings = readUserSettings(path, reporter);
  let written = Promise.resolve();
  const remember = (changed: UserSettings): void => {
    settings = changed;
    written = written.then(() => writeSettings(path, changed, reporter));
  };
  if (path !== undefined && (settings.jigdo !== undefined || settings.mirrors.size > 0)) {
    dialogue.say(`Loading settings from \`${display(path)}'`);
  }
  const transport = openTransport();
  try {
    return await withCacheFile(fromText(process.env.JIGDO_CACHE ?? ''), EXPIRY, reporter, async (cache) => {
      const work = new LibraryWork({
        ...{ transport, reporter, signal, cache: partCache(cache) },
        originOf: (location) => originOf(settings, location),
        // A script repeats itself, URL and all.
        rememberOrigin: (copy, url) => dialogue.isPerson && remember(withOrigin(settings, copy, url)),
      });
      // What the session remembers of itself, and what was remembered meanwhile.
      const rememberSession = (changed: UserSettings): void => remember({ ...changed, origins: settings.origins });
      return await new Session({ dialogue, work, reporter, settings, remember: rememberSession, signal }).run(args);
    });
  } catch (error) {
    reporter.finish();
    if (interruption.exitCode === undefined) throw error;
    await written;
    writeMessage('\njigdo-lite: Interrupted - repeat the command to continue\n');
    process.exit(interruption.exitCode);
  } finally {
    reporter.finish();
    interruption.release();
    await written;
    await transport.close();
    process.stdin.destroy();
  }
}
