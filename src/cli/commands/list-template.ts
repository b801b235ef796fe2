// `jigdo list-template`
import { EXIT } from '../../errors.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { templateName } from '../names.js';
import { printTemplate } from '../print-template.js';

export async function run(args: CommandArguments, { reporter, print, signal }: CommandContext): Promise<number> {
  await printTemplate(templateName(args), args.flag('hex'), reporter, print, signal);
  return EXIT.ok;
}
