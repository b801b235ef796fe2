// zip archives: the members that are stored as they are (APPNOTE.TXT 4.3, 4.4, 4.5.3).
import { display } from '../../format/bytes.js';
import { withoutDots } from '../names.js';
import type { Source } from '../source.js';
import { RANK, type Survey } from '../survey.js';
import { findCentralDirectory, type CentralDirectory } from './end.js';

/** Bytes of a central directory entry before its name. */
const CENTRAL_ENTRY_BYTES = 46;
/** Flags: encrypted, strongly encrypted, local header masked (4.4.4). */
const ENCRYPTED = 0x2041;
/** Bytes of a local header before its name. */
const LOCAL = 30;

/**
 * Tells the survey the stored members of a zip archive. Compressed and encrypted ones are nobody's files.
 *
 * @param isKnown whether the image is of another kind: then an archive in it counts only if the image ends with it
 * @returns false if the image does not end with a zip archive
 */
export function readZip(source: Source, survey: Survey, isKnown: boolean): boolean {
  const directory = findCentralDirectory(source, !isKnown);
  if (directory === undefined) return false;
  const end = directory.offset + directory.length;
  survey.area(directory.offset, directory.end - directory.offset, 'zip directory');
  for (let at = directory.offset; at < end && !survey.full;) {
    const head = source.bytes(at, CENTRAL_ENTRY_BYTES);
    if (head?.readUInt32LE(0) !== 0x02014b50) {
      survey.problem('zip', `no directory entry at byte ${at}; the rest was left out`);
      break;
    }
    const length = CENTRAL_ENTRY_BYTES + head.readUInt16LE(28) + head.readUInt16LE(30) + head.readUInt16LE(32);
    const entry = source.bytes(at, length);
    if (entry === undefined) break;
    readEntry(source, survey, directory, entry);
    at += length;
  }
  return true;
}

function readEntry(source: Source, survey: Survey, { base }: CentralDirectory, entry: Buffer): void {
  // 0 signature, 4 versions, 8 flags, 10 method, 12 time, 16 CRC, 20 compressed size, 24 size, 28 name, extra and comment
  // lengths, 34 disk, 36 attributes, 42 local header's offset, 46 name, extra, comment
  const nameEnd = CENTRAL_ENTRY_BYTES + entry.readUInt16LE(28);
  const path = withoutDots(entry.toString('latin1', CENTRAL_ENTRY_BYTES, nameEnd));
  const flags = entry.readUInt16LE(8);
  if (!survey.admit('zip', path) || isLink(entry)) return;
  const isEncrypted = (flags & ENCRYPTED) !== 0;
  if (isEncrypted || entry.readUInt16LE(10) !== 0) {
    survey.packed(isEncrypted ? 'encrypted' : 'compressed');
    return;
  }
  const [size, compressed, offset] = wide(entry.subarray(nameEnd, nameEnd + entry.readUInt16LE(30)), [
    entry.readUInt32LE(24),
    entry.readUInt32LE(20),
    entry.readUInt32LE(42),
  ]);
  if (compressed === 0) return;
  const local = source.bytes(base + offset, LOCAL);
  if (size !== compressed || local?.readUInt32LE(0) !== 0x04034b50) {
    survey.problem('zip', `\`${display(path)}': bad local header at byte ${base + offset}`);
    return;
  }
  // 26 name's length, 28 extra field's length: the latter often differs from the directory's
  const data = base + offset + LOCAL + local.readUInt16LE(26) + local.readUInt16LE(28);
  survey.area(base + offset, data - base - offset, 'zip header');
  survey.file('zip', path, [{ offset: data, length: size }], RANK.archive);
}

/** A symbolic link, whose data is its target: made on Unix (4.4.2), with the file mode in the upper half of the attributes. */
function isLink(entry: Buffer): boolean {
  return entry[5] === 3 && entry.readUInt16LE(40) >>> 12 === 0o12;
}

/**
 * Replaces what does not fit 32 bits by the values of the zip64 extra field, which holds, in this order, only those (4.5.3).
 *
 * @param extra the extra fields
 * @param values size, compressed size, offset of the local header
 */
function wide(extra: Buffer, values: readonly [number, number, number]): readonly number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      const field = extra.subarray(at + 4, at + 4 + length);
      let next = 0;
      return values.map((value) => {
        if (value !== 0xffffffff || next + 8 > field.length) return value;
        next += 8;
        return Number(field.readBigUInt64LE(next - 8));
      });
    }
    at += 4 + length;
  }
  return values;
}
