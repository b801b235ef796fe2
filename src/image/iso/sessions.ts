// Finding the sessions of an ISO9660 image, and from where each counts its blocks.
import type { Source } from '../source.js';
import { isPrimary, readDescriptors, SECTOR, SYSTEM_AREA, type DescriptorSet } from './descriptors.js';
import { isSelf, parseRecord, type Addressing } from './record.js';

/** Sectors from the start in which further volume descriptors are looked for (partition offset, session 1 behind a superblock). */
const SEARCHED_SECTORS = 512;
/** Sectors behind the end of a session in which the next one is looked for: a CD has a gap of 11,400 there. */
const GAP = 16384;
/** Sectors that are looked at in all. */
const MAX_SCAN = 65536;
/** A CD has 99 tracks; an overwritable medium has as many as were burnt. */
const MAX_SESSIONS = 1000;
/** Sectors in which a lost root directory is looked for. */
const ROOT_SEARCH = 4096;

/** One session, or one view of the image by other block addresses. */
export interface DiscSession {
  readonly descriptors: DescriptorSet;
  /** Byte at which block 0 lies. */
  readonly base: number;
}

/** Sectors in which volume descriptors are looked for: all of them, or only until one is found. */
interface Region {
  readonly from: number;
  readonly to: number;
  readonly whole: boolean;
}

/**
 * All sessions, the newest first.
 *
 * On a medium that can be overwritten the descriptors at sector 16 describe the newest session, whose own stand at its
 * start; the first session's own are then at sector 32 + 16 (libisofs, "emulated table of contents"). Elsewhere sector 16 is
 * the first session, and the others follow behind its end.
 */
export function findSessions(source: Source): DiscSession[] {
  const sessions: DiscSession[] = [];
  const superblock = readDescriptors(source, 0);
  if (superblock === undefined) return sessions;
  sessions.push({
    descriptors: superblock,
    base: findBase(source, superblock) ?? shiftedBase(source, superblock) ?? 0,
  });
  const regions = [{ from: SYSTEM_AREA + 1, to: SEARCHED_SECTORS, whole: true }, behind(superblock)];
  let looks = 0;
  for (let next = 0; regions.length > 0;) {
    regions.sort((a, b) => b.from - a.from);
    const { from, to, whole } = regions.pop() as Region;
    for (let sector = Math.max(from, next); sector < to; sector++) {
      if (!source.within(sector * SECTOR, SECTOR) || ++looks > MAX_SCAN || sessions.length >= MAX_SESSIONS) break;
      next = sector + 1;
      const session = isPrimary(source, sector * SECTOR) ? sessionAt(source, sector) : undefined;
      if (session === undefined) continue;
      sessions.push(session);
      regions.push(behind(session.descriptors));
      if (!whole) break;
    }
  }
  return sessions.sort(
    (a, b) => endOf(b.descriptors) - endOf(a.descriptors) || a.descriptors.start - b.descriptors.start,
  );
}

/** The session whose first volume descriptor is in the given sector, if its root directory is where it says. */
function sessionAt(source: Source, sector: number): DiscSession | undefined {
  const descriptors = readDescriptors(source, (sector - SYSTEM_AREA) * SECTOR);
  const base = descriptors && findBase(source, descriptors);
  return descriptors && base !== undefined ? { descriptors, base } : undefined;
}

/** Where the next session's descriptors may be. */
function behind(descriptors: DescriptorSet): Region {
  const from = Math.ceil(endOf(descriptors) / SECTOR);
  return { from, to: from + GAP, whole: false };
}

/** Byte behind the last block of a session: volume sizes count from the session's start. */
function endOf({ start, hierarchies }: DescriptorSet): number {
  return start + hierarchies[0].blocks * hierarchies[0].blockSize;
}

/**
 * Sessions count blocks from the start of the disc, partitions from their own: whichever leads to a root directory that
 * says it begins where the descriptor says.
 */
function findBase(source: Source, { start, hierarchies }: DescriptorSet): number | undefined {
  const [{ blockSize, root }] = hierarchies;
  return [0, start].find((base) => isRoot(source, { base, blockSize }, root, base + root * blockSize));
}

/** The same for an image that lacks the start of the disc: the root directory is looked for near the descriptors. */
function shiftedBase(source: Source, { hierarchies }: DescriptorSet): number | undefined {
  const [{ blockSize, root }] = hierarchies;
  for (let sector = SYSTEM_AREA + 2; sector < ROOT_SEARCH && source.within(sector * SECTOR, SECTOR); sector++) {
    const base = sector * SECTOR - root * blockSize;
    if (isRoot(source, { base, blockSize }, root, sector * SECTOR)) return base;
  }
  return undefined;
}

function isRoot(source: Source, where: Addressing, root: number, offset: number): boolean {
  const bytes = source.bytes(offset, 34);
  if (bytes === undefined || bytes[0] < 34 || bytes[32] !== 1) return false;
  const sector = source.bytes(offset, bytes[0]);
  const record = sector && parseRecord(source, where, sector, 0);
  return record !== undefined && isSelf(record) && record.block + record.attributeBlocks === root;
}
