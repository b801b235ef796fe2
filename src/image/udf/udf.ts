// UDF volumes of all revisions: the file set's tree of directories (ECMA-167 4/8.3 to 4/8.6, 4/14.1).
import { display, type ByteString } from '../../format/bytes.js';
import { totalLength } from '../extents.js';
import { segment } from '../names.js';
import type { Source } from '../source.js';
import { RANK, type Survey } from '../survey.js';
import { longAd, type PartitionExtent } from './addresses.js';
import { fileIdentifiers } from './directory.js';
import { allocationOf, FILE_TYPE, readAt, readEntry, readExtents, type FileEntry, type Space } from './entry.js';
import { openSpace } from './space.js';
import { TAG, tagOf } from './tag.js';
import { readVolumeDescriptors } from './volume.js';

/** Bytes of one directory: half a million entries. */
const MAX_DIRECTORY = 2 ** 26;

interface Directory {
  /** Path below the root, with a trailing `/`; empty for the root. */
  readonly path: ByteString;
  readonly entry: FileEntry;
}

/**
 * Tells the survey the files and areas of a UDF volume.
 *
 * @returns false if there is no anchor, or no logical volume where it points
 */
export function readUdf(source: Source, survey: Survey): boolean {
  const volume = readVolumeDescriptors(source, survey);
  if (volume === undefined) return false;
  const space = openSpace(source, survey, volume);
  const fileSet = readAt(space, volume.fileSet.partition, volume.fileSet.block, 512);
  if (fileSet === undefined || tagOf(fileSet) !== TAG.fileSet) {
    survey.problem(
      'udf',
      `no file set descriptor at block ${volume.fileSet.block} of partition ${volume.fileSet.partition}`,
    );
    return true;
  }
  for (const { offset } of space.maps[volume.fileSet.partition]?.locate(volume.fileSet.block, 512) ?? []) {
    survey.area(offset, volume.blockSize, 'UDF file set');
  }
  new TreeWalk(space, survey).run(longAd(fileSet, 400));
  return true;
}

/** Walks the directories from the root down. */
class TreeWalk {
  readonly #space: Space;
  readonly #survey: Survey;
  readonly #pending: Directory[] = [];
  /** Offsets of the entries of directories seen: a loop ends there. */
  readonly #seen = new Set<number>();

  constructor(space: Space, survey: Survey) {
    this.#space = space;
    this.#survey = survey;
  }

  run(root: PartitionExtent): void {
    this.#visit('', root, true);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      if (this.#survey.full || this.#space.source.exhausted) return;
      this.#readDirectory(next);
    }
  }

  /** Reads the entry that an identifier names: notes a directory for later, tells the survey a file. */
  #visit(path: ByteString, icb: PartitionExtent, directory: boolean): void {
    const entry = readEntry(this.#space, icb);
    if (entry === undefined) {
      this.#problem(path, `no file entry at block ${icb.block} of partition ${icb.partition}`);
      return;
    }
    this.#survey.area(entry.offset, this.#space.blockSize, 'UDF file entry');
    if (!entry.intact) this.#problem(path, 'its file entry has a wrong CRC; used all the same');
    if (directory || entry.type === FILE_TYPE.directory) {
      if (this.#seen.has(entry.offset)) return;
      this.#seen.add(entry.offset);
      this.#pending.push({ path: path === '' ? '' : `${path}/`, entry });
    } else if (
      entry.type === FILE_TYPE.file ||
      entry.type === FILE_TYPE.realtime ||
      entry.type === FILE_TYPE.unspecified
    ) {
      const { extents, problem } = allocationOf(this.#space, entry);
      if (problem === undefined) this.#survey.file('udf', path, extents, RANK.udf);
      else this.#problem(path, problem);
    }
  }

  #readDirectory({ path, entry }: Directory): void {
    const { extents, problem } = allocationOf(this.#space, entry);
    const size = totalLength(extents);
    if (problem !== undefined) this.#problem(path, problem);
    const data = size <= MAX_DIRECTORY ? readExtents(this.#space.source, extents) : undefined;
    if (data === undefined) {
      this.#problem(path, `its directory of ${size} bytes cannot be read`);
      return;
    }
    if (entry.form !== 3) for (const { offset, length } of extents) this.#survey.area(offset, length, 'UDF directory');
    const damaged = (at: number): void => this.#problem(path, `damaged directory at byte ${at} of it`);
    for (const { name, directory, icb } of fileIdentifiers(data, damaged)) {
      const child = path + segment(name);
      if (this.#survey.full) return;
      if (this.#survey.admit('udf', child)) this.#visit(child, icb, directory);
    }
  }

  #problem(path: ByteString, text: string): void {
    this.#survey.problem('udf', `\`${display(path)}': ${text}`);
  }
}
