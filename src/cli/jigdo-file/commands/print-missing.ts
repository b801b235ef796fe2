// jigdo-file print-missing and print-missing-all
import { EXIT } from '../../../errors.js';
import { printMissingLines } from '../../../rebuild/print-missing.js';
import { printLines } from '../../print-lines.js';
import { namesMissing, type Context, type OriginalCommand } from '../context.js';

/** The first place of each missing file. */
export const run: OriginalCommand = (context) => print(context, false);

/** All places. */
export const runAll: OriginalCommand = (context) => print(context, true);

async function print({ settings, reporter, print, signal }: Context, all: boolean): Promise<number> {
  const { image, jigdo, template, uris } = settings;
  if (!image || !jigdo || !template) throw namesMissing('print-missing', 'Not all of --image, --jigdo, --template');
  const lines = printMissingLines({ image, jigdo, template, uris, all, anyText: true, reporter });
  await printLines(lines, (line) => line, print, signal);
  return EXIT.ok;
}
