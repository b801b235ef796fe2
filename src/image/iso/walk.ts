// One directory hierarchy of an ISO9660 volume, from its root down (ECMA-119 6.8).
import { display, type ByteString } from '../../format/bytes.js';
import type { Extent } from '../../io/reader.js';
import { append } from '../extents.js';
import { fromUcs2, segment } from '../names.js';
import type { Source } from '../source.js';
import { RANK, type Survey } from '../survey.js';
import { SECTOR, type Hierarchy, type NameSource } from './descriptors.js';
import {
  dataOffset,
  isParent,
  isSelf,
  parseRecord,
  sectionExtents,
  type Addressing,
  type DirectoryRecord,
} from './record.js';
import { readRockRidge, type RockRidge } from './rock-ridge.js';
import { skipLength } from './system-use.js';

/** A directory yet to be read. */
interface Directory {
  /** Path below the root, with a trailing `/`; empty for the root. */
  readonly path: ByteString;
  /** Bytes from the start of the image. */
  readonly offset: number;
  /** Bytes; undefined if only its own first record knows. */
  readonly length: number | undefined;
}

/** A file whose records are not all read yet (ECMA-119 6.5.1). */
interface OpenFile {
  /** Which records belong together: the name as recorded, and whether it is the associated file. */
  readonly key: string;
  readonly path: ByteString;
  readonly rank: number;
  readonly extents: Extent[];
  /** Set if a part of it is unusable: the file is left out once it is complete. */
  broken: boolean;
}

/** Walks one hierarchy and tells the survey its files and directories. */
export class HierarchyWalk {
  readonly #source: Source;
  readonly #survey: Survey;
  readonly #where: Addressing;
  readonly #names: NameSource;
  /** Directories seen, by offset: each is read once, whoever refers to it. */
  readonly #seen: Set<number>;
  readonly #pending: Directory[] = [];
  /** Directories out of place; normally reached through what stands in their place. */
  readonly #relocated: Directory[] = [];
  /** Bytes to skip in system use fields, if there is Rock Ridge. */
  #skip: number | undefined;
  #file: OpenFile | undefined;

  constructor(source: Source, survey: Survey, where: Addressing, names: NameSource, seen: Set<number>) {
    this.#source = source;
    this.#survey = survey;
    this.#where = where;
    this.#names = names;
    this.#seen = seen;
  }

  /** Reads all directories below the hierarchy's root. */
  run(hierarchy: Hierarchy): void {
    const offset = this.#where.base + hierarchy.root * this.#where.blockSize;
    this.#skip = this.#findSkip(offset);
    this.#pending.push({ path: '', offset, length: hierarchy.rootLength });
    for (;;) {
      const directory = this.#pending.pop() ?? this.#relocated.pop();
      if (directory === undefined || this.#survey.full || this.#source.exhausted) return;
      if (this.#seen.has(directory.offset)) continue;
      this.#seen.add(directory.offset);
      this.#readDirectory(directory);
    }
  }

  /** Rock Ridge announces itself in the first record of the root. */
  #findSkip(root: number): number | undefined {
    const sector = this.#source.bytes(root, Math.min(SECTOR, this.#source.size - root));
    const record = sector && parseRecord(this.#source, this.#where, sector, 0);
    return record && isSelf(record) ? skipLength(sector, record.systemUse, record.recordLength) : undefined;
  }

  #readDirectory({ path, offset, length }: Directory): void {
    const first = this.#source.bytes(offset, 34);
    const self = first && this.#parseSelf(offset);
    if (self === undefined) {
      this.#problem(`\`${display(path)}': no directory at byte ${offset}`);
      return;
    }
    if (length === undefined || length === 0 || !this.#source.within(offset, length)) length = self.length;
    if (!this.#source.within(offset, length)) {
      this.#problem(`directory \`${display(path)}' ends outside the image`);
      length = this.#source.size - offset;
    }
    this.#survey.area(offset, length, 'directory');
    const end = offset + length;
    for (let at = offset; at < end && !this.#survey.full;) {
      // Records do not cross sectors, and sectors count from block 0 (6.8.1.1).
      const next = Math.min(end, at + SECTOR - ((at - this.#where.base) % SECTOR));
      const sector = this.#source.bytes(at, next - at);
      if (sector === undefined) break;
      this.#readSector(path, sector, at);
      at = next;
    }
    this.#closeFile();
  }

  #parseSelf(offset: number): DirectoryRecord | undefined {
    const sector = this.#source.bytes(offset, Math.min(SECTOR, this.#source.size - offset));
    const record = sector && parseRecord(this.#source, this.#where, sector, 0);
    return record && isSelf(record) ? record : undefined;
  }

  #readSector(path: ByteString, sector: Buffer, offset: number): void {
    for (let at = 0; at < sector.length && sector[at] !== 0; at += sector[at]) {
      const record = parseRecord(this.#source, this.#where, sector, at);
      if (record === undefined) {
        this.#problem(`\`${display(path)}': bad directory record at byte ${offset + at}`);
        return;
      }
      if (!isSelf(record) && !isParent(record)) this.#readRecord(path, sector, at, record);
    }
  }

  #readRecord(parent: ByteString, sector: Buffer, at: number, record: DirectoryRecord): void {
    const rock =
      this.#skip === undefined ? undefined : readRockRidge(this.#source, this.#where, sector, at, record, this.#skip);
    const path = parent + segment(rock?.name ?? this.#nameOf(record.name));
    if (!this.#survey.admit('iso9660', path)) return;
    if (rock?.complete === false) this.#problem(`\`${display(path)}': bad system use continuation`);
    if (rock?.child !== undefined) {
      const offset = this.#where.base + rock.child * this.#where.blockSize;
      this.#pending.push({ path: `${path}/`, offset, length: undefined });
    } else if (record.directory) {
      const directory = { path: `${path}/`, offset: dataOffset(this.#where, record), length: record.length };
      (rock?.relocated === true ? this.#relocated : this.#pending).push(directory);
    } else {
      this.#readFile(path, record, rock);
    }
  }

  #readFile(path: ByteString, record: DirectoryRecord, rock: RockRidge | undefined): void {
    const key = `${record.associated ? 'a' : 'd'}${record.name.toString('latin1')}`;
    if (this.#file?.key !== key) {
      this.#closeFile();
      const rank = rock?.name === undefined ? RANK[this.#names] : RANK.rockRidge;
      this.#file = {
        key,
        path: record.associated ? `[ASSOCIATED]/${path}` : path,
        rank,
        extents: [],
        broken: rock?.link === true,
      };
    }
    if (rock?.sparse === true) this.#breakFile('sparse file');
    if (rock?.compressed === true && !record.continued) this.#survey.packed('zisofs');
    const extents = sectionExtents(this.#where, record);
    if (extents === undefined) this.#breakFile('unusable interleaving');
    for (const { offset, length } of extents ?? []) append(this.#file.extents, offset, length);
    if (!record.continued) this.#closeFile();
  }

  #breakFile(reason: string): void {
    if (this.#file === undefined || this.#file.broken) return;
    this.#file.broken = true;
    this.#problem(`\`${display(this.#file.path)}': ${reason}`);
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined && !file.broken) this.#survey.file('iso9660', file.path, file.extents, file.rank);
  }

  /** A recorded name as the file's name: without version number, and without the dot of an empty extension (7.5). */
  #nameOf(name: Buffer): ByteString {
    const text = this.#names === 'joliet' ? fromUcs2(name) : name.toString('latin1');
    if (this.#names === 'enhanced') return text;
    const unversioned = text.replace(/;\d*$/, '');
    return this.#names === 'plain' && unversioned.length > 1 ? unversioned.replace(/\.$/, '') : unversioned;
  }

  #problem(text: string): void {
    this.#survey.problem('iso9660', text);
  }
}
