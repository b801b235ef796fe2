// Files of trees that no image needs.
import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { Pace } from '../rebuild/pace.js';

/** Files by device and inode: however they are called. */
export class FileSet {
  readonly #inodes = new Map<number, Set<number>>();

  add({ dev, ino }: { dev: number | bigint; ino: number | bigint }): void {
    const inodes = this.#inodes.get(Number(dev)) ?? new Set<number>();
    this.#inodes.set(Number(dev), inodes.add(Number(ino)));
  }

  has({ dev, ino }: { dev: number; ino: number }): boolean {
    return this.#inodes.get(dev)?.has(ino) ?? false;
  }
}

/** A file that nobody needs. */
export interface Unreferenced {
  readonly path: ByteString;
  /** In bytes. */
  readonly size: number;
}

/**
 * The files below folders that are not in a set, sorted by name within each folder.
 *
 * Symbolic links to folders are not followed, and not told: what they lead to is found where it is. A file that is needed under
 * one name is needed under all its names (hard links, symbolic links).
 *
 * @throws Interrupted if the signal fires
 */
export async function* unreferencedFiles(
  folders: Iterable<ByteString>,
  needed: FileSet,
  reporter: Reporter,
  signal?: AbortSignal,
): AsyncGenerator<Unreferenced> {
  const pace = new Pace(signal);
  const seen = new FileSet();
  const waiting = [...folders].reverse();
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const stat = statOf(folder, reporter)?.stat;
    if (!stat || seen.has(stat)) continue;
    seen.add(stat);
    const folders: ByteString[] = [];
    for (const leaf of list(folder, reporter)) {
      await pace.step();
      const path = folder + leaf;
      const entry = statOf(path, reporter);
      if (entry?.stat.isDirectory()) {
        if (!entry.isLink) folders.push(`${path}/`);
      } else if (entry && !needed.has(entry.stat)) {
        yield { path, size: entry.stat.size };
      }
    }
    for (const inner of folders.reverse()) waiting.push(inner);
  }
}

function list(folder: ByteString, reporter: Reporter): ByteString[] {
  try {
    return readdirSync(toPath(folder), 'latin1').sort();
  } catch (error) {
    reporter.warning(`Error reading from directory \`${display(folder)}' (${reasonOf(error)})`);
    return [];
  }
}

/**
 * What a name, or the link of that name, leads to; a link that leads nowhere is a file itself. Undefined if it vanished, or cannot be
 * looked at, which is told.
 */
function statOf(path: ByteString, reporter: Reporter): { stat: Stats; isLink: boolean } | undefined {
  let stat: Stats | undefined;
  try {
    stat = lstatSync(toPath(path), { throwIfNoEntry: false });
    if (!stat?.isSymbolicLink()) return stat && { stat, isLink: false };
    return { stat: statSync(toPath(path)), isLink: true };
  } catch (error) {
    if (stat) return { stat, isLink: true };
    reporter.warning(`Skipping object \`${display(path)}' (${reasonOf(error)})`);
    return undefined;
  }
}
