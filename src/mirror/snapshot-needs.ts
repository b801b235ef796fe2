// What a snapshot is to hold: the names in the [Parts] of all .jigdo files.
import { STRONGEST_FIRST, algorithmOfText, type Algorithm } from '../checksum/algorithm.js';
import { display, type ByteString } from '../format/bytes.js';
import { imagesOf } from '../format/jigdo-image.js';
import { leafOf } from '../format/paths.js';
import { inFile } from '../io/in-file.js';
import { readJigdoFile, requireJigdo } from '../io/jigdo-file.js';
import type { Reporter } from '../io/reporter.js';
import { findTemplate } from '../verify/image-template.js';
import type { LocalFolders } from '../verify/local-folders.js';
import { PlaceBudget } from '../verify/place-budget.js';
import type { SnapshotProblem } from './snapshot.js';

/** What the file of a name is to be. */
export interface WantedContent {
  readonly algorithm: Algorithm;
  /** Jigdo base64. */
  readonly digest: string;
  /** The .jigdo files that need it. */
  readonly jigdos: ByteString[];
}

/** A file of the snapshot. */
export interface SnapshotNeed {
  /** Its path below the snapshot. */
  readonly name: ByteString;
  /** By digest, at least one, the one that is asked for first at the beginning: one file may satisfy all of them. */
  readonly contents: Map<string, WantedContent>;
  /** Where it may be, the best place first: under its name; then, as mkjigsnap looks, under its last segment alone. */
  readonly paths: readonly ByteString[];
}

/** All that [Parts] of some .jigdo files name. */
export interface SnapshotNeeds {
  /** By name, in the order in which they occur. */
  readonly needs: ReadonlyMap<ByteString, SnapshotNeed>;
  /** All names that a file may have, those included that it has in folders of less preference. */
  readonly names: ReadonlySet<ByteString>;
  /** The templates of the images that were found. */
  readonly templates: readonly ByteString[];
  /** Names that are refused. */
  readonly problems: SnapshotProblem[];
}

/**
 * Reads all .jigdo files.
 *
 * @throws JigdoError if one of them cannot be read
 */
export function snapshotNeeds(jigdos: readonly ByteString[], folders: LocalFolders, reporter: Reporter): SnapshotNeeds {
  const needs = new Map<ByteString, SnapshotNeed>();
  const names = new Set<ByteString>();
  const templates: ByteString[] = [];
  const problems: SnapshotProblem[] = [];
  for (const [i, path] of jigdos.entries()) {
    reporter.progress('reading .jigdo files', i, jigdos.length, '', 'files');
    const jigdo = readJigdoFile(path);
    requireJigdo(jigdo, display(path));
    for (const section of imagesOf(jigdo)) {
      const template = findTemplate(path, section, undefined);
      if (template !== undefined) templates.push(template);
    }
    const budget = new PlaceBudget(folders.asTrees);
    const placesOf = inFile(display(path), () => folders.placesOf(jigdo));
    for (const { digest, target } of jigdo.parts()) {
      // What is no checksum is a need that no file meets.
      const algorithm = algorithmOfText(digest) ?? STRONGEST_FIRST[0];
      const places = placesOf(target);
      inFile(display(path), () => budget.spend(target, places));
      if (places.length === 0) {
        problems.push({ kind: 'refused', name: target, algorithm, digest, jigdos: [path] });
        continue;
      }
      const { name } = places[0];
      for (const place of places) names.add(place.name);
      let need = needs.get(name);
      if (!need) {
        const paths = [...places.map((place) => place.path), ...places.map((place) => place.base + leafOf(name))];
        needs.set(name, (need = { name, contents: new Map(), paths: [...new Set(paths)] }));
      }
      const known = need.contents.get(digest);
      if (!known) need.contents.set(digest, { algorithm, digest, jigdos: [path] });
      else if (known.jigdos.at(-1) !== path) known.jigdos.push(path);
    }
  }
  return { needs, names, templates, problems };
}
