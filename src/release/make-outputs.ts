// One image of a release: its .jigdo and template made, checked, and put on record.
import type { Cache } from '../cache/types.js';
import type { Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import { display, toHex } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { makeTemplate } from '../make/make-template.js';
import { poorShare } from '../make/matched-share.js';
import type { TreeFile } from '../tree/types.js';
import type { ReleaseConfig } from './config.js';
import { fileAt, stateOf, stillTheSame } from './file-state.js';
import type { ReleaseImage } from './images.js';
import { OtherDigests } from './other-digests.js';
import { recipeOf, writeRecord, type ImageRecord } from './record.js';
import { prefixOf } from './trees.js';

export interface MakeOutputsOptions {
  readonly config: ReleaseConfig;
  /** Of all trees, in scan order. */
  readonly files: readonly TreeFile[];
  /** Digest of their listing. */
  readonly listing: string;
  readonly cache: Cache;
  readonly jobs: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Makes the outputs of an image, replacing older ones.
 *
 * @throws JigdoError as makeTemplate does, or if the record cannot be written; the signal's reason
 */
export async function makeOutputs(image: ReleaseImage, options: MakeOutputsOptions): Promise<ImageRecord> {
  const { config, files, listing, cache, jobs, reporter, signal } = options;
  const { algorithm, compression, level, minLength, minMatched, check } = config.options;
  const jigdo = `${config.output}/${image.jigdo}`;
  const template = `${config.output}/${image.template}`;
  const before = mustBe(image.path);
  const listed = new Set<Algorithm>([algorithm, ...config.sums]);
  const known = cache.lookup(before);
  await using others = new OtherDigests(
    before,
    [...listed].filter((each) => each !== algorithm && !known?.[each]),
  );
  const result = await makeTemplate({
    image: image.path,
    jigdo,
    template,
    files,
    exclude: config.options.exclude,
    labels: new Map(config.trees.map((tree) => [prefixOf(tree), tree.label])),
    uris: new Map(config.trees.map(({ label, servers }) => [label, servers])),
    algorithm,
    compression,
    level,
    minLength,
    minMatched,
    cache,
    force: true,
    check,
    jobs,
    reporter,
    signal,
  });
  const poor = minMatched === undefined ? poorShare({ ...result, length: result.image.length }) : undefined;
  if (poor !== undefined) reporter.warning(poor);
  const digests = { [algorithm]: toHex(result.image.digest), ...(await others.values()) };
  const read = await stateOf(before, listed, { cache, signal, known: digests });
  // Another name or mode is no other content.
  const state = await stillTheSame(image.path, read, { cache, signal });
  if (!state) throw new JigdoError(`${display(image.path)}: the image changed while it was read: try again`);
  const record: ImageRecord = {
    version: 1,
    recipe: recipeOf(config, image),
    checked: result.checked,
    image: state,
    jigdo: await stateOf(mustBe(jigdo), listed, { cache, signal }),
    template: await stateOf(mustBe(template), listed, {
      cache,
      signal,
      known: { [algorithm]: toHex(result.template.digest) },
    }),
    tree: { listing },
    made: { matched: result.matched, parts: result.parts, seconds: result.seconds, left: result.left },
  };
  await writeRecord(config, image, record);
  return record;
}

function mustBe(path: string): TreeFile {
  const file = fileAt(path);
  if (!file) throw new JigdoError(`Could not open \`${display(path)}' for input: No such file or directory`);
  return file;
}
