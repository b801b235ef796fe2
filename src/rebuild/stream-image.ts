// An image straight to standard output: all or nothing, since nothing can be taken back.
import type { Writable } from 'node:stream';
import { DIGESTS } from '../checksum/algorithm.js';
import { RunningDigests } from '../checksum/running-digests.js';
import { EXIT, JigdoError, outputProblem } from '../errors.js';
import type { Reporter } from '../io/reporter.js';
import type { TreeFile } from '../tree/types.js';
import { PartCopier } from './copy-part.js';
import type { MakeImageResult } from './image-result.js';
import { Pace } from './pace.js';
import type { Plan } from './plan.js';
import { contradiction, otherFamilies, preferredImage } from './preferred-image.js';
import { tally, tallyLine } from './search-result.js';
import { findParts, type Found, type PartCache } from './sources.js';
import { UnmatchedData } from './unmatched.js';

/** What is needed for streaming. */
export interface StreamImageOptions {
  readonly plan: Plan;
  readonly files: Iterable<TreeFile>;
  readonly checkFiles: boolean;
  readonly cache: PartCache | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  readonly output: Writable;
}

/**
 * Writes an image to a stream, if all parts are there. They are verified before the first byte is written, and again while
 * they are copied.
 *
 * @throws JigdoError with exit code 3 if parts are missing (nothing is written then), 2 if a file changed meanwhile or the
 *   image's digest turns out wrong
 */
export async function streamImage(options: StreamImageOptions): Promise<MakeImageResult> {
  const { plan, files, cache, reporter, signal } = options;
  const found = await findParts(plan, files, { strict: true, cache, reporter, signal });
  const counts = tally(plan, found, () => false);
  reporter.info(tallyLine(counts));
  if (counts.found < counts.needed) throw new JigdoError('Cannot create image because of missing files');
  const sink = new Sink(options.output);
  const image = preferredImage(plan.template);
  const hashes = new RunningDigests(image.algorithm, otherFamilies(plan.template));
  await rebuildInto(options, found, async (bytes, position) => {
    hashes.update(bytes);
    await sink.write(bytes);
    reporter.progress('writing image', position + bytes.length, plan.length);
  });
  if (Buffer.compare(hashes.digest(), image.digest) !== 0) {
    throw new JigdoError(`Error: the ${DIGESTS[image.algorithm].title} of the image is not that of the template`, {
      exitCode: EXIT.mismatch,
    });
  }
  const doubt = contradiction(plan.template, hashes.others());
  if (doubt !== undefined) reporter.warning(doubt);
  reporter.info("Successfully created `-'");
  return { status: 'created', exitCode: EXIT.ok, ...counts, missing: [] };
}

/**
 * Produces the bytes of an image, from the first to the last.
 *
 * @param found the place of each part
 * @param write is given bytes (valid until its promise is settled) and their offset in the image
 * @throws JigdoError with exit code 2 if a file is not the part any more (with `checkFiles`), or cannot be read
 */
export async function rebuildInto(
  { plan, checkFiles, signal }: Pick<StreamImageOptions, 'plan' | 'checkFiles' | 'signal'>,
  found: ReadonlyMap<number, Found>,
  write: (bytes: Uint8Array, position: number) => Promise<void>,
): Promise<void> {
  const pace = new Pace(signal);
  const copier = new PartCopier(checkFiles, pace);
  const data = new UnmatchedData(plan.template);
  try {
    for (const { part, from, offset, length } of plan.slices()) {
      if (part < 0) {
        let position = offset;
        for await (const chunk of data.read(from, length)) {
          await write(chunk, position);
          position += chunk.length;
          await pace.step();
        }
        continue;
      }
      const { located } = found.get(part) as Found;
      const outcome = await copier.copy(located, plan.parts[part], (bytes, at) => write(bytes, offset + at));
      if (outcome.kind !== 'copied') throw new JigdoError(outcome.problem, { exitCode: EXIT.mismatch });
    }
  } finally {
    await data.close();
  }
}

/** A stream that takes buffers which are reused as soon as `write` is done. */
class Sink {
  readonly #output: Writable;

  constructor(output: Writable) {
    this.#output = output;
    // Errors come through the callback, too; an event that nobody listens to would end the process.
    output.on('error', () => {});
  }

  async write(bytes: Uint8Array): Promise<void> {
    const error = await new Promise<Error | null | undefined>((resolve) => this.#output.write(bytes, resolve));
    if (error) throw outputProblem('Error writing to standard output', error);
  }
}
