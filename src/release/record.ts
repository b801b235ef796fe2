// What an image's .jigdo and template were made of: one small JSON file for each image, in the state folder.
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import { digestOf } from '../checksum/digest.js';
import { toHex, type ByteString } from '../format/bytes.js';
import { withoutSecrets } from '../format/secrets.js';
import { OutputFile } from '../io/output.js';
import { readOwnFile } from '../io/read-input.js';
import type { Compression } from '../make/compress.js';
import type { Leftover } from '../make/leftovers.js';
import type { ReleaseConfig } from './config.js';
import type { FileState } from './file-state.js';
import type { ReleaseImage } from './images.js';
import type { TreeState } from './tree-state.js';

/** In bytes: a record tells of each file that is left in a template. */
const RECORD_MAX_BYTES = 256 << 20;

/** Everything that shapes the outputs besides the image and the trees. */
export interface Recipe {
  readonly jigdo: ByteString;
  readonly template: ByteString;
  readonly checksum: Algorithm;
  readonly compression: Compression;
  readonly level: number;
  readonly 'min-length': number;
  /** Label, and its servers. */
  readonly servers: readonly (readonly [ByteString, readonly ByteString[]])[];
}

/** What is told of a template. Lengths in bytes. */
export interface MadeSummary {
  readonly matched: number;
  readonly parts: number;
  readonly seconds: number;
  /** The biggest things left in the template, biggest first; earlier versions did not write them down. */
  readonly left?: readonly Leftover[];
}

/** What is kept of an image. */
export interface ImageRecord {
  readonly version: 1;
  readonly recipe: Recipe;
  /** Whether the rebuilt image was compared with the original. */
  readonly checked: boolean;
  readonly image: FileState;
  readonly jigdo: FileState;
  readonly template: FileState;
  readonly tree: TreeState;
  readonly made: MadeSummary;
}

/** What shapes the outputs of an image according to the configuration. */
export function recipeOf({ trees, options }: ReleaseConfig, { jigdo, template }: ReleaseImage): Recipe {
  return {
    jigdo,
    template,
    checksum: options.algorithm,
    compression: options.compression,
    level: options.level,
    'min-length': options.minLength,
    servers: trees.map(({ label, servers }) => [label, servers.map(recordable)]),
  };
}

/** A server as records have it: of a URL with a password, the URL without, and what tells another password from this one. */
function recordable(server: ByteString): ByteString {
  const shown = withoutSecrets(server);
  return shown === server ? server : `${shown} ${toHex(digestOf('sha256', Buffer.from(server, 'latin1')))}`;
}

/** Where the record of an image is. */
export function recordPath({ state }: ReleaseConfig, { name }: ReleaseImage): ByteString {
  return `${state}/${name}.json`;
}

/** What is made of an image: .jigdo, template, and the record. */
export function outputsOf(config: ReleaseConfig, image: ReleaseImage): ByteString[] {
  return [`${config.output}/${image.jigdo}`, `${config.output}/${image.template}`, recordPath(config, image)];
}

/** The record of an image; undefined if there is none, or none that this version wrote. */
export function readRecord(config: ReleaseConfig, image: ReleaseImage): ImageRecord | undefined {
  try {
    const text = readOwnFile(recordPath(config, image), RECORD_MAX_BYTES, 'a record')?.toString('utf8');
    const record: unknown = text === undefined ? undefined : JSON.parse(text);
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** @throws JigdoError if it cannot be written */
export async function writeRecord(config: ReleaseConfig, image: ReleaseImage, record: ImageRecord): Promise<void> {
  using output = await OutputFile.open(recordPath(config, image), { force: true });
  output.write(Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`));
  output.commit();
}

function isRecord(value: unknown): value is ImageRecord {
  if (!isObject(value) || value.version !== 1) return false;
  const { recipe, tree, made } = value;
  return (
    [value.image, value.jigdo, value.template].every(isFileState) &&
    isObject(recipe) &&
    isObject(tree) &&
    typeof tree.listing === 'string' &&
    isObject(made) &&
    [made.matched, made.parts, made.seconds].every((n) => typeof n === 'number')
  );
}

function isFileState(value: unknown): value is FileState {
  if (!isObject(value) || typeof value.size !== 'number' || !isObject(value.digests)) return false;
  const digests = Object.entries(value.digests);
  return digests.length > 0 && digests.every(isDigest);
}

/** Digests come into the published lists as they are recorded. */
function isDigest([algorithm, digest]: readonly [string, unknown]): boolean {
  const family = Object.hasOwn(DIGESTS, algorithm) ? DIGESTS[algorithm as Algorithm] : undefined;
  return typeof digest === 'string' && /^[0-9a-f]+$/.test(digest) && digest.length / 2 === family?.bytes;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
