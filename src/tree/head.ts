// The start of a file: the matcher's key to it, and the repetition that it begins with.
import { closeSync, openSync } from 'node:fs';
import { rsum64 } from '../checksum/rsum64.js';
import { toPath, type ByteString } from '../format/bytes.js';
import { OPEN_FLAGS } from '../io/open-file.js';
import { readFully } from '../io/read-fully.js';
import { smallestPeriod } from './period.js';

/** Bytes of a file's start that are kept as they are. */
export const HEAD_PREFIX_LENGTH = 80;

/** What the first `length` bytes of a file tell. */
export interface Head {
  /** Number of bytes covered: the --min-length of the run that read them. */
  readonly length: number;
  /** RsyncSum64 of these bytes, halves as signed 32-bit integers. */
  readonly lo: number;
  readonly hi: number;
  /** Smallest period in bytes of these bytes if at most half of them, else 0. */
  readonly period: number;
  /** Length in bytes of the longest prefix of the file that has that period; 0 if the period is 0. */
  readonly run: number;
  /** The first HEAD_PREFIX_LENGTH bytes, fewer if `length` is less. */
  readonly prefix: Uint8Array;
}

const HEAD_READ_BYTES = 256 * 1024;
let scratch = Buffer.alloc(0);

/**
 * Reads the start of a file, and on from there as long as the repetition holds that it begins with.
 *
 * @param file a descriptor, whose position is not used, or the name of a file
 * @param size the file's length in bytes
 * @param length how many bytes the head has
 * @returns undefined if the file is shorter than a head
 * @throws what node:fs throws
 */
export function readHead(file: number | ByteString, size: number, length: number): Head | undefined {
  if (size < length || length < 1) return undefined;
  if (typeof file === 'number') return readHeadOf(file, size, length);
  const fd = openSync(toPath(file), OPEN_FLAGS);
  try {
    return readHeadOf(fd, size, length);
  } finally {
    closeSync(fd);
  }
}

function readHeadOf(fd: number, size: number, length: number): Head | undefined {
  if (scratch.length < length) scratch = Buffer.alloc(length);
  const bytes = scratch.subarray(0, length);
  if (readFully(fd, bytes, 0) < length) return undefined;
  const { lo, hi } = rsum64(bytes);
  const period = smallestPeriod(bytes);
  const run = period === 0 ? 0 : periodicRun(fd, size, bytes, period);
  return { length, lo, hi, period, run, prefix: new Uint8Array(bytes.subarray(0, HEAD_PREFIX_LENGTH)) };
}

/** How far, in bytes from its start, the file repeats the first `period` bytes of its head. */
function periodicRun(fd: number, size: number, head: Uint8Array, period: number): number {
  const repeated = Buffer.alloc(HEAD_READ_BYTES + period).fill(head.subarray(0, period));
  const piece = Buffer.alloc(Math.min(HEAD_READ_BYTES, size - head.length));
  for (let position = head.length; position < size;) {
    const found = piece.subarray(0, Math.min(piece.length, size - position));
    const length = readFully(fd, found, position);
    const phase = position % period;
    // equals() compares at the speed of memory; only the piece in which the run ends is looked at byte by byte.
    if (!found.subarray(0, length).equals(repeated.subarray(phase, phase + length))) {
      let same = 0;
      while (found[same] === repeated[phase + same]) same++;
      return position + same;
    }
    position += length;
    if (length < found.length) return position;
  }
  return size;
}
