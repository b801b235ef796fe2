// The system use fields of a directory record (SUSP 4, 5): tagged entries, which go on in continuation areas.
import type { Source } from '../source.js';
import type { Addressing } from './record.js';

/** A long name and its attributes need a few; a loop would not end. */
const MAX_CONTINUATIONS = 32;
/** SUSP 5.1 keeps an area within one sector; be generous, not endless. */
const MAX_AREA = 65536;

/** Two signature bytes as a number, to compare without making strings. */
export function signature(text: string): number {
  return text.charCodeAt(0) * 256 + text.charCodeAt(1);
}

const CE = signature('CE');
const ST = signature('ST');
const SP = signature('SP');

/**
 * Bytes to skip at the start of each system use field, from the `SP` entry of the root's first record (SUSP 5.3). Where
 * CD-ROM XA attributes precede it (14 bytes), it is looked for behind them.
 *
 * @returns undefined if there is no such entry: system use fields hold something else
 */
export function skipLength(sector: Buffer, from: number, end: number): number | undefined {
  for (const at of [from, from + 14]) {
    // 0 SP, 2 length 7, 3 version 1, 4 check bytes, 6 bytes to skip
    if (at + 7 <= end && sector.readUInt16BE(at) === SP && sector.readUInt16BE(at + 4) === 0xbeef)
      return sector[at + 6];
  }
  return undefined;
}

/**
 * Visits the entries of a system use field and its continuation areas.
 *
 * @param from,end the field, as offsets in `bytes`
 * @param visit gets the signature, and the entry (all its bytes)
 * @returns false if a continuation area could not be read, or there were too many
 */
export function eachEntry(
  source: Source,
  where: Addressing,
  bytes: Buffer,
  from: number,
  end: number,
  visit: (signature: number, entry: Buffer) => void,
): boolean {
  for (let areas = 0; areas < MAX_CONTINUATIONS; areas++) {
    let next: Buffer | undefined;
    for (let at = from; at + 4 <= end;) {
      const id = bytes.readUInt16BE(at);
      const length = bytes[at + 2];
      if (length < 4 || at + length > end || id === ST) break;
      const entry = bytes.subarray(at, at + length);
      // 4 block, 12 offset, 20 length, each in both byte orders
      if (id === CE && length >= 28) next = entry;
      else visit(id, entry);
      at += length;
    }
    if (next === undefined) return true;
    const length = next.readUInt32LE(20);
    if (length > MAX_AREA) return false;
    const area = source.bytes(where.base + next.readUInt32LE(4) * where.blockSize + next.readUInt32LE(12), length);
    if (area === undefined) return false;
    bytes = area;
    from = 0;
    end = length;
  }
  return false;
}
