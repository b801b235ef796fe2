// jigdo-file list-template
import { EXIT } from '../../../errors.js';
import { printTemplate } from '../../print-template.js';
import { UsageError } from '../../usage-error.js';
import type { Context } from '../context.js';

export function run({ settings: { template, hex }, reporter, print }: Context): number {
  if (!template) throw new UsageError('list-template: --template not specified.');
  if (template === '-') throw new UsageError('list-template: Sorry, cannot read from standard input.');
  printTemplate(template, hex, reporter, print);
  return EXIT.ok;
}
