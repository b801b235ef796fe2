// Names that were not given are made from those that were: `--image X.iso` means X.jigdo and X.template (docs/spec/cli-behaviour.md 1.1).
import { imagesOf } from '../format/jigdo-image.js';
import { imageLeaf } from '../format/image-name.js';
import { folderOf } from '../format/paths.js';
import { isFile } from '../io/is-file.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import type { ByteString } from '../format/bytes.js';
import type { CommandArguments } from './command-arguments.js';
import { UsageError } from './usage-error.js';

/** The three names of a release; undefined = not given. `-` is stdin or stdout. */
export interface FileNames {
  readonly image?: ByteString;
  readonly jigdo?: ByteString;
  readonly template?: ByteString;
}

/**
 * Fills in the names that are unset from the first of image, jigdo and template that names a file: its last extension
 * replaced by nothing, `.jigdo` and `.template`. A name that would equal its source stays unset.
 */
export function deduceNames(given: FileNames): FileNames {
  const source = [given.image, given.jigdo, given.template].find(
    (name) => name !== undefined && name !== '' && name !== '-',
  );
  if (source === undefined) return given;
  const dot = source.lastIndexOf('.');
  const stem = dot > source.lastIndexOf('/') ? source.slice(0, dot) : source;
  const fill = (name: ByteString | undefined, extension: string): ByteString | undefined => {
    if (name !== undefined) return name;
    const deduced = stem + extension;
    return deduced === source || deduced === '' || deduced.endsWith('/') ? undefined : deduced;
  };
  return {
    image: fill(given.image, ''),
    jigdo: fill(given.jigdo, '.jigdo'),
    template: fill(given.template, '.template'),
  };
}

function namesOf(args: CommandArguments): FileNames {
  return deduceNames(givenNames(args));
}

function givenNames(args: CommandArguments): FileNames {
  return {
    image: args.text('output') ?? args.text('image'),
    jigdo: args.text('jigdo'),
    template: args.text('template'),
  };
}

/** What an operand is by its ending, for commands that would otherwise want an option: `cd.jigdo`, `cd.template`, else an image. */
function nameByEnding(operand: ByteString): FileNames {
  if (operand.endsWith('.jigdo')) return { jigdo: operand };
  return operand.endsWith('.template') ? { template: operand } : { image: operand };
}

/** The names with the image's own, as the .jigdo has it, where it was not given: `cd.iso` and not `cd`. */
function withOwnImageName(given: FileNames): FileNames {
  const deduced = deduceNames(given);
  if (given.image !== undefined || deduced.jigdo === undefined || !isFile(deduced.jigdo)) return deduced;
  const [section, ...others] = imagesOf(readJigdoFile(deduced.jigdo));
  const leaf = section === undefined || others.length > 0 ? undefined : imageLeaf(section.filename);
  return leaf === undefined ? deduced : { ...deduced, image: folderOf(deduced.jigdo) + leaf };
}

/**
 * The names that make-image and verify need; of the .jigdo only if there is one.
 *
 * @param operand what was named without an option
 * @throws UsageError if image or template are not given and cannot be deduced
 */
export function imageAndTemplate(
  args: CommandArguments,
  operand?: ByteString,
): {
  image: ByteString;
  template: ByteString;
  jigdo?: ByteString;
} {
  const { image, jigdo, template } = withOwnImageName({
    ...(operand === undefined ? {} : nameByEnding(operand)),
    ...Object.fromEntries(Object.entries(givenNames(args)).filter(([, name]) => name !== undefined)),
  });
  if (!image || !template) throw new UsageError(notGiven('Not both --image and --template are given'));
  return { image, template, jigdo };
}

/**
 * The names that make-template needs.
 *
 * @throws UsageError if one is not given and cannot be deduced
 */
export function allNames(args: CommandArguments): Required<FileNames> {
  const { image, jigdo, template } = namesOf(args);
  if (!image || !jigdo || !template)
    throw new UsageError(notGiven('Not all of --image, --jigdo, --template are given'));
  return { image, jigdo, template };
}

/**
 * The name of the template alone.
 *
 * @throws UsageError if it is not given and cannot be deduced, or is standard input: a template is read from its end
 */
export function templateName(args: CommandArguments): ByteString {
  const { template } = namesOf(args);
  if (!template) throw new UsageError(notGiven('--template is not given'));
  if (template === '-') throw new UsageError('A template cannot be read from standard input - give the name of a file');
  return template;
}

function notGiven(what: string): string {
  return `${what} (and what is missing does not follow from the rest)`;
}
