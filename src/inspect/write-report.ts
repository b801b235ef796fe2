// The report as a file that is whole or not there.
import { realpathSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
import { OutputFile } from '../io/output.js';
import { ifFile } from './companions.js';
import { page } from './html/page.js';
import type { Inspection } from './types.js';

/** Characters that are gathered before they are written. */
const GATHERED = 1 << 16;

/**
 * Writes the report about some files.
 *
 * @param path the page
 * @param force whether it replaces a file of that name
 * @throws JigdoError if the file exists (without `force`) or cannot be written
 */
export function writeReport(path: ByteString, inspections: readonly Inspection[], force = false): void {
  // The file behind a symbolic link is replaced, not the link.
  const target = ifFile(path) === undefined ? path : realpathSync(toPath(path), 'buffer').toString('latin1');
  using output = new OutputFile(target, force);
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
