// `jigdo print-missing` and `jigdo print-missing-all`
import { EXIT } from '../../errors.js';
import type { ByteString } from '../../format/bytes.js';
import { withoutSecrets } from '../../format/secrets.js';
import { printMissingLines } from '../../rebuild/print-missing.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { allNames } from '../names.js';
import { printLines } from '../print-lines.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  return await printMissing(args, context, false);
}

export async function runAll(args: CommandArguments, context: CommandContext): Promise<number> {
  return await printMissing(args, context, true);
}

async function printMissing(
  args: CommandArguments,
  { reporter, print, signal }: CommandContext,
  all: boolean,
): Promise<number> {
  const lines = printMissingLines({ ...allNames(args), uris: args.list('uri'), all, reporter });
  let secrets = false;
  const lineOf = (line: ByteString): ByteString => {
    const shown = withoutSecrets(line);
    secrets ||= shown !== line;
    return shown;
  };
  await printLines(lines, lineOf, (text) => print(Buffer.from(text, 'latin1')), signal);
  if (secrets)
    reporter.warning("Passwords are left out of the URLs: `jigdo-file print-missing' writes them as they are");
  return EXIT.ok;
}
