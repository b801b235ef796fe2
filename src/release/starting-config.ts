// `jigdo release --init`: a commented configuration to start from, for what lies in the present folder.
import { readdirSync, statSync } from 'node:fs';
import { JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { folderOf } from '../format/paths.js';
import { OutputFile } from '../io/output.js';
import { PLACEHOLDER_HOST } from './config.js';

/** What images are called, and what folders hold when they hold packages. */
const IMAGE_NAME = /\.(iso|img|udf)$/i;
const PACKAGE = /\.(rpm|deb|pkg\.tar\.\w+|apk)$|^(repodata|Packages|pool|dists)$/i;
/** Entries looked at below the folder, at most. */
const MAX_LOOKED_AT = 20_000;

/**
 * Writes a configuration beside which the images and trees are looked for.
 *
 * @returns what was found, in lines
 * @throws JigdoError if the file exists, or cannot be written
 */
export async function writeStartingConfig(path: ByteString): Promise<string[]> {
  using output = await OutputFile.open(path);
  const folder = folderOf(path);
  const { images, trees } = survey(folder || './');
  output.write(Buffer.from(startingConfig(images, trees), 'latin1'));
  output.commit();
  return [
    `images: ${images.join(', ') || 'none found, give their names'}`,
    `trees: ${trees.map(display).join(', ') || 'none found, give their names'}`,
    `Written: ${display(path)}. Set label and servers of each tree, then run jigdo release --dry-run`,
  ];
}

/** Globs of images, and the topmost folders with packages directly in them or in a folder of theirs. Two levels deep. */
function survey(top: ByteString): { images: string[]; trees: ByteString[] } {
  const images = new Set<string>();
  const trees = new Set<ByteString>();
  let looked = 0;
  const look = (folder: ByteString, depth: number): void => {
    for (const name of namesIn(top + folder, depth === 0)) {
      if (name.startsWith('.') || ++looked > MAX_LOOKED_AT) continue;
      const extension = IMAGE_NAME.exec(name)?.[1];
      if (extension !== undefined) images.add(`${folder}*.${extension}`);
      else if (folder !== '' && PACKAGE.test(name)) trees.add(folder.slice(0, folder.indexOf('/')));
      else if (depth < 2 && isFolder(top + folder + name)) look(`${folder}${name}/`, depth + 1);
    }
  };
  look('', 0);
  // What lies in a tree is published as a file of it.
  const outside = [...images].filter((glob) => ![...trees].some((tree) => glob.startsWith(`${tree}/`)));
  return { images: outside.sort(), trees: [...trees].sort() };
}

/** @param isTop whether it matters if the folder cannot be read: among those below, `lost+found` cannot */
function namesIn(folder: ByteString, isTop: boolean): ByteString[] {
  try {
    return readdirSync(toPath(folder), 'latin1').sort();
  } catch (error) {
    if (!isTop) return [];
    throw new JigdoError(`Error reading from directory \`${display(folder)}' (${reasonOf(error)})`, { cause: error });
  }
}

function isFolder(path: ByteString): boolean {
  try {
    return statSync(toPath(path)).isDirectory();
  } catch {
    return false;
  }
}

/** JSON is YAML: the safe way to write any name. */
const quoted = (name: ByteString): string => JSON.stringify(name);

function startingConfig(images: readonly string[], trees: readonly ByteString[]): string {
  const label = (i: number): string => (trees.length < 2 ? 'Release' : `Release${i + 1}`);
  const folders = trees.length > 0 ? trees : ['tree'];
  return `# What \`jigdo release\` makes. Paths are relative to this file. All settings: docs/recipes/release-engineer.md

# Files or globs.
images: [${(images.length > 0 ? images : ['*.iso']).map(quoted).join(', ')}]

# What mirrors publish. The files of a tree are called LABEL:PATH in the .jigdo; servers say what LABEL stands for.
trees:
${folders
  .map(
    (tree, i) => `  - path: ${quoted(tree)}
    label: ${label(i)}
    servers:
      - http://${PLACEHOLDER_HOST}/${trees.length < 2 ? '' : `${i + 1}/`}
`,
  )
  .join('')}
# For .jigdo, .template and checksum lists.
output: publish

# SHA256SUMS and MD5SUMS.
sums: [sha256, md5]

# options:
#   checksum: md5         # sha256: jigdo-file 0.8 and later
#   compression: gzip     # bzip2: smaller templates
#   level: 9
#   min-length: 1024      # bytes
#   min-matched: 90       # percent of each image that must be found in the trees
#   exclude: ["*.log"]    # names, or paths below a tree
#   check: true           # rebuild each image in memory and compare
`;
}
