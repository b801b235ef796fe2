// What a snapshot is to hold: the names in the [Parts] of all .jigdo files.
import type { Algorithm } from '../checksum/digest.js';
import { display, type ByteString } from '../format/bytes.js';
import { leafOf } from '../format/paths.js';
import { inFile } from '../io/in-file.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import type { Reporter } from '../io/reporter.js';
import type { LocalFolders } from '../verify/local-folders.js';
import type { SnapshotProblem } from './snapshot.js';

/** A file of the snapshot. */
export interface SnapshotNeed {
  /** Its path below the snapshot. */
  readonly name: ByteString;
  readonly algorithm: Algorithm;
  /** Jigdo base64. */
  readonly digest: string;
  /** Where it may be, the best place first: under its name; then, as mkjigsnap looks, under its last segment alone. */
  readonly paths: readonly ByteString[];
  /** The .jigdo files that need it. */
  readonly jigdos: ByteString[];
}

/**
 * Reads all .jigdo files.
 *
 * @returns needs by name, in the order in which they occur; `problems`: names that are refused or stand for different files
 * @throws JigdoError if one of them cannot be read
 */
export function snapshotNeeds(
  jigdos: readonly ByteString[],
  folders: LocalFolders,
  reporter: Reporter,
): { needs: Map<ByteString, SnapshotNeed>; problems: SnapshotProblem[] } {
  const needs = new Map<ByteString, SnapshotNeed>();
  const problems: SnapshotProblem[] = [];
  for (const [i, path] of jigdos.entries()) {
    reporter.progress('reading .jigdo files', i, jigdos.length, '', 'files');
    const jigdo = readJigdoFile(path);
    const placesOf = inFile(display(path), () => folders.placesOf(jigdo));
    for (const { digest, target } of jigdo.parts()) {
      const algorithm = digest.length === 22 ? 'md5' : 'sha256';
      const places = placesOf(target);
      if (places.length === 0) {
        problems.push({ kind: 'refused', name: target, algorithm, digest, jigdos: [path] });
        continue;
      }
      const { name } = places[0];
      const known = needs.get(name);
      if (!known) {
        const paths = [...places.map((place) => place.path), ...places.map((place) => place.base + leafOf(name))];
        needs.set(name, { name, algorithm, digest, paths: [...new Set(paths)], jigdos: [path] });
      } else if (known.digest !== digest) {
        problems.push({ kind: 'conflict', name, algorithm, digest, jigdos: [path] });
      } else if (known.jigdos.at(-1) !== path) {
        known.jigdos.push(path);
      }
    }
  }
  return { needs, problems };
}
