// Names that were not given are made from those that were: `--image X.iso` means X.jigdo and X.template (cli-behaviour.md 1.1).
import type { ByteString } from '../format/bytes.js';
import type { CommandArguments } from './command-arguments.js';
import { UsageError } from './usage-error.js';

/** The three names of a release; undefined = not given. `-` is stdin or stdout. */
export interface Names {
  readonly image?: ByteString;
  readonly jigdo?: ByteString;
  readonly template?: ByteString;
}

/**
 * Fills in the names that are unset from the first of image, jigdo and template that names a file: its last extension
 * replaced by nothing, `.jigdo` and `.template`. A name that would equal its source stays unset.
 */
export function deduceNames(given: Names): Names {
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

function namesOf(args: CommandArguments): Names {
  return deduceNames({ image: args.text('image'), jigdo: args.text('jigdo'), template: args.text('template') });
}

/**
 * The names that make-image and verify need; of the .jigdo only if there is one.
 *
 * @throws UsageError if image or template are not given and cannot be deduced
 */
export function imageAndTemplate(args: CommandArguments): {
  image: ByteString;
  template: ByteString;
  jigdo?: ByteString;
} {
  const { image, jigdo, template } = namesOf(args);
  if (!image || !template) throw new UsageError(notGiven('Not both --image and --template are given'));
  return { image, template, jigdo };
}

/**
 * The names that make-template needs.
 *
 * @throws UsageError if one is not given and cannot be deduced
 */
export function allNames(args: CommandArguments): Required<Names> {
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
