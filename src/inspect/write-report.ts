// The report as a file that is whole or not there.
import type { OutputFile } from '../io/output.js';
import { page } from './html/page.js';
import type { Inspection } from './types.js';

/** Characters that are gathered before they are written. */
const GATHERED = 1 << 16;

/**
 * Writes the report about some files.
 *
 * @param output the page
 * @throws JigdoError if it cannot be written
 */
export function writeReport(output: OutputFile, inspections: readonly Inspection[]): void {
  let text = '';
  for (const piece of page(inspections)) {
    text += piece;
    if (text.length < GATHERED) continue;
    output.write(Buffer.from(text));
    text = '';
  }
  output.write(Buffer.from(text));
  output.commit();
}
