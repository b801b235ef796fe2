// jigdo-file list-template
import { EXIT } from '../../../errors.js';
import { printTemplate } from '../../print-template.js';
import { UsageError } from '../../usage-error.js';
import type { Context } from '../context.js';

export async function run({ settings: { template, hex }, reporter, print, signal }: Context): Promise<number> {
  if (!template) throw new UsageError('list-template: --template not specified.');
  if (template === '-') throw new UsageError('list-template: Sorry, cannot read from standard input.');
  await printTemplate(template, hex, reporter, print, signal);
  return EXIT.ok;
}
