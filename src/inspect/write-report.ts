// The report as a file that is whole or not there.
import { untilNow } from '../io/abort.js';
import type { OutputFile } from '../io/output.js';
import { Pace } from '../rebuild/pace.js';
import { page } from './html/page.js';
import type { Inspection } from './types.js';

/** Characters that are gathered before they are written. */
const GATHERED = 1 << 16;

/**
 * Writes the report about some files.
 *
 * @param output the page
 * @throws JigdoError if it cannot be written, or is interrupted
 */
export async function writeReport(
  output: OutputFile,
  inspections: readonly Inspection[],
  signal?: AbortSignal,
): Promise<void> {
  const pace = new Pace(signal);
  let text = '';
  for (const piece of page(inspections)) {
    text += piece;
    if (text.length < GATHERED) continue;
    output.write(Buffer.from(text));
    text = '';
    await pace.step();
  }
  output.write(Buffer.from(text));
  await untilNow(signal);
  output.commit();
}
