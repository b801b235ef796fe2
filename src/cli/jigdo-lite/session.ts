// A session: from a URL to an image, by questions and answers.
import { EXIT, JigdoError } from '../../errors.js';
import { display, type ByteString } from '../../format/bytes.js';
import type { JigdoEntries } from '../../format/jigdo-lookup.js';
import type { OfferedImage } from '../../fetch/offered-image.js';
import { isRemote } from '../../net/url.js';
import type { Reporter } from '../../io/reporter.js';
import { messageOf } from '../failures.js';
import { defaultMirror, labelsWithoutServer, mirrorOf } from '../label-mirrors.js';
import { withScanned, type UserSettings } from '../user-settings.js';
import type { LiteArguments } from './arguments.js';
import type { Dialogue } from './dialogue.js';
import { enumerate } from './enumerate.js';
import * as texts from './texts.js';

/** A .jigdo that is at hand. */
export interface SessionOffer extends JigdoEntries {
  readonly images: readonly OfferedImage[];
}

/** The work behind the words. Tells what it does by itself; throws JigdoError. */
export interface Work<Source extends SessionOffer> {
  load(location: ByteString): Promise<Source>;
  /** Whether there is a file of the image's name already. */
  exists(image: OfferedImage): boolean;
  /** Takes parts from folders, files and images. Returns whether the image is complete. */
  scan(source: Source, image: OfferedImage, paths: readonly ByteString[]): Promise<boolean>;
  /** Fetches the rest. Returns the exit code. */
  download(source: Source, image: OfferedImage, mirrors: readonly ByteString[]): Promise<number>;
  /** Compares the image with its template. Returns the exit code. */
  verify(source: Source, image: OfferedImage): Promise<number>;
}

/** What a session needs. */
export interface SessionOptions<Source extends SessionOffer> {
  readonly dialogue: Dialogue;
  readonly work: Work<Source>;
  readonly reporter: Reporter;
  readonly settings: UserSettings;
  /** Called when there is something new to remember. */
  readonly remember: (settings: UserSettings) => void;
  readonly signal: AbortSignal;
}

/** One session. */
export class Session<Source extends SessionOffer> {
  readonly #options: SessionOptions<Source>;
  #settings: UserSettings;
  /** Labels that were asked for in this session: once is enough. */
  readonly #asked = new Set<ByteString>();

  constructor(options: SessionOptions<Source>) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /**
   * Holds the session.
   *
   * @returns the exit code: of several images, the worst
   * @throws JigdoError if nothing is to be done, or with exit code 130 if the signal fires
   */
  async run({ words, scan }: LiteArguments): Promise<number> {
    const { dialogue, reporter, signal } = this.#options;
    const asked = words.length > 0 ? words : await this.#whichJigdo();
    const locations = asked.flatMap(enumerate).filter((word) => word !== '');
    if (locations.length === 0) throw new JigdoError('Which image? Name the URL or the file of its .jigdo');
    this.#remember({ ...this.#settings, jigdo: asked.join(' ') });
    const batch = locations.length > 1;
    if (batch) {
      dialogue.say(`${texts.RULE}\nYou have asked me to process several files/URLs:`);
      for (const location of locations) dialogue.say(`  ${display(location)}`);
      dialogue.say('\nEntering batch mode');
    }
    let exitCode: number = EXIT.ok;
    for (const location of locations) {
      try {
        exitCode = Math.max(exitCode, await this.#process(location, batch, scan));
      } catch (error) {
        if (signal.aborted) throw new JigdoError('Interrupted', { exitCode: EXIT.interrupted, cause: error });
        if (!batch) throw error;
        reporter.warning(`jigdo-lite: ${messageOf(error)}`);
        exitCode = Math.max(exitCode, error instanceof JigdoError ? error.exitCode : EXIT.failed);
      }
    }
    return exitCode;
  }

  async #whichJigdo(): Promise<ByteString[]> {
    const { dialogue } = this.#options;
    const { jigdo } = this.#settings;
    dialogue.say(texts.WHICH_JIGDO);
    const answer = await dialogue.ask(prompt('jigdo', jigdo));
    return (answer || jigdo || '').split(/[ \t]+/);
  }

  async #process(location: ByteString, batch: boolean, scan: readonly ByteString[]): Promise<number> {
    const { dialogue, work } = this.#options;
    if (isRemote(location)) dialogue.say('\nDownloading .jigdo file');
    const source = await work.load(location);
    let exitCode: number = EXIT.ok;
    for (const image of await this.#choose(location, source.images, batch)) {
      if (batch) dialogue.say(`${texts.RULE}\nBatch mode: Will download \`${display(image.name)}'`);
      exitCode = Math.max(exitCode, await this.#make(source, image, scan));
    }
    return exitCode;
  }

  /** The images to make: the only one, the one that is chosen, or where nobody chooses, all. */
  async #choose(
    location: ByteString,
    images: readonly OfferedImage[],
    batch: boolean,
  ): Promise<readonly OfferedImage[]> {
    const { dialogue } = this.#options;
    for (;;) {
      dialogue.say(`${texts.RULE}\nImages offered by \`${display(location)}':`);
      for (const [i, { name, shortInfo }] of images.entries()) {
        const title = shortInfo.trim();
        dialogue.say(`  ${i + 1}: ${title === '' ? display(name) : `${display(title)} (${display(name)})`}`);
      }
      if (images.length === 1 || batch || !dialogue.interactive) return images;
      const answer = await dialogue.ask('Number of image to download: ');
      this.#options.signal.throwIfAborted();
      const chosen = /^\d{1,9}$/.test(answer) ? images.at(Number(answer) - 1) : undefined;
      if (chosen && Number(answer) > 0) {
        if (chosen.info.trim() !== '') dialogue.say(`\n${display(chosen.info.trim())}`);
        return [chosen];
      }
    }
  }

  async #make(source: Source, image: OfferedImage, scan: readonly ByteString[]): Promise<number> {
    const { dialogue, work } = this.#options;
    const complete = !work.exists(image) && (await this.#scan(source, image, scan));
    if (!complete) {
      const mirrors = work.exists(image) ? [] : await this.#mirrors(source);
      dialogue.say(texts.RULE);
      const exitCode = await work.download(source, image, mirrors);
      if (exitCode !== EXIT.ok) return exitCode;
    }
    dialogue.say(texts.finished(display(image.name)));
    return await work.verify(source, image);
  }

  /** Takes what there is already. Returns whether that was everything. */
  async #scan(source: Source, image: OfferedImage, paths: readonly ByteString[]): Promise<boolean> {
    const { dialogue, work, reporter, signal } = this.#options;
    const scan = async (some: readonly ByteString[]): Promise<'complete' | 'scanned' | 'not scanned'> => {
      try {
        return (await work.scan(source, image, some)) ? 'complete' : 'scanned';
      } catch (error) {
        // Mistyped, or not mounted: all can be downloaded.
        if (signal.aborted || !(error instanceof JigdoError) || error.exitCode !== EXIT.failed) throw error;
        reporter.warning(error.message);
        return 'not scanned';
      }
    };
    if (paths.length > 0) return (await scan(paths)) === 'complete';
    for (;;) {
      dialogue.say(texts.FILES_TO_SCAN);
      const { scanned } = this.#settings;
      if (scanned.length > 0) dialogue.say(texts.SCANNED_BEFORE);
      for (const [i, path] of scanned.entries()) dialogue.say(`  ${i + 1}: ${display(path)}`);
      const answer = await dialogue.ask('Files to scan: ');
      signal.throwIfAborted();
      if (answer === '') return false;
      const path = (/^[1-9]$/.test(answer) && scanned[Number(answer) - 1]) || answer;
      dialogue.say('');
      const outcome = await scan([path]);
      if (outcome === 'complete') return true;
      if (outcome === 'scanned') this.#remember(withScanned(this.#settings, path));
    }
  }

  /** `LABEL=URL` for each label that the .jigdo has no server for. */
  async #mirrors(source: Source): Promise<ByteString[]> {
    const lines: ByteString[] = [];
    for (const label of labelsWithoutServer(source)) {
      const url = await this.#mirror(label);
      if (url !== undefined) lines.push(`${label}=${url}`);
    }
    return lines;
  }

  async #mirror(label: ByteString): Promise<ByteString | undefined> {
    const { dialogue, signal } = this.#options;
    const offered = this.#settings.mirrors.get(label) ?? defaultMirror(label);
    if (this.#asked.has(label)) return offered;
    this.#asked.add(label);
    for (;;) {
      dialogue.say(texts.mirrorQuestion(display(label)));
      const answer = await dialogue.ask(
        prompt(label === 'Non-US' ? 'Debian non-US mirror' : `${display(label)} mirror`, offered),
      );
      signal.throwIfAborted();
      if (answer === '' && (offered !== undefined || !dialogue.interactive)) return offered;
      const url = mirrorOf(label, answer);
      if (url !== undefined) {
        this.#remember({ ...this.#settings, mirrors: new Map([...this.#settings.mirrors, [label, url]]) });
        return url;
      }
    }
  }

  #remember(settings: UserSettings): void {
    this.#settings = settings;
    // What a script does is not what its user likes.
    if (this.#options.dialogue.isPerson) this.#options.remember(settings);
  }
}

function prompt(name: string, offered: ByteString | undefined): string {
  return `${name}${offered === undefined ? '' : ` [${display(offered)}]`}: `;
}
