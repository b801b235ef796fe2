// IMAGE.tmp.ranges: which bytes of parts that are not complete yet are in IMAGE.tmp. The format of a .tmp has no place for that.
import { lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { rename, unlink, writeFile } from 'node:fs/promises';
import { toHex, toPath, type ByteString } from '../format/bytes.js';
import { besideOutput } from '../io/output-place.js';
import type { Plan } from './plan.js';

/** Bytes of a part, from one position to another, both counted from its first byte. */
export type BegunRange = readonly [from: number, to: number];

/** What of an incomplete part is in the .tmp, at the first place where it is missing. */
export interface BegunPart {
  readonly part: number;
  /** In order; none overlaps another. */
  readonly stretches: readonly BegunRange[];
}

/** What the file begins with: another file of this name is not ours. */
const BEGUN_PARTS_MAGIC = 'jigdo: begun parts\n';
/** Most parts and bytes of a file; far more than what so many servers could be at work on. */
const PARTS_MAX = 10_000;
const BYTES_MAX = 16 * 1024 * 1024;

/**
 * The record beside a .tmp. Nothing depends on its truth: what it tells only saves time, as all of a part is checked when it is
 * complete. It is written without being brought to the disk, but never before the bytes it tells of are there.
 */
export class BegunParts {
  readonly #path: ByteString;
  readonly #plan: Plan;
  /** What tells this .tmp from another one. */
  readonly #identity: string;

  /** @param inode of the .tmp */
  constructor(tmp: ByteString, plan: Plan, inode: number) {
    this.#path = recordOf(tmp);
    this.#plan = plan;
    const { algorithm, digest, length } = plan.template.images[plan.template.images.length - 1];
    this.#identity = [inode, algorithm, toHex(digest), length].join(' ');
  }

  /** Removes the record of a .tmp that is no more, or is to be begun anew. */
  static remove(tmp: ByteString): void {
    const path = recordOf(tmp);
    for (const name of [path, unfinished(path)]) {
      if (contentOf(name) === undefined) continue;
      try {
        unlinkSync(toPath(name));
      } catch {
        // Another user's: it does no harm.
      }
    }
  }

  /**
   * What of some parts is there already, as far as the record tells.
   *
   * @param offsetOf where in the image a part is missing
   */
  load(parts: readonly number[], offsetOf: (part: number) => number): BegunPart[] {
    const [identity, ...lines] = (contentOf(this.#path) ?? '').split('\n', PARTS_MAX + 1);
    if (identity !== this.#identity) return [];
    const told = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line]));
    if (told.size === 0) return [];
    return parts.flatMap((part) => {
      const name = this.#nameOf(part, offsetOf(part));
      const line = told.get(name);
      if (line === undefined) return [];
      const stretches = stretchesOf(line.slice(name.length + 1), this.#plan.parts[part].length);
      return stretches ? [{ part, stretches }] : [];
    });
  }

  /**
   * Replaces the record. Failing to do so costs a later run its time, and no more.
   *
   * @param offsets where in the image the parts are
   */
  async save(begun: readonly BegunPart[], offsets: ReadonlyMap<number, number>): Promise<void> {
    const lines = begun.slice(0, PARTS_MAX).map(({ part, stretches }) => {
      return `${this.#nameOf(part, offsets.get(part))}:${stretches.map(([from, to]) => ` ${from}-${to}`).join('')}`;
    });
    const temporary = unfinished(this.#path);
    try {
      if (contentOf(this.#path) === undefined && isThere(this.#path)) return;
      if (contentOf(temporary) !== undefined) await unlink(toPath(temporary));
      await writeFile(toPath(temporary), `${BEGUN_PARTS_MAGIC}${[this.#identity, ...lines].join('\n')}\n`, {
        flag: 'wx',
      });
      await rename(toPath(temporary), toPath(this.#path));
    } catch {
      // Nobody can do anything about it here.
    }
  }

  #nameOf(part: number, offset: number | undefined): string {
    const { algorithm, digest, length } = this.#plan.parts[part];
    return [algorithm, toHex(digest), length, offset].join(' ');
  }
}

function recordOf(tmp: ByteString): ByteString {
  return besideOutput(tmp, (leaf) => `${leaf}.ranges`);
}

/** The name of a record while it is written. */
function unfinished(path: ByteString): ByteString {
  return `${path}.new`;
}

/** What stands behind BEGUN_PARTS_MAGIC in a file; nothing, where the system has lost it; undefined if the file is not ours, or not there. */
function contentOf(path: ByteString): string | undefined {
  try {
    const stat = lstatSync(toPath(path));
    if (!stat.isFile() || stat.size > BYTES_MAX) return undefined;
    const text = readFileSync(toPath(path), 'latin1');
    if (text === '') return text;
    return text.startsWith(BEGUN_PARTS_MAGIC) ? text.slice(BEGUN_PARTS_MAGIC.length) : undefined;
  } catch {
    return undefined;
  }
}

function isThere(path: ByteString): boolean {
  return lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined;
}

/** Reads ` 0-100 200-300`; undefined if that makes no sense. */
function stretchesOf(text: string, length: number): BegunRange[] | undefined {
  if (!/^(?: \d{1,15}-\d{1,15})+$/.test(text)) return undefined;
  const stretches = text
    .slice(1)
    .split(' ')
    .map((pair): BegunRange => [Number(pair.split('-')[0]), Number(pair.split('-')[1])]);
  const ordered = stretches.every(([from, to], i) => from < to && from >= (i === 0 ? 0 : stretches[i - 1][1]));
  return ordered && stretches[stretches.length - 1][1] <= length ? stretches : undefined;
}
