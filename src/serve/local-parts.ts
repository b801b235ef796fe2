// Where the parts of an image are on this machine: under the names that its .jigdo gives them, else wherever they were found.
import { statSync } from 'node:fs';
import { display, toBase64, toPath, type ByteString } from '../format/bytes.js';
import type { JigdoText } from '../format/jigdo-text.js';
import { PartTargets } from '../format/part-targets.js';
import type { LocalFolders, LocalPlace } from '../verify/local-folders.js';
import type { Located } from '../rebuild/located.js';
import type { Plan } from '../rebuild/plan.js';
import type { PartCandidates } from '../rebuild/verified-parts.js';

/** Places by name, and those that a search by content adds. */
export class LocalParts implements PartCandidates {
  readonly #plan: Plan;
  readonly #folders: LocalFolders;
  readonly #placesOf: (target: ByteString) => LocalPlace[];
  /** By part: what [Parts] says. */
  readonly #targets: readonly (readonly ByteString[])[];
  readonly #found = new Map<number, Located>();

  /** @throws FormatError if the .jigdo's labels stand for too many places */
  constructor(plan: Plan, jigdo: JigdoText, folders: LocalFolders) {
    this.#plan = plan;
    this.#folders = folders;
    this.#placesOf = folders.placesOf(jigdo);
    const targets = new PartTargets(jigdo.parts());
    this.#targets = plan.parts.map(({ digest }) => [...targets.of(toBase64(digest))]);
  }

  *candidates(part: number): Generator<Located> {
    const size = this.#plan.parts[part].length;
    for (const target of this.#targets[part]) {
      for (const { path } of this.#placesOf(target)) yield { path, extents: undefined, size, name: display(path) };
    }
    const found = this.#found.get(part);
    if (found) yield found;
  }

  allows(path: ByteString): boolean {
    return this.#folders.allows(path);
  }

  /** Adds a place that was found by content. */
  add(part: number, located: Located): void {
    this.#found.set(part, located);
  }

  /** The parts of which no place has a file of the right length. Contents are not read. */
  *missing(): Generator<number> {
    for (const part of this.#plan.parts.keys()) {
      if (![...this.candidates(part)].some(seemsRight)) yield part;
    }
  }
}

function seemsRight({ path, size, extents }: Located): boolean {
  try {
    const stat = statSync(toPath(path), { throwIfNoEntry: false });
    return stat?.isFile() === true && (extents !== undefined || stat.size === size);
  } catch {
    return false;
  }
}
