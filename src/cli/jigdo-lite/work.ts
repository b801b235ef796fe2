// The work of a session, by the library: images and their templates go to the current folder.
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { JigdoError } from '../../errors.js';
import { display, toPath, type ByteString } from '../../format/bytes.js';
import { download } from '../../fetch/download.js';
import { isFile } from '../../io/is-file.js';
import { OutputFile } from '../../io/output.js';
import { safeName } from '../../fetch/image-name.js';
import { loadJigdo, type JigdoSource } from '../../fetch/jigdo-source.js';
import { obtainTemplate } from '../../fetch/obtain-template.js';
import type { OfferedImage } from '../../fetch/offered-image.js';
import { NET_DEFAULTS } from '../../net/settings.js';
import type { Transport } from '../../net/transport.js';
import { isRemote, leafOfUrl, unescape } from '../../net/url.js';
import { makeImage } from '../../rebuild/make-image.js';
import type { PartCache } from '../../rebuild/sources.js';
import { walkTree } from '../../tree/walk.js';
import { verifyImage } from '../../verify/verify-image.js';
import type { ConsoleReporter } from '../console-reporter.js';
import { resultLines } from '../download-report.js';
import { leftByOriginal } from '../left-by-original.js';
import type { Work } from './session.js';

/** The current folder, as the beginning of a path. */
const HERE: ByteString = '';

/** What the library needs. */
export interface WorkOptions {
  readonly transport: Transport;
  readonly reporter: ConsoleReporter;
  readonly signal: AbortSignal;
  readonly cache: PartCache;
  /** Where a copy of a .jigdo came from, if that is known. */
  readonly originOf: (path: ByteString) => ByteString | undefined;
  /** Remembers it. */
  readonly rememberOrigin: (path: ByteString, url: ByteString) => void;
}

/** Does what a session asks for. */
export class LibraryWork implements Work<JigdoSource> {
  readonly #options: WorkOptions;

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  async load(location: ByteString): Promise<JigdoSource> {
    const { reporter, originOf, rememberOrigin } = this.#options;
    const source = await loadJigdo(location, this.#options, originOf(location));
    const copy = isRemote(location) ? await keep(source, reporter) : undefined;
    if (copy !== undefined) rememberOrigin(copy, location);
    return source;
  }

  exists({ name }: OfferedImage): boolean {
    return lstatSync(toPath(name), { throwIfNoEntry: false }) !== undefined;
  }

  async scan(_source: JigdoSource, image: OfferedImage, paths: readonly ByteString[]): Promise<boolean> {
    const { cache, reporter, signal } = this.#options;
    if (!paths.some((path) => existsSync(toPath(path)))) {
      throw new JigdoError(`There is no ${paths.map((path) => `\`${display(path)}'`).join(', ')}: nothing was scanned`);
    }
    const template = await this.#template(image);
    const files = await walkTree(paths, { literal: true, reporter, signal });
    const { status } = await makeImage({ image: image.name, template, files, cache, reporter, signal });
    reporter.finish();
    return status === 'created';
  }

  async download(source: JigdoSource, offer: OfferedImage, mirrors: readonly ByteString[]): Promise<number> {
    const { reporter } = this.#options;
    const files = await leftByOriginal(offer.name, reporter, this.#options.signal);
    const options = { ...this.#options, settings: NET_DEFAULTS, folder: HERE, lists: [], files, force: false };
    const result = await download({ ...options, source, offer, mirrors });
    reporter.finish();
    for (const line of resultLines(result, process.stderr.isTTY)) reporter.info(line);
    return result.exitCode;
  }

  async verify(_source: JigdoSource, image: OfferedImage): Promise<number> {
    const { reporter } = this.#options;
    const template = await this.#template(image);
    const { exitCode } = await verifyImage({ ...this.#options, image: image.name, template });
    reporter.finish();
    return exitCode;
  }

  async #template(image: OfferedImage): Promise<ByteString> {
    const path = await obtainTemplate(image, { ...this.#options, folder: HERE });
    this.#options.reporter.finish();
    return path;
  }
}

/** Keeps a .jigdo in the current folder, so that it can be named to resume the download. Returns its name there. */
async function keep({ url, bytes }: JigdoSource, reporter: ConsoleReporter): Promise<ByteString | undefined> {
  try {
    const name = safeName(unescape(leafOfUrl(url)), 'name', display(url));
    if (isFile(name) && readFileSync(toPath(name)).equals(bytes)) return name;
    using output = await OutputFile.open(name, { reporter });
    output.write(bytes);
    output.commit();
    return name;
  } catch {
    reporter.warning(
      `The .jigdo was not kept in the current folder: repeat the command with its URL to resume the download`,
    );
    return undefined;
  }
}
