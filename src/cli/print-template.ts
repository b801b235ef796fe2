// list-template, whichever program runs it.
import type { ByteString } from '../format/bytes.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { templateLines } from '../rebuild/list-template.js';
import { openTemplate } from '../rebuild/template-file.js';
import { printLines } from './print-lines.js';

/**
 * Prints what a template, or a .tmp, consists of.
 *
 * @throws JigdoError if the file cannot be read, or its DESC section is damaged; Interrupted if the signal fires
 */
export async function printTemplate(
  path: ByteString,
  hex: boolean,
  reporter: Reporter,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  using file = new FileReader(path);
  const template = openTemplate(file);
  if (!template.header) reporter.info('Warning: This does not seem to be a template file');
  await printLines(templateLines(template, hex), (line) => line, print, signal);
}
