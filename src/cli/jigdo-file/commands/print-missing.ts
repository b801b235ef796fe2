// jigdo-file print-missing and print-missing-all
import { EXIT } from '../../../errors.js';
import { missingLines } from '../../../rebuild/print-missing.js';
import { printLines } from '../../print-lines.js';
import { namesMissing, type Context, type Run } from '../context.js';

/** The first place of each missing file. */
export const run: Run = (context) => print(context, false);

/** All places. */
export const runAll: Run = (context) => print(context, true);

function print({ settings, reporter, print }: Context, all: boolean): number {
  const { image, jigdo, template, uris } = settings;
  if (!image || !jigdo || !template) throw namesMissing('print-missing', 'Not all of --image, --jigdo, --template');
  printLines(missingLines({ image, jigdo, template, uris, all, anyText: true, reporter }), (line) => line, print);
  return EXIT.ok;
}
