// The images of a release: what the globs stand for, and which files will be made of each.
import { accessSync, constants, existsSync, statSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import type { JigdoError } from '../errors.js';
import { reasonOf } from '../errors.js';
import { compareBytes, display, toPath, type ByteString } from '../format/bytes.js';
import { isWritable } from '../format/jigdo-write.js';
import { leafOf } from '../format/paths.js';
import type { Reporter } from '../io/reporter.js';
import { expandGlob, mayBeGlob } from '../tree/glob.js';
import type { ReleaseConfig } from './config.js';
import { sumsName } from './sums.js';

/** An image, and the names of what is made of it in the output folder. */
export interface ReleaseImage {
  /** The file to open. */
  readonly path: ByteString;
  /** Its leaf name, by which it is published. */
  readonly name: ByteString;
  readonly jigdo: ByteString;
  readonly template: ByteString;
  /** Bytes, when it was looked for. */
  readonly size: number;
}

/**
 * Finds the images, in byte order of their names, which are all different.
 *
 * @throws JigdoError, with the place in the configuration, if a glob matches nothing, an image cannot be read or is no file, or
 *   two images or outputs would have the same name
 */
export async function findImages(config: ReleaseConfig, reporter: Reporter): Promise<ReleaseImage[]> {
  const images = new Map<ByteString, ReleaseImage>();
  for (const [i, glob] of config.images.entries()) {
    const refuse = (message: string): JigdoError => config.error(['images', i], message);
    const paths = await pathsOf(config, glob, reporter);
    if (paths.length === 0) throw refuse(`no file matches \`${display(glob)}'`);
    for (const path of paths) {
      const name = leafOf(path);
      const twin = images.get(name);
      if (twin?.path === path) continue;
      if (twin) throw refuse(`\`${display(twin.path)}' and \`${display(path)}' have the same name`);
      if (!isWritable(name)) throw refuse(`\`${display(name)}': no .jigdo file can hold this name`);
      images.set(name, imageOf(config, path, name, refuse));
    }
  }
  const sorted = [...images.values()].sort((a, b) => compareBytes(a.name, b.name));
  refuseCollisions(config, sorted);
  return sorted;
}

async function pathsOf({ folder }: ReleaseConfig, glob: ByteString, reporter: Reporter): Promise<ByteString[]> {
  const literal = posix.normalize(glob.startsWith('/') ? glob : folder + glob);
  if (!mayBeGlob(glob) || existsSync(toPath(literal))) return existsSync(toPath(literal)) ? [literal] : [];
  // What is before a `//` is no pattern, if it exists: the folder of the configuration may have brackets in its name.
  const found = await expandGlob(glob.startsWith('/') ? glob : `${folder.slice(0, -1) || '.'}//${glob}`, reporter);
  return found.map((name) => posix.normalize(name));
}

function imageOf(
  { names }: ReleaseConfig,
  path: ByteString,
  name: ByteString,
  refuse: (message: string) => JigdoError,
): ReleaseImage {
  let stat: Stats;
  try {
    stat = statSync(toPath(path));
    accessSync(toPath(path), constants.R_OK);
  } catch (error) {
    throw refuse(`\`${display(path)}' cannot be read: ${reasonOf(error)}`);
  }
  if (!stat.isFile()) throw refuse(`\`${display(path)}' is not a regular file`);
  // A leading dot begins no extension.
  const stem = name.replace(/(?<=.)\.[^.]*$/s, '');
  const fill = (pattern: ByteString): ByteString => pattern.replaceAll('{name}', () => stem);
  return { path, name, jigdo: fill(names.jigdo), template: fill(names.template), size: stat.size };
}

/** Looks for outputs that would replace one another, or an image. */
function refuseCollisions(config: ReleaseConfig, images: readonly ReleaseImage[]): void {
  const owners = new Map<ByteString, string>();
  const claim = (leaf: ByteString, owner: string): void => {
    const other = owners.get(leaf);
    if (other !== undefined) {
      throw config.error(['names'], `\`${display(leaf)}' would be ${other} as well as ${owner}: change names`);
    }
    owners.set(leaf, owner);
  };
  for (const algorithm of config.sums) claim(sumsName(algorithm), 'a list of checksums');
  for (const { name, jigdo, template } of images) {
    // The images themselves are published in this folder, too: by those who rebuild them.
    claim(name, `the image \`${display(name)}'`);
    claim(jigdo, `the .jigdo of \`${display(name)}'`);
    claim(template, `the template of \`${display(name)}'`);
  }
}
