// What Rock Ridge adds to a directory record: POSIX names, and where deep directories really belong (RRIP 4.1).
import type { ByteString } from '../../format/bytes.js';
import type { Source } from '../source.js';
import type { Addressing, DirectoryRecord } from './record.js';
import { eachEntry, signature } from './system-use.js';

const NM = signature('NM');
const CL = signature('CL');
const RE = signature('RE');
const SL = signature('SL');
const SF = signature('SF');
const ZF = signature('ZF');

/** The Rock Ridge fields of one record. */
export interface RockRidge {
  /** Alternate name (4.1.4). */
  name: ByteString | undefined;
  /** First block of the directory that this record, which looks like a file, stands for (4.1.5.1). */
  child: number | undefined;
  /** Whether this directory was moved here from where a `child` names it (4.1.5.3). */
  relocated: boolean;
  /** Symbolic link (4.1.3). */
  link: boolean;
  /** Sparse file (4.1.7): its extent does not hold its bytes as they are. */
  sparse: boolean;
  /** zisofs (libisofs, doc/zisofs_format.txt): its extent holds it compressed. */
  compressed: boolean;
  /** False if some of the fields could not be read. */
  complete: boolean;
}

/**
 * Reads the Rock Ridge fields of a record.
 *
 * @param sector the bytes that the record was parsed from, and `at` its place in them
 * @param skip what `skipLength` found
 */
export function readRockRidge(
  source: Source,
  where: Addressing,
  sector: Buffer,
  at: number,
  record: DirectoryRecord,
  skip: number,
): RockRidge {
  const result: RockRidge = {
    name: undefined,
    child: undefined,
    relocated: false,
    link: false,
    sparse: false,
    compressed: false,
    complete: true,
  };
  let named = false;
  const visit = (id: number, entry: Buffer): void => {
    if (id === NM && entry.length >= 5 && !named) {
      // 4 flags: 1 goes on in the next NM, 2 this directory, 4 parent directory; 5 name
      if ((entry[4] & 6) === 0) result.name = (result.name ?? '') + entry.toString('latin1', 5);
      named = (entry[4] & 1) === 0;
    } else if (id === CL && entry.length >= 12) {
      result.child = entry.readUInt32LE(4);
    } else if (id === RE) {
      result.relocated = true;
    } else if (id === SL) {
      result.link = true;
    } else if (id === SF) {
      result.sparse = true;
    } else if (id === ZF) {
      result.compressed = true;
    }
  };
  result.complete = eachEntry(source, where, sector, record.systemUse + skip, at + record.recordLength, visit);
  return result;
}
