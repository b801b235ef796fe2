// Download: from a .jigdo, wherever it is, to the images that it offers.
import { existsSync } from 'node:fs';
import { DIGESTS } from '../checksum/algorithm.js';
import { EXIT, JigdoError, type ExitCode } from '../errors.js';
import { display, toHex, toPath, type ByteString } from '../format/bytes.js';
import { folderOf } from '../format/paths.js';
import { PartLookup } from '../format/jigdo-lookup.js';
import type { PartEntry } from '../format/template.js';
import { abortable } from '../io/abort.js';
import { fileDigests } from '../io/file-digests.js';
import { inFile } from '../io/in-file.js';
import { outputTarget, putInPlace, refuseInput } from '../io/output-place.js';
import { shownUrl } from '../net/net-error.js';
import type { NetSettings } from '../net/settings.js';
import { isRemote, leafOfUrl, unescape } from '../net/url.js';
import { tidyRightImage } from '../rebuild/left-image.js';
import { openTemplateFile } from '../rebuild/open-template.js';
import { preferredImage } from '../rebuild/preferred-image.js';
import { checkBytes, checkFile, requireListed } from '../trust/check-file.js';
import { compareDigests, expectationsOf, type Expectation } from '../trust/expectation.js';
import { HASH_LABEL, type HashName } from '../trust/hash.js';
import type { LoadedList } from '../trust/sum-list.js';
import { candidatesOf } from './candidates.js';
import { checkAnnounced, checkRoom } from './check-template.js';
import { downloadImage, type DownloadImageOptions } from './download-image.js';
import type { Attempt, FetchReport } from './fetch-report.js';
import type { JigdoSource } from './jigdo-source.js';
import { obtainTemplate } from './obtain-template.js';
import type { OfferedImage } from './offered-image.js';

/** What to download, and how. */
export interface DownloadOptions extends Pick<
  DownloadImageOptions,
  'files' | 'transport' | 'cache' | 'onEvent' | 'onPlan'
> {
  readonly source: JigdoSource;
  /** One of the source's. */
  readonly offer: OfferedImage;
  /** Where to put image and template: a path that ends in `/`, or empty for the current folder. */
  readonly folder: ByteString;
  /** The image's path, if not the offered name in the folder. */
  readonly image?: ByteString;
  /** Lines `LABEL=URL`: servers that are tried before those of the .jigdo. */
  readonly mirrors: readonly ByteString[];
  /** Checksum lists that must have the image; .jigdo and template are compared if they have them. */
  readonly lists: readonly LoadedList[];
  readonly settings: NetSettings;
  /** Most bytes of a template (`ObtainOptions`). */
  readonly maxTemplate?: number;
  readonly force: boolean;
  readonly reporter: Required<DownloadImageOptions>['reporter'];
  readonly signal: AbortSignal;
}

/** A part that nobody had. */
export interface MissingFile {
  readonly part: PartEntry;
  readonly attempts: readonly Attempt[];
}

/** What came of one image. */
export interface DownloadResult {
  readonly image: ByteString;
  /** `present`: it was there before, and is right. */
  readonly status: 'created' | 'present' | 'incomplete' | 'nothing';
  /** 0 there and right, 1 parts are missing. */
  readonly exitCode: ExitCode;
  readonly missing: readonly MissingFile[];
  /** What the .jigdo includes that could not be had, and why: it may have told of more places. */
  readonly absent: readonly string[];
  readonly rounds: readonly FetchReport[];
}

/**
 * Makes one image of a .jigdo: gets its template, takes parts from files, fetches the rest, and checks what came of it.
 *
 * @throws JigdoError with exit code 2 if something has other content than the .jigdo or a checksum list says; an image that only
 *   then turns out to be wrong is moved to IMAGE.bad. Otherwise as `loadJigdo`, `obtainTemplate`, `downloadImage`
 */
export async function download(options: DownloadOptions): Promise<DownloadResult> {
  return await abortable(options.signal, () => downloadOne(options));
}

async function downloadOne(options: DownloadOptions): Promise<DownloadResult> {
  const { source, offer, mirrors, lists, settings, force } = options;
  const image = placeOf(options);
  const name = leafOfUrl(source.url);
  checkBytes(lists, isRemote(source.url) ? unescape(name) : name, source.bytes);
  requireListed(lists, offer.name);
  const isThere = !force && existsSync(toPath(image));
  if (!isThere && offer.imageSize !== undefined)
    checkRoom(shownUrl(source.url), offer.imageSize, folderOf(image), `${image}.tmp`);
  const template = await obtainTemplate(offer, { ...options, retries: settings.retries });
  const known = await examine(template, isThere ? undefined : image, options);
  const asked = [...expectationsOf(lists, offer.name), ...announced(options)].map(({ hash }) => hash);
  const others = [...new Set(asked)].filter((hash) => !known.has(hash));
  if (isThere) return await present(image, known, others, options);
  const lookup = inFile(shownUrl(source.url), () => new PartLookup(source, mirrors));
  const own = mirrors.map((line) => line.slice(line.indexOf('=') + 1));
  const result = await downloadImage({
    ...options,
    image,
    template,
    otherDigests: others,
    candidates: (part, parts) =>
      inFile(shownUrl(source.url), () => candidatesOf(lookup, part, { bases: source.bases, mirrors: own, parts })),
  });
  if (result.status === 'created') {
    for (const [hash, digest] of result.digests ?? []) known.set(hash as HashName, toHex(digest));
    await check(image, known, options);
  }
  const attempts = new Map(result.rounds.at(-1)?.missing.map(({ entry, attempts }) => [entry, attempts]));
  const missing = result.missing.map((part) => ({ part, attempts: attempts.get(part) ?? [] }));
  return {
    image,
    status: result.status,
    exitCode: result.exitCode,
    missing,
    absent: source.absent,
    rounds: result.rounds,
  };
}

/** Where the image goes, and, if it is wrong, may go: decided before anything is fetched. */
function placeOf({ source, image, folder, offer, force }: DownloadOptions): ByteString {
  const path = image ?? folder + offer.name;
  const place = outputTarget(path, { force: true });
  outputTarget(`${place}.bad`, { force: true });
  if (!isRemote(source.url)) refuseInput(place, source.url, 'the .jigdo');
  // A link that leads nowhere is in the way; an image that is there may be right.
  return existsSync(toPath(place)) ? place : outputTarget(path, { force });
}

/**
 * Looks at the template before anything large is done: returns the digest that the image will have.
 *
 * @param image undefined if it is there already
 */
async function examine(
  path: ByteString,
  image: ByteString | undefined,
  { offer, lists, reporter, signal }: DownloadOptions,
): Promise<Map<HashName, string>> {
  if (expectationsOf(lists, offer.templateName).length > 0) {
    await checkFile(lists, offer.templateName, path, { reporter, signal });
  }
  using file = openTemplateFile(path);
  const { template } = file;
  checkAnnounced(template, offer);
  if (image !== undefined) checkRoom(template.name, template.images[0].length, folderOf(image), `${image}.tmp`);
  const known = new Map<HashName, string>(template.images.map(({ algorithm, digest }) => [algorithm, toHex(digest)]));
  if (lists.length > 0) compareDigests(`the image of ${template.name}`, expectationsOf(lists, offer.name), known);
  const { algorithm } = preferredImage(template);
  if (lists.length === 0 && DIGESTS[algorithm].weak && offer.imageDigests.size === 0) {
    reporter.warning(`${DIGESTS[algorithm].title} is all that proves this image: it tells damage, but not forgery`);
  }
  return known;
}

/** An image that is there already is right, or in the way. */
async function present(
  image: ByteString,
  known: ReadonlyMap<HashName, string>,
  others: readonly HashName[],
  options: DownloadOptions,
): Promise<DownloadResult> {
  const { lists, offer, reporter, signal } = options;
  const actual = await fileDigests(image, [...known.keys(), ...others], 'verifying image', reporter, signal);
  if ([...known].some(([hash, hex]) => actual.get(hash) !== hex)) {
    throw new JigdoError(
      `Output file \`${display(image)}' already exists, and is another image - delete it or use --force`,
    );
  }
  await tidyRightImage(image, (line) => reporter.warning(line));
  reporter.info(`\`${display(image)}' is there already, and is right`);
  await checkFile(lists, offer.name, image, { reporter, signal, known: actual, announced: announced(options) });
  return { image, status: 'present', exitCode: EXIT.ok, missing: [], absent: options.source.absent, rounds: [] };
}

/** Compares a new image with all that is said of it. */
async function check(image: ByteString, known: ReadonlyMap<HashName, string>, options: DownloadOptions): Promise<void> {
  const { lists, offer, reporter, signal } = options;
  try {
    await checkFile(lists, offer.name, image, { reporter, signal, known, announced: announced(options) });
  } catch (error) {
    if (!(error instanceof JigdoError) || error.exitCode !== EXIT.mismatch) throw error;
    putInPlace(image, outputTarget(`${image}.bad`, { force: true }), { force: true });
    throw new JigdoError(`${error.message}; the image is kept as \`${display(image)}.bad'`, {
      exitCode: EXIT.mismatch,
      cause: error,
    });
  }
}

/** What the comments of libjte say of the image. */
function announced({ source, offer }: DownloadOptions): Expectation[] {
  const hashes = Object.keys(HASH_LABEL) as HashName[];
  return hashes.flatMap((hash) => {
    const hex = offer.imageDigests.get(hash.toUpperCase());
    return hex === undefined ? [] : [{ hash, hex, source: shownUrl(source.url) }];
  });
}
