// What images need: their .jigdo files and templates, read one after the other, and each part once.
import { statSync } from 'node:fs';
import { algorithmOfText, DIGESTS, strongestOf, type Algorithm } from '../checksum/algorithm.js';
import { EXIT, JigdoError } from '../errors.js';
import { display, fromBase64, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { Column } from '../format/column.js';
import { FormatError } from '../format/errors.js';
import { imageLeaf } from '../format/image-name.js';
import { imagesOf, type ImageSection } from '../format/jigdo-image.js';
import type { JigdoText, Part } from '../format/jigdo-text.js';
import { PartTargets } from '../format/part-targets.js';
import { leafOf } from '../format/paths.js';
import { readJigdoFile, requireJigdo } from '../io/jigdo-file.js';
import type { Reporter } from '../io/reporter.js';
import { sumKey } from '../rebuild/head-sum.js';
import type { Plan } from '../rebuild/plan.js';
import { findTemplate, readPlan } from './image-template.js';
import { isUsable, pathOfPlace, type Checker, type NeedPlace, type Root } from './need.js';
import { NeedList } from './need-list.js';
import { PlaceBudget } from './place-budget.js';
import { Placer, type Trees } from './placer.js';

/** An image, and what it needs. */
export interface ImageNeeds {
  /** The .jigdo file that offers it. */
  readonly jigdo: ByteString;
  /** Its file name, without folders; empty if the .jigdo does not say. */
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
  /** For those who act on what nobody needs. */
  readonly witness?: Witness;
}

/** Takes what goes beyond needs that are known. */
export interface Witness {
  /** Told why there may be needs that are not known, as a line for people. */
  readonly onDoubt: (reason: string) => void;
  /** Told every local place of [Parts], whether or not the template has the part. */
  readonly onPlace: (path: ByteString) => void;
}

/** Lines of [Parts] that are told if they are none, at most, of each .jigdo. */
const MAX_TOLD = 10;

/** Templates are found as they are named. */
export const TEMPLATES: Root = { kind: 'folder', base: '', named: false };

/** A .jigdo that is being added. */
interface Reading {
  readonly targets: PartTargets;
  readonly placer: Placer;
  /** When it was written: milliseconds since 1970. */
  readonly published: number;
  readonly budget: PlaceBudget;
  /** Parts of templates that [Parts] does not have. */
  unlisted: number;
}

/** The needs of all images, each once. */
export class NeedTable {
  readonly needs = new NeedList();
  readonly images: ImageNeeds[] = [];
  readonly #options: NeedTableOptions;
  /** By need: how many lists of needs there were when it was put into the last one. */
  readonly #listed = new Column();
  #lists = 0;

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
      const { sections, reading } = this.#read(path);
      let all: Uint32Array | undefined;
      for (const section of sections.length > 0 ? sections : [undefined]) {
        const template = section && findTemplate(path, section, this.#options.templateDir);
        const own: number[] = [];
        const plan = template && (await this.#planOf(template, section, reading.published, own));
        let needs: Uint32Array;
        if (plan) {
          needs = this.#list([...own, ...this.#partsOf(plan, reading)]);
        } else {
          all ??= this.#list(this.#allParts(reading));
          // Images share the list, which may be long.
          needs = own.length === 0 ? all : this.#list([...own, ...all]);
        }
        this.images.push({ jigdo: path, name: imageLeaf(section?.filename ?? '') ?? '', template, needs });
        if (section && section.template !== '' && template === undefined) {
          this.#doubt(path, `its template \`${display(leafOf(section.template))}' is not there`);
        } else if (template && !plan) {
          this.#doubt(path, `its template \`${display(template)}' cannot be used`);
        }
      }
      if (reading.unlisted > 0) this.#doubt(path, `its template has ${reading.unlisted} parts that it does not list`);
    } catch (error) {
      throw cannotCheck(path, error);
    }
  }

  /** Its text, which may be long, is not kept. */
  #read(path: ByteString): { sections: readonly ImageSection[]; reading: Reading } {
    const jigdo = readJigdoFile(path);
    const published = path === '-' ? Date.now() : statSync(toPath(path)).mtimeMs;
    const sections = imagesOf(jigdo);
    const placer = new Placer(jigdo, this.#options);
    if (this.#options.witness) this.#examine(path, jigdo, placer, this.#options.witness);
    requireJigdo(jigdo, display(path));
    const targets = new PartTargets(this.#parts(jigdo, path));
    return { sections, reading: { targets, placer, published, budget: new PlaceBudget(this.#options), unlisted: 0 } };
  }

  #doubt(path: ByteString, reason: string): void {
    this.#options.witness?.onDoubt(`${display(path)}: ${reason}`);
  }

  /** Tells the places of all parts, and what of the text may mean more than was understood. */
  #examine(path: ByteString, jigdo: JigdoText, placer: Placer, { onPlace }: Witness): void {
    const { text, sections, includes, problems, problemCount } = jigdo;
    if (sections.length === 1) this.#doubt(path, 'it has no sections');
    if (text !== '' && !text.endsWith('\n')) this.#doubt(path, 'its last line has no end: it may be cut off');
    if (problemCount > 0) this.#doubt(path, `line ${problems[0].line}: ${problems[0].message}`);
    for (const url of includes.slice(0, 1)) this.#doubt(path, `what it includes, \`${display(url)}', is not read`);
    const budget = new PlaceBudget(this.#options);
    const lost: Part[] = [];
    for (const part of jigdo.parts()) {
      const all = placer.placesOf(part.target);
      budget.spend(part.target, all);
      const places = all.filter((place) => place.root.kind === 'remote' || isUsable(place));
      if (places.length === 0 || algorithmOf(part.digest) === undefined) lost.push(part);
      for (const place of places) if (place.root.kind === 'folder') onPlace(pathOfPlace(place));
    }
    if (lost.length === 0) return;
    const [{ line, target }] = lost;
    const more = lost.length > 1 ? ` (and ${lost.length - 1} more)` : '';
    this.#doubt(path, `line ${line}: nobody knows where \`${display(target)}' is${more}`);
  }

  /** The entries of [Parts]; warns of lines that have no checksum. */
  *#parts(jigdo: JigdoText, path: ByteString): Generator<Part> {
    const { reporter } = this.#options;
    let wrong = 0;
    for (const part of jigdo.parts()) {
      if (algorithmOf(part.digest) !== undefined) yield part;
      else if (++wrong <= MAX_TOLD)
        reporter.warning(`${display(path)}: line ${part.line}: not a checksum: \`${display(part.digest)}'`);
    }
    if (wrong > MAX_TOLD) reporter.warning(`${display(path)}: and ${wrong - MAX_TOLD} more lines without a checksum`);
  }

  *#allParts(reading: Reading): Generator<number> {
    for (const digest of reading.targets.digests()) {
      yield this.needs.add(digest, placesOf(digest, reading), reading.published);
    }
  }

  *#partsOf(plan: Plan, reading: Reading): Generator<number> {
    const { blockLength } = plan;
    for (const { digest: bytes, length, rsum } of plan.parts) {
      const digest = toBase64(bytes);
      const places = placesOf(digest, reading);
      // Zeros were left there by a writer that had no sum.
      const headSum = blockLength > 0 && rsum?.some((byte) => byte !== 0) ? sumKey(rsum) : '';
      const index = this.needs.add(digest, places, reading.published, { length, headSum, blockLength });
      if (places.length === 0 && !reading.targets.has(digest)) {
        reading.unlisted++;
        this.needs.at(index).reason = 'the .jigdo does not list it';
      }
      yield index;
    }
  }

  /** Checks a template and reads it. Adds it to the needs if the .jigdo says what it should be. */
  async #planOf(
    template: ByteString,
    section: ImageSection,
    published: number,
    needs: number[],
  ): Promise<Plan | undefined> {
    const digest = strongestOf(section.templateDigests)?.digest ?? '';
    if (algorithmOf(digest)) {
      const index = this.needs.add(digest, [{ root: TEMPLATES, rest: template, label: '' }], published);
      const need = this.needs.at(index);
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

  /** Indices, each once. */
  #list(indices: Iterable<number>): Uint32Array {
    const list = new Column();
    this.#lists++;
    for (const index of indices) {
      while (this.#listed.length < this.needs.length) this.#listed.push(0);
      if (this.#listed.get(index) === this.#lists) continue;
      this.#listed.set(index, this.#lists);
      list.push(index);
    }
    return list.values();
  }
}

function placesOf(digest: string, reading: Reading): NeedPlace[] {
  const places: NeedPlace[] = [];
  for (const target of reading.targets.of(digest)) {
    const here = reading.placer.placesOf(target);
    reading.budget.spend(target, here);
    for (const place of here) places.push(place);
  }
  return places;
}

/** The digest family of a checksum in jigdo base64; undefined if it is none. */
function algorithmOf(digest: string): Algorithm | undefined {
  const algorithm = algorithmOfText(digest);
  return algorithm && fromBase64(digest, DIGESTS[algorithm].bytes) ? algorithm : undefined;
}

function cannotCheck(path: ByteString, error: unknown): unknown {
  const options = { exitCode: EXIT.mismatch, cause: error };
  if (error instanceof JigdoError && error.exitCode === EXIT.failed) return new JigdoError(error.message, options);
  if (error instanceof FormatError) {
    return new JigdoError(`${display(path)}: ${error.place}: ${error.message}`, options);
  }
  return error;
}
