// make-image: from a template and the files it needs to the image.
import type { Writable } from 'node:stream';
import { expectDigest } from '../checksum/stream/client.js';
import type { ByteString } from '../format/bytes.js';
import { abortable } from '../io/abort.js';
import { checkOutput, outputTarget, refuseInput } from '../io/output-place.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import { standardOutput } from '../io/standard-output.js';
import { filesOf, type FileSource } from '../tree/types.js';
import { fileImage, type PartFetcher } from './file-image.js';
import { openTemplateFile } from './open-template.js';
import type { MakeImageResult } from './image-result.js';
import { tidyImage } from './left-image.js';
import { Plan } from './plan.js';
import type { PartCache } from './sources.js';
import { streamImage } from './stream-image.js';

export type { MakeImageResult } from './image-result.js';
export type { PartFetcher } from './file-image.js';

/** What make-image is to do. */
export interface MakeImageOptions {
  /** The image to make; `-` streams it to `output`. */
  readonly image: ByteString;
  /** The template; `-` is standard input, which must then be a file. */
  readonly template: ByteString;
  /** Where parts may be: files, and images that contain files. */
  readonly files: FileSource;
  /** Replaces an existing image, and an IMAGE.tmp that belongs to something else. */
  readonly force?: boolean;
  /** Whether parts are checked while they are copied (default: yes). Without, they are all checked before. */
  readonly checkFiles?: boolean;
  /** Brings the parts that are not among the files, as a download does. Not for the image `-`. */
  readonly fetch?: PartFetcher;
  /** More digests of the image that are wanted, by node:crypto's names: computed in the same pass. Not for the image `-`. */
  readonly otherDigests?: readonly string[];
  /** Told how many files the image needs, before any is looked at. */
  readonly onPlan?: (needed: number) => void;
  readonly cache?: PartCache;
  readonly reporter?: Reporter;
  /** Stops the work; a resumable IMAGE.tmp stays. */
  readonly signal?: AbortSignal;
  /** For the image `-`; standard output by default. */
  readonly output?: Writable;
}

/**
 * Rebuilds an image (docs/spec/cli-behaviour.md 6).
 *
 * The image is written to IMAGE.tmp, beside it; an IMAGE.tmp of an earlier run, or of jigdo-file, is completed. Each part is
 * checked against its digest while it is copied, and the whole image before it gets its name. What is missing, or turns out
 * to be wrong, is zeros in IMAGE.tmp, and marked as needed.
 *
 * Unlike the original, an IMAGE.tmp that a killed run left before it could be of use is made anew without `force`, and a
 * template that turns out to be damaged leaves none.
 *
 * @throws JigdoError with exit code 3 if the image exists, another run is at work on it, the template is damaged, the disk is
 *   full...; 2 if all parts are right, but the image's digest is not (IMAGE.tmp stays); the signal's reason if it fired
 */
export async function makeImage(options: MakeImageOptions): Promise<MakeImageResult> {
  return await abortable(options.signal, () => make(options));
}

async function make(options: MakeImageOptions): Promise<MakeImageResult> {
  const { force = false, checkFiles = true, cache, reporter = SILENT, signal } = options;
  const image = options.image === '-' ? '-' : await placeOf(options.image, force);
  if (image !== '-') refuseInput(image, options.template, 'the template');
  using reader = openTemplateFile(options.template);
  const plan = new Plan(reader.template);
  // While the files are listed. What is fetched takes longer to come.
  if (image !== '-' && !options.fetch) expectDigest(plan.length);
  // Whether all unmatched data is there shows before anything is written.
  reader.template.sections.at(0);
  const files = await filesOf(options.files);
  options.onPlan?.(plan.parts.length);
  const work = { plan, files, checkFiles, cache, reporter, signal };
  return image === '-'
    ? await streamImage({ ...work, output: options.output ?? standardOutput() })
    : await fileImage({ ...work, image, force, fetch: options.fetch, otherDigests: options.otherDigests ?? [] });
}

/** Where the image goes; what was left beside one that is there is removed. */
async function placeOf(image: ByteString, force: boolean): Promise<ByteString> {
  const target = outputTarget(image, { force: true });
  checkOutput(target);
  await tidyImage(target);
  return outputTarget(image, { force });
}
