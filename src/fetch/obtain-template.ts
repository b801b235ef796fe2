// The template of an image: found beside the .jigdo or in the current folder, or fetched, and checked before anybody uses it.
import { existsSync, lstatSync, statSync, truncateSync, unlinkSync } from 'node:fs';
import { EXIT, JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { TEMPLATE_MAGIC } from '../format/template.js';
import { fileDigests } from '../io/file-digests.js';
import { untilNow } from '../io/abort.js';
import { whileLocked, type OutputLock } from '../io/lock.js';
import { besideOutput, outputTarget, putInPlace } from '../io/output-place.js';
import { LeftParts } from '../io/output.js';
import { FileReader } from '../io/reader.js';
import { NetError, shownUrl } from '../net/net-error.js';
import { isRemote } from '../net/url.js';
import { openTemplateFile } from '../rebuild/open-template.js';
import { fetchFile, type FetchFileOptions } from './fetch-file.js';
import type { OfferedImage } from './offered-image.js';

/** The longest template that is fetched unless its size is announced or the user allows more, in bytes. */
const MAX_TEMPLATE_LENGTH = 4 * 1024 ** 3;

/** Where and how. */
export interface ObtainOptions extends Omit<FetchFileOptions, 'limit' | 'rawNames'> {
  /** Where the template is looked for and put: a path that ends in `/`, or empty for the current folder. */
  readonly folder: ByteString;
  /** Most bytes of a template; MAX_TEMPLATE_LENGTH by default. */
  readonly maxTemplate?: number;
}

/**
 * Makes the template of an image available.
 *
 * One on this machine is used where it is. Of one from a server, a copy in the folder is used if its checksum is right; otherwise
 * it is fetched, and a partial copy of an earlier run is completed.
 *
 * @returns its path
 * @throws JigdoError with exit code 2 if what the .jigdo points to has another checksum; otherwise if it cannot be had, or is too
 *   long, or its name is taken in the folder by something that is no template
 */
export async function obtainTemplate(image: OfferedImage, options: ObtainOptions): Promise<ByteString> {
  const { folder, reporter } = options;
  const copy = folder + image.templateName;
  const remote = image.templates.filter(isRemote);
  for (const path of [...image.templates.filter((url) => !isRemote(url)), copy]) {
    const wrong = await wrongDigest(path, image, options);
    if (wrong === undefined && hasDigests(image)) {
      if (path === copy) await new LeftParts().tidy(outputTarget(copy, { force: true }));
      return path;
    }
    // Without a checksum, the copy may be of another release: it is taken only where there is nowhere to fetch the template from.
    if (wrong === undefined && (path !== copy || remote.length === 0)) {
      reporter.warning(`the .jigdo has no checksum of its template \`${display(path)}'`);
      return path;
    }
    if (wrong !== undefined && wrong !== ABSENT && path !== copy) throw wrongTemplate(display(path), wrong);
  }
  if (remote.length === 0) throw new JigdoError(`the template \`${display(image.templates[0])}' does not exist`);
  const place = outputTarget(copy, { force: true });
  return await whileLocked(place, reporter, (lock) => download(image, place, remote, lock, options));
}

const ABSENT = 'it does not exist';

function hasDigests({ templateDigests }: OfferedImage): boolean {
  return templateDigests.size > 0;
}

/** Why a file is not the template; undefined if it is, or nobody knows. */
async function wrongDigest(
  path: ByteString,
  { templateDigests }: OfferedImage,
  { reporter, signal }: ObtainOptions,
): Promise<string | undefined> {
  if (!existsSync(toPath(path))) return ABSENT;
  if (!statSync(toPath(path)).isFile()) return 'it is not a file';
  const actual = await fileDigests(path, templateDigests.keys(), 'checking template', reporter, signal);
  for (const [hash, hex] of templateDigests) {
    if (actual.get(hash) !== hex) return `its ${hash} is ${actual.get(hash)}, but the .jigdo says ${hex}`;
  }
  return undefined;
}

/** Something else stands where the template should be. */
class WrongTemplate extends JigdoError {}

function wrongTemplate(name: string, problem: string): WrongTemplate {
  return new WrongTemplate(`${name}: this is not the template of the .jigdo: ${problem}`, { exitCode: EXIT.mismatch });
}

async function download(
  image: OfferedImage,
  copy: ByteString,
  urls: readonly ByteString[],
  lock: OutputLock,
  options: ObtainOptions,
): Promise<ByteString> {
  refuseOther(copy);
  const limit = Math.min(options.maxTemplate ?? MAX_TEMPLATE_LENGTH, image.templateSize ?? Infinity);
  const part = partOf(copy, image);
  if (lstatSync(toPath(part), { throwIfNoEntry: false })?.isFile() === false) {
    throw new JigdoError(`\`${display(part)}' is in the way: it is not a regular file - move it away`);
  }
  if (!hasDigests(image)) {
    options.reporter.warning(`the .jigdo has no checksum of its template: \`${display(copy)}' cannot be checked`);
    remove(part);
  }
  const failures: Error[] = [];
  for (const url of urls) {
    // A URL, or, as jigdo-file writes it, a name as it is.
    for (const rawNames of [false, true]) {
      try {
        await fetchRight(url, part, image, { ...options, limit, rawNames });
        await untilNow(options.signal);
        putInPlace(part, copy, { force: true });
        // Those of older contents.
        if (lock.held) new LeftParts().removeOf(copy);
        return copy;
      } catch (error) {
        const isTooLong = error instanceof NetError && error.reason === `Longer than ${limit} bytes`;
        if (!(error instanceof NetError) && !(error instanceof WrongTemplate)) throw error;
        // What is too long is not resumed, nor what cannot be checked.
        if (isTooLong || !hasDigests(image)) remove(part);
        failures.push(error);
        // Object stores refuse what is not there. Other failures do not come of the name.
        if (isTooLong || !(error instanceof NetError) || !['missing', 'refused'].includes(error.kind)) {
          if (url !== urls.at(-1)) options.reporter.warning(error.message);
          break;
        }
      }
    }
  }
  // Somewhere there was something of this name. What came before it was gone, or refused, may be continued another day.
  const isAbsence = (error: Error): boolean => error instanceof NetError && error.kind === 'missing';
  throw tooLong(failures.find((error) => !isAbsence(error)) ?? failures[0], options);
}

/**
 * Fetches a template whose checksum is right. One that is wrong is fetched once more if it was put together from several answers: a
 * partial copy may have been damaged, or the file on the server may have been replaced meanwhile.
 */
async function fetchRight(
  url: ByteString,
  part: ByteString,
  image: OfferedImage,
  options: ObtainOptions & FetchFileOptions,
): Promise<void> {
  if (hasDigests(image) && (await wrongDigest(part, image, options)) === undefined) return;
  for (const isLast of [false, true]) {
    const joined = await fetchFile(url, part, options);
    const wrong = await wrongDigest(part, image, options);
    if (wrong === undefined) return hasDigests(image) ? undefined : requireTemplate(url, part);
    if (isLast || !joined) {
      remove(part);
      throw wrongTemplate(shownUrl(url), wrong);
    }
    truncateSync(toPath(part), 0);
  }
}

/** Where no checksum tells, a page of somebody else, or half a template, must not take the template's name, in the way of the next run. */
function requireTemplate(url: ByteString, part: ByteString): void {
  try {
    openTemplateFile(part, shownUrl(url))[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof JigdoError)) throw error;
    throw new WrongTemplate(error.message, { cause: error });
  }
}

/** Other programs write templates of the same name for each new release; those may go. Anything else of that name may not. */
function refuseOther(path: ByteString): void {
  if (!existsSync(toPath(path))) return;
  using reader = new FileReader(path);
  const bytes = new Uint8Array(TEMPLATE_MAGIC.length);
  reader.read(bytes, 0);
  if (Buffer.from(bytes).toString('latin1') === TEMPLATE_MAGIC) return;
  throw new JigdoError(`\`${display(path)}' is in the way: it is not a template - move it away`);
}

/** Where a template is while it is fetched: another place for each content. */
function partOf(copy: ByteString, { templateDigests }: OfferedImage): ByteString {
  const [digest = ''] = templateDigests.values();
  return besideOutput(copy, (leaf) => `.${leaf}.${digest.slice(0, 16)}.part`);
}

function remove(path: ByteString): void {
  try {
    unlinkSync(toPath(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new JigdoError(`Could not remove \`${display(path)}': ${reasonOf(error)}`, { cause: error });
    }
  }
}

function tooLong(error: unknown, { maxTemplate = MAX_TEMPLATE_LENGTH }: ObtainOptions): unknown {
  if (!(error instanceof NetError) || error.reason !== `Longer than ${maxTemplate} bytes`) return error;
  return new JigdoError(`${error.message} (jigdo download --max-template allows more)`, { cause: error });
}
