// The .jigdo text that make-template writes, alone or into an existing file (docs/spec/jigdo-file-format.md 3, 4).
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import { compareBytes, display, toBase64, type ByteString } from './bytes.js';
import { FormatError } from './errors.js';
import { JigdoDraft, type PartLine } from './jigdo-draft.js';
import type { JigdoText } from './jigdo-text.js';
import { LabelNames } from './label-names.js';
import { splitTarget } from './labels.js';
import { firstWord, quote } from './quoting.js';

/** A file that was found in the image. It is `prefix + rest` on the disk (docs/spec/cli-behaviour.md 4.1). */
export interface UsedFile {
  /** Raw digest. */
  readonly digest: Uint8Array;
  /** What a label stands for: ends in `/` or is empty. */
  readonly prefix: ByteString;
  /** What is written after `Label:`. */
  readonly rest: ByteString;
}

/** What a .jigdo file is to say. */
export interface JigdoContents {
  /** `jigdo/VERSION`. */
  readonly generator: string;
  readonly algorithm: Algorithm;
  /** Leaf names, and the digest of the whole template; undefined with --no-image-section. */
  readonly image?: {
    readonly filename: ByteString;
    readonly template: ByteString;
    readonly templateDigest: Uint8Array;
  };
  /** False with --no-servers-section. */
  readonly servers: boolean;
  /** In the order in which they lie in the image; of several with the same digest the first is listed. */
  readonly used: readonly UsedFile[];
  /** Prefix -> label, from --label. */
  readonly labels: ReadonlyMap<ByteString, ByteString>;
  /** Label -> URI or URIs, from --uri, each a line of [Servers]; written as they are. */
  readonly uris: ReadonlyMap<ByteString, ByteString | readonly ByteString[]>;
  /** The file to add to, from --merge. */
  readonly merge?: JigdoText;
}

const HEADER = [
  '# JigsawDownload',
  '# See <https://www.einval.com/~steve/software/jigdo/> for details about jigdo',
  '',
] as const;

/** Whether a file name can be written to a .jigdo file. Lines end at LF, and no quotes change that. */
export function isWritable(name: ByteString): boolean {
  return !/[\n\0]/.test(name);
}

/** @throws FormatError if `text` would not stay in its line; `place` says whose name it is */
function checked(text: ByteString, place: string): ByteString {
  if (isWritable(text)) return text;
  throw new FormatError(
    `${place} \`${display(text)}'`,
    'a .jigdo file cannot hold a name with a line feed: rename or exclude it',
  );
}

/**
 * The text of a .jigdo file (a byte string, UTF-8 by convention).
 *
 * Sections come in the order [Jigdo], [Image], [Servers], [Parts]; [Parts] is sorted. With
 * `merge`, the rules of docs/spec/jigdo-file-format.md 4 hold; unlike the original, malformed lines in [Parts] stay where they are, an entry without value
 * does not count as one, and automatic labels avoid those of the old parts.
 *
 * @throws FormatError if a name or label cannot be written, or if `merge` is of a later version
 */
export function buildJigdo(contents: JigdoContents): ByteString {
  const { algorithm, image, merge } = contents;
  merge?.checkVersion();
  const parts: PartLine[] = [];
  const draft = new JigdoDraft(merge, parts);
  if (draft.isEmpty) draft.append(HEADER);
  if (!draft.has('Jigdo')) {
    draft.insertFirstSection([
      '[Jigdo]',
      `Version=${DIGESTS[algorithm].version}`,
      `Generator=${contents.generator}`,
      '',
    ]);
  }
  if (image !== undefined) {
    const label = `Template-${DIGESTS[algorithm].label}`;
    const digest = toBase64(image.templateDigest);
    if (!draft.fill('Image', label, digest)) {
      const filename = checked(image.filename, 'image');
      const template = checked(image.template, 'template');
      draft.appendSection(['[Image]', `Filename=${filename}`, `Template=${template}`, `${label}=${digest}`]);
    }
  }
  const names = addParts(contents, parts);
  if (contents.servers) draft.addEntries('Servers', serverLines(names, contents));
  draft.appendSection(['[Parts]']);
  return draft.toString() + partsText(parts);
}

/** Adds the files whose checksums are not listed yet to `parts`. Returns the labels that they need. */
function addParts({ used, labels, merge }: JigdoContents, parts: PartLine[]): LabelNames {
  const listed = new Set<ByteString>();
  const taken = new Set<ByteString>();
  for (const { label } of merge?.servers() ?? []) taken.add(label);
  for (const { digest, value } of parts) {
    const target = firstWord(value);
    if (target === undefined) continue;
    listed.add(digest);
    const label = splitTarget(target)?.label;
    if (label !== undefined) taken.add(label);
  }
  const added = new Map<ByteString, UsedFile>();
  for (const file of used) {
    const digest = toBase64(file.digest);
    if (!listed.has(digest) && !added.has(digest)) added.set(digest, file);
  }
  // Labels that were asked for are known beforehand, so that no automatic one takes their names.
  for (const { prefix } of added.values()) {
    const label = labels.get(prefix);
    if (label !== undefined) taken.add(label);
  }
  const names = new LabelNames(labels, taken);
  for (const [digest, { prefix, rest }] of added) {
    checked(prefix + rest, 'file');
    parts.push({ digest, value: quote(`${names.of(prefix)}:${rest}`) });
  }
  return names;
}

/** The lines of [Servers] for new parts (docs/spec/jigdo-file-format.md 3.3). */
function serverLines(names: LabelNames, { labels, uris }: JigdoContents): ByteString[] {
  return [...names.used].flatMap(([prefix, label]) => {
    // By the name of `--label`: an automatic one gets no URI that was meant for another.
    const asked = labels.get(prefix);
    const given = [(asked === undefined ? undefined : uris.get(asked)) ?? []].flat();
    if (given.length === 0) return [`${label}=${quote(`file:${prefix}`)}`];
    return given.map((uri) => `${label}=${checked(uri, 'URI')}`);
  });
}

/**
 * The lines of [Parts], each once (rule 1), sorted by the value and the checksum as one string: what the original does, so that
 * `x.asc` may stand before `x`.
 */
function partsText(parts: readonly PartLine[]): ByteString {
  const keyed = parts.map((part) => ({ key: part.value + part.digest, ...part }));
  keyed.sort((a, b) => compareBytes(a.key, b.key) || compareBytes(a.value, b.value));
  let text = '';
  let lastKey = '';
  let lastValue: ByteString | undefined;
  for (const { key, value, digest } of keyed) {
    if (key !== lastKey || value !== lastValue) text += `${digest}=${value}\n`;
    lastKey = key;
    lastValue = value;
  }
  return text;
}
