// What images need: their .jigdo files and templates, read one after the other, and each part once.
import { statSync } from 'node:fs';
import { DIGEST_LENGTH, type Algorithm } from '../checksum/digest.js';
import { EXIT, JigdoError } from '../errors.js';
import { display, fromBase64, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { FormatError } from '../format/errors.js';
import { imagesOf, type ImageSection } from '../format/jigdo-image.js';
import type { JigdoText } from '../format/jigdo-text.js';
import type { PartEntry } from '../format/template.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import type { Reporter } from '../io/reporter.js';
import { sumKey } from '../rebuild/head-sum.js';
import type { Plan } from '../rebuild/plan.js';
import { findTemplate, readPlan } from './image-template.js';
import { Need, type Checker, type Place, type Root } from './need.js';
import { Placer, type Trees } from './placer.js';

/** An image, and what it needs. */
export interface ImageNeeds {
  /** The .jigdo file that offers it. */
  readonly jigdo: ByteString;
  /** Its file name, as its maker wrote it; empty if the .jigdo does not say. */
  readonly name: ByteString;
  /** The template that was found; undefined if none was. */
  readonly template: ByteString | undefined;
  /** Its parts, and its template if that was found: indices of needs, each once. */
  readonly needs: Uint32Array;
}

/** How to read them. */
export interface NeedTableOptions extends Trees {
  /** Where templates may be that do not lie beside their .jigdo. */
  readonly templateDir: ByteString | undefined;
  /** Checks templates. */
  readonly checker: Checker;
  readonly reporter: Reporter;
}

/** No real .jigdo offers more than a handful of images; each costs as much as all its parts. */
const MAX_IMAGES = 1000;

/** Templates are found as they are named. */
const TEMPLATES: Root = { kind: 'folder', base: '', named: false };

/** The needs of all images, each once: the same content at the same places. */
export class NeedTable {
  readonly needs: Need[] = [];
  readonly images: ImageNeeds[] = [];
  /** Digest -> indices of the needs with it. */
  readonly #byDigest = new Map<string, number | number[]>();
  /** One string for each label, however often it occurs. */
  readonly #labels = new Map<ByteString, ByteString>();
  readonly #options: NeedTableOptions;

  constructor(options: NeedTableOptions) {
    this.#options = options;
  }

  /**
   * Adds the images of a .jigdo file.
   *
   * An image whose template is found, and right, needs the template's parts; another one needs all that [Parts] lists.
   *
   * @throws JigdoError with exit code 2 if the file cannot be read, is damaged, or its labels are hostile
   */
  async add(path: ByteString): Promise<void> {
    try {
      const jigdo = readJigdoFile(path);
      const published = path === '-' ? Date.now() : statSync(toPath(path)).mtimeMs;
      const places = this.#placesByDigest(jigdo, path);
      const sections = imagesOf(jigdo);
      if (sections.length > MAX_IMAGES) {
        throw new FormatError(`line ${sections[MAX_IMAGES].line}`, `more than ${MAX_IMAGES} images`);
      }
      let all: readonly number[] | undefined;
      for (const section of sections.length > 0 ? sections : [undefined]) {
        const template = section && findTemplate(path, section, this.#options.templateDir);
        const needs: number[] = [];
        const plan = template && (await this.#planOf(template, section, published, needs));
        if (plan) this.#addParts(plan, places, published, needs);
        else for (const index of (all ??= this.#allParts(places, published))) needs.push(index);
        this.images.push({
          jigdo: path,
          name: section?.filename ?? '',
          template,
          needs: Uint32Array.from(new Set(needs)),
        });
      }
    } catch (error) {
      throw cannotCheck(path, error);
    }
  }

  /** The places of all parts of a .jigdo. */
  #placesByDigest(jigdo: JigdoText, path: ByteString): Map<string, Place[]> {
    const placer = new Placer(jigdo, this.#options);
    const places = new Map<string, Place[]>();
    for (const { digest, target, line } of jigdo.parts()) {
      if (algorithmOf(digest) === undefined) {
        this.#options.reporter.warning(`${display(path)}: line ${line}: not a checksum: \`${display(digest)}'`);
        continue;
      }
      const more = placer.placesOf(target);
      const known = places.get(digest);
      if (known) for (const place of more) known.push(place);
      else places.set(digest, more);
    }
    return places;
  }

  #allParts(places: ReadonlyMap<string, Place[]>, published: number): number[] {
    return Array.from(places, ([digest, each]) => this.#need(digest, each, published));
  }

  #addParts(plan: Plan, places: ReadonlyMap<string, Place[]>, published: number, needs: number[]): void {
    for (const part of plan.parts) {
      const digest = toBase64(part.digest);
      const listed = places.get(digest);
      const index = this.#need(digest, listed ?? [], published, { part, blockLength: plan.blockLength });
      if (!listed) this.needs[index].reason = 'the .jigdo does not list it';
      needs.push(index);
    }
  }

  /** Checks a template and reads it. Adds it to the needs if the .jigdo says what it should be. */
  async #planOf(
    template: ByteString,
    { templateMd5, templateSha256 }: ImageSection,
    published: number,
    needs: number[],
  ): Promise<Plan | undefined> {
    const digest = templateSha256 ?? templateMd5 ?? '';
    if (algorithmOf(digest)) {
      const index = this.#need(digest, [{ root: TEMPLATES, rest: template, label: '' }], published);
      const need = this.needs[index];
      needs.push(index);
      if (!need.condition) {
        await this.#options.checker.check([{ path: template, needs: [need] }], 1, (_need, condition, reason) => {
          need.condition = condition;
          need.reason = reason;
        });
      }
      if (need.condition !== 'good') return undefined;
    }
    const plan = readPlan(template);
    if (typeof plan !== 'string') return plan;
    this.#options.reporter.warning(`${plan} - the lengths of its parts are not known`);
    return undefined;
  }

  /** The index of a need, which is made if there is none like it. */
  #need(
    digest: string,
    places: readonly Place[],
    published: number,
    template?: { part: PartEntry; blockLength: number },
  ): number {
    const known = this.#byDigest.get(digest);
    const length = template?.part.length;
    const candidates = typeof known === 'number' ? [known] : (known ?? []);
    let index = candidates.find((i) => isSame(this.needs[i], places, length));
    if (index === undefined) {
      // Strings that are cut out of a .jigdo would keep all of it in memory.
      const own = places.map(({ root, rest, label }) => ({ root, rest: copyOf(rest), label: this.#shared(label) }));
      const need = new Need(algorithmOf(digest) as Algorithm, copyOf(digest), own);
      index = this.needs.push(need) - 1;
      this.#byDigest.set(need.digest, candidates.length > 0 ? [...candidates, index] : index);
    }
    const need = this.needs[index];
    need.length ??= length;
    need.published = Math.max(need.published, published);
    if (template?.part.rsum && template.blockLength > 0) {
      need.headSum = sumKey(template.part.rsum);
      need.blockLength = template.blockLength;
    }
    return index;
  }

  #shared(label: ByteString): ByteString {
    const known = this.#labels.get(label) ?? copyOf(label);
    this.#labels.set(known, known);
    return known;
  }
}

function isSame(need: Need, places: readonly Place[], length: number | undefined): boolean {
  return (
    (need.length === undefined || length === undefined || need.length === length) &&
    need.places.length === places.length &&
    need.places.every(({ root, rest }, i) => root.base === places[i].root.base && rest === places[i].rest)
  );
}

/** The digest family of a checksum in jigdo base64; undefined if it is none. */
function algorithmOf(digest: string): Algorithm | undefined {
  const families = ['md5', 'sha256'] as const;
  return families.find((algorithm) => fromBase64(digest, DIGEST_LENGTH[algorithm]) !== undefined);
}

function copyOf(text: ByteString): ByteString {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function cannotCheck(path: ByteString, error: unknown): unknown {
  const options = { exitCode: EXIT.mismatch, cause: error };
  if (error instanceof JigdoError && error.exitCode === EXIT.failed) return new JigdoError(error.message, options);
  if (error instanceof FormatError) {
    return new JigdoError(`${display(path)}: ${error.place}: ${error.message}`, options);
  }
  return error;
}
