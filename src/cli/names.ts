// Names that were not given are made from those that were: `--image X.iso` means X.jigdo and X.template (cli-behaviour.md 1.1).
import type { ByteString } from '../format/bytes.js';

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
