// `jigdo print-missing` and `jigdo print-missing-all`
import { EXIT } from '../../errors.js';
import type { ByteString } from '../../format/bytes.js';
import { withoutSecrets } from '../../format/secrets.js';
import { printMissingLines } from '../../rebuild/print-missing.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { allNames } from '../names.js';
import { printLines } from '../print-lines.js';

export function run(args: CommandArguments, context: CommandContext): number {
  return printMissing(args, context, false);
}

export function runAll(args: CommandArguments, context: CommandContext): number {
  return printMissing(args, context, true);
}

function printMissing(args: CommandArguments, { reporter, print }: CommandContext, all: boolean): number {
  const lines = printMissingLines({ ...allNames(args), uris: args.list('uri'), all, reporter });
  let secrets = false;
  const lineOf = (line: ByteString): ByteString => {
    const shown = withoutSecrets(line);
    secrets ||= shown !== line;
    return shown;
  };
  printLines(lines, lineOf, (text) => print(Buffer.from(text, 'latin1')));
  if (secrets)
    reporter.warning("Passwords are left out of the URLs: `jigdo-file print-missing' writes them as they are");
  return EXIT.ok;
}
