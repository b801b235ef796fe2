// ISO9660 images: every session, every directory hierarchy, boot images.
import type { Extent } from '../../io/reader.js';
import type { Source } from '../source.js';
import { RANK, type Survey } from '../survey.js';
import { SECTOR, SYSTEM_AREA, type NameSource } from './descriptors.js';
import { readBootCatalogue } from './el-torito.js';
import { findSessions, type DiscSession } from './sessions.js';
import { HierarchyWalk } from './walk.js';

/**
 * Tells the survey the files and areas of an ISO9660 image. A file that several hierarchies or sessions have gets its
 * Rock Ridge name, or else the one of Joliet, ISO9660:1999, plain ISO9660, and the newest session's.
 *
 * @returns false if the image has no primary volume descriptor at sector 16
 */
export function readIso9660(source: Source, survey: Survey): boolean {
  const sessions = findSessions(source);
  const seen: Record<NameSource, Set<number>> = { plain: new Set(), joliet: new Set(), enhanced: new Set() };
  const boot: Extent[] = [];
  for (const { descriptors, base } of sessions) {
    survey.area(descriptors.start + SYSTEM_AREA * SECTOR, descriptors.length, 'volume descriptors');
    for (const hierarchy of descriptors.hierarchies) {
      const { blockSize, pathTableLength, pathTables, names } = hierarchy;
      for (const block of pathTables) {
        if (block !== 0) survey.area(base + block * blockSize, pathTableLength, 'path table');
      }
      new HierarchyWalk(source, survey, { base, blockSize }, names, seen[names]).run(hierarchy);
    }
    for (const extent of readBoot(source, survey, { descriptors, base })) boot.push(extent);
  }
  addBootImages(survey, boot);
  return sessions.length > 0;
}

function readBoot(source: Source, survey: Survey, { descriptors, base }: DiscSession): readonly Extent[] {
  if (descriptors.bootCatalogue === undefined) return [];
  const offset = base + descriptors.bootCatalogue * SECTOR;
  const catalogue = readBootCatalogue(source, offset, base);
  if (catalogue === undefined) {
    survey.problem('iso9660', `no boot catalogue at byte ${offset}`);
    return [];
  }
  survey.area(offset, catalogue.length, 'boot catalogue');
  return catalogue.images;
}

/** Boot images at which a file begins are that file: the directory knows its full length. */
function addBootImages(survey: Survey, images: readonly Extent[]): void {
  let count = 0;
  for (const image of images) {
    count++;
    if (!survey.startsAt(image.offset)) survey.file('iso9660', `[BOOT]/${count}.img`, [image], RANK.plain);
  }
}
