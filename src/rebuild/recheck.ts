// What is wrong in an IMAGE.tmp that claims to be complete, but has the wrong digest.
import { ExtentReader } from './located.js';
import { digestsOf } from './file-digest.js';
import { Pace } from './pace.js';
import type { Plan } from './plan.js';
import type { TmpFile } from './tmp-file.js';
import type { RandomAccess } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { UnmatchedData } from './unmatched.js';

/**
 * Compares everything in a .tmp with the template: marks wrong parts as missing, and writes wrong unmatched data anew.
 *
 * @param reader reads the .tmp
 * @returns how many entries were wrong
 * @throws Interrupted if the signal fires; JigdoError if the template is damaged or the disk refuses
 */
export async function recheck(
  plan: Plan,
  tmp: TmpFile,
  reader: RandomAccess,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<number> {
  const data = new UnmatchedData(plan.template);
  const pace = new Pace(signal);
  let wrong = 0;
  try {
    for (const { entry, part, offset, length, from } of plan.slices()) {
      reporter.progress('verifying files', offset, plan.length);
      if (part >= 0) {
        const { algorithm, digest } = plan.parts[part];
        const region = new ExtentReader(reader, [{ offset, length }], tmp.name);
        const digests = await digestsOf(region, [algorithm], signal);
        if (Buffer.compare(digest, digests.get(algorithm) as Uint8Array) === 0) continue;
        tmp.mark(entry, false);
        wrong++;
        continue;
      }
      let differs = false;
      let position = offset;
      for await (const chunk of data.read(from, length)) {
        const there = new Uint8Array(chunk.length);
        if (reader.read(there, position) < chunk.length || Buffer.compare(there, chunk) !== 0) {
          tmp.write(chunk, position);
          differs = true;
        }
        position += chunk.length;
        await pace.step();
      }
      if (differs) wrong++;
    }
  } finally {
    await data.close();
  }
  return wrong;
}
