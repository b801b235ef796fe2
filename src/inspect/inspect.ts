// What a file is, and all that it and the files that belong to it say about its images.
import { statSync } from 'node:fs';
import { ALGORITHMS } from '../checksum/algorithm.js';
import { JigdoError, reasonOf } from '../errors.js';
import { display, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { imageLeaf } from '../format/image-name.js';
import { imagesOf, type ImageSection } from '../format/jigdo-image.js';
import { leafOf } from '../format/paths.js';
import { abortable } from '../io/abort.js';
import { FileReader, type RandomAccess } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { comparerOf, reasonsFor, type Reasons } from '../make/leftovers.js';
import { digestsOf } from '../rebuild/file-digest.js';
import { HollowImage } from '../rebuild/hollow-image.js';
import { Plan } from '../rebuild/plan.js';
import { openTemplate, type Template } from '../rebuild/template-file.js';
import type { TreeFile } from '../tree/types.js';
import { beside, ifFile, stemOf } from './companions.js';
import { contentsOf, contentsOfImage } from './contents.js';
import { identify } from './identify.js';
import { readJigdoFacts } from './jigdo-facts.js';
import type { Contents, ImageFacts, Inspection, JigdoFacts, TemplateFacts } from './types.js';

/** What to look at. Names are byte strings. */
export interface InspectOptions {
  /** A .jigdo, a .template, a .tmp or an image. */
  readonly file: ByteString;
  /** Files that belong to it, if they are not beside it under the usual names. */
  readonly jigdo?: ByteString;
  readonly template?: ByteString;
  /** Trees of files, to tell why a file of the image was not found in them. */
  readonly files?: readonly TreeFile[];
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Inspects a file. All files are closed again when the result is there.
 *
 * Memory: that of the template's entries, of the .jigdo and of the image's directories.
 *
 * @throws JigdoError if it, or a file that belongs to it, cannot be read or is damaged; the signal's reason if it fires
 */
export async function inspect(options: InspectOptions): Promise<Inspection> {
  return await abortable(options.signal, () => inspectFile(options));
}

async function inspectFile(options: InspectOptions): Promise<Inspection> {
  using file = openRegular(options.file);
  const kind = identify(file);
  const is = { name: options.file, kind, length: file.size };
  if (kind === 'begun') return { ...is, jigdo: undefined, images: [] };
  if (kind === 'jigdo') {
    const jigdo = readJigdoFacts(options.file);
    return { ...is, jigdo, images: await imagesOfJigdo(jigdo, options) };
  }
  const path = options.jigdo ?? ifFile(`${stemOf(options.file)}.jigdo`);
  const jigdo = path === undefined ? undefined : readJigdoFacts(path);
  const image =
    kind === 'template'
      ? imageOfTemplate(await readTemplate(file, options.file, options), jigdo && sectionOf(jigdo, options.file))
      : kind === 'tmp'
        ? await imageOfTmp(file, options)
        : await imageItself(file, jigdo, options);
  return { ...is, jigdo, images: [image] };
}

/** Why files are in a template. Where a part lies within a file, its bytes are not at hand. */
function reasonsOf(plan: Plan, image: RandomAccess, { files, signal }: InspectOptions): Reasons {
  const compare = comparerOf(image, signal);
  return reasonsFor(files, plan.blockLength, (file, extent) => {
    for (const { part } of plan.slices(extent.offset, extent.length)) if (part >= 0) return 'unknown';
    return compare(file, extent);
  });
}

function openRegular(path: ByteString): FileReader {
  const name = display(path);
  let stat;
  try {
    stat = statSync(toPath(path));
  } catch (error) {
    throw new JigdoError(`Could not open \`${name}' for input: ${reasonOf(error)}`, { cause: error });
  }
  // Opening a pipe would wait for somebody to write to it.
  if (!stat.isFile() && !stat.isBlockDevice() && !stat.isDirectory()) {
    throw new JigdoError(`\`${name}' is neither a file nor a block device: its content cannot be read at any position`);
  }
  return new FileReader(path);
}

/** The [Image] section that names a template, or the only one. */
function sectionOf(jigdo: JigdoFacts, template: ByteString): ImageSection | undefined {
  const sections = imagesOf(jigdo.text);
  return sections.length === 1
    ? sections[0]
    : sections.find((section) => leafOf(section.template) === leafOf(template));
}

async function imagesOfJigdo(jigdo: JigdoFacts, options: InspectOptions): Promise<ImageFacts[]> {
  const sections = imagesOf(jigdo.text);
  const images: ImageFacts[] = [];
  // Images may share a template, which may be large.
  const known = new Map<ByteString, TemplateContents>();
  for (const section of sections) {
    const only = sections.length === 1;
    const path =
      (only ? options.template : undefined) ??
      beside(options.file, section.template) ??
      (only ? ifFile(`${stemOf(options.file)}.template`) : undefined);
    if (path === undefined) {
      const name = imageLeaf(section.filename) ?? leafOf(section.template);
      images.push({ name, section, template: undefined, contents: undefined });
      continue;
    }
    let inside = known.get(path);
    if (!inside) {
      using file = openRegular(path);
      known.set(path, (inside = await readTemplate(file, path, options)));
    }
    images.push(imageOfTemplate(inside, section));
  }
  return images;
}

/** What a template tells, whatever a .jigdo says of it. */
interface TemplateContents {
  readonly facts: OwnFacts;
  readonly contents: Contents;
}

async function readTemplate(file: FileReader, path: ByteString, options: InspectOptions): Promise<TemplateContents> {
  const template = openWhole(file);
  const plan = new Plan(template);
  const hollow = new HollowImage(plan);
  return {
    facts: await factsOf(template, path, options),
    contents: await contentsOf(plan, hollow, reasonsOf(plan, hollow, options), options.signal),
  };
}

function imageOfTemplate({ facts, contents }: TemplateContents, section: ImageSection | undefined): ImageFacts {
  const name = imageLeaf(section?.filename ?? '') ?? leafOf(facts.name);
  return { name, section, template: compared(facts, section), contents };
}

/** The unmatched data and the parts that are there lie in a .tmp as they do in the image. */
async function imageOfTmp(file: FileReader, options: InspectOptions): Promise<ImageFacts> {
  const { name } = file;
  const plan = new Plan(openTemplate(file));
  const image = { name, size: plan.length, read: (target: Uint8Array, at: number): number => file.read(target, at) };
  return {
    name: leafOf(options.file).replace(/\.tmp$/, ''),
    section: undefined,
    template: undefined,
    contents: await contentsOf(plan, image, reasonsOf(plan, image, options), options.signal),
  };
}

async function imageItself(
  file: FileReader,
  jigdo: JigdoFacts | undefined,
  options: InspectOptions,
): Promise<ImageFacts> {
  const name = leafOf(options.file);
  const path = options.template ?? ifFile(`${stemOf(options.file)}.template`);
  using templateFile = path === undefined ? undefined : openRegular(path);
  const template = templateFile && openWhole(templateFile);
  if (path === undefined || !template || !isOf(template, file, options.reporter)) {
    return { name, section: undefined, template: undefined, contents: await contentsOfImage(file, options.signal) };
  }
  const section = jigdo && sectionOf(jigdo, path);
  const plan = new Plan(template);
  const reasons = reasonsFor(options.files, plan.blockLength, comparerOf(file, options.signal));
  return {
    name,
    section,
    template: compared(await factsOf(template, path, options), section),
    contents: await contentsOf(plan, file, reasons, options.signal),
  };
}

/** Whether a template can be an image's: only the length is compared, `jigdo verify` compares the content. */
function isOf({ images, name }: Template, image: FileReader, reporter: Reporter): boolean {
  if (images[0].length === image.size) return true;
  reporter.warning(`${image.name} is not of the template ${name}: it has ${image.size} bytes, not ${images[0].length}`);
  return false;
}

/** @throws JigdoError if it is not a template, or a header in it is damaged */
function openWhole(file: FileReader): Template {
  const template = openTemplate(file);
  if (!template.header) throw new JigdoError(`\`${template.name}' is not a template file`);
  return template;
}

/** What a template says of itself. */
type OwnFacts = Omit<TemplateFacts, 'asJigdoSays'>;

async function factsOf(template: Template, name: ByteString, { reporter, signal }: InspectOptions): Promise<OwnFacts> {
  const { size } = template.reader;
  const digests = await digestsOf(template.reader, ALGORITHMS, signal, (done) =>
    reporter.progress('reading template', done, size),
  );
  return {
    name,
    length: size,
    version: template.header?.version ?? '',
    creator: template.header?.creator ?? '',
    packed: template.sections.reduce((sum, { compressedLength }) => sum + compressedLength, 0),
    digests,
  };
}

/** Compares a template with what a .jigdo says of it. */
function compared(facts: OwnFacts, section: ImageSection | undefined): TemplateFacts {
  const said = [...(section?.templateDigests ?? [])];
  const isSame = said.every(([algorithm, text]) => text === toBase64(facts.digests.get(algorithm) as Uint8Array));
  return { ...facts, asJigdoSays: said.length === 0 ? undefined : isSame };
}
