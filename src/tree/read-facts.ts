// What reading a file once tells: its head and its digests, and that it did not change meanwhile.
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Algorithm } from '../checksum/digest.js';
import { reasonOf } from '../errors.js';
import { toPath } from '../format/bytes.js';
import { OPEN_FLAGS } from '../io/open-file.js';
import { readDigests, type Digests } from './content.js';
import { readHead, type Head } from './head.js';
import { pathOf, type TreeFile } from './types.js';

/** What is to be learnt of a file. */
export interface ReadTask {
  /** As it was found. */
  readonly file: TreeFile;
  /** Length of a head in bytes; 0 for no head. A shorter file has none. */
  readonly headLength: number;
  /** None: the file is not read beyond its head. */
  readonly algorithms: readonly Algorithm[];
}

/** What was learnt. */
export interface ReadFacts extends Digests {
  readonly head?: Head;
}

/** Why nothing was: the file cannot be opened, cannot be read, or is not (any more) what it was when it was found. */
export interface ReadFailure {
  readonly failure: 'open' | 'read' | 'changed';
  /** In strerror's words. */
  readonly reason: string;
}

export type ReadOutcome = ReadFacts | ReadFailure;

/**
 * Reads a file once.
 *
 * @param onPiece called after each piece with its length in bytes; awaited; what it throws ends the reading and is thrown
 */
export async function readFacts(
  { file, headLength, algorithms }: ReadTask,
  onPiece: (length: number) => Promise<void> | undefined,
): Promise<ReadOutcome> {
  let fd: number;
  try {
    fd = openSync(toPath(pathOf(file)), OPEN_FLAGS);
  } catch (error) {
    return { failure: 'open', reason: reasonOf(error) };
  }
  try {
    const head = headLength > 0 ? readHead(fd, file.size, headLength) : undefined;
    if (head) await onPiece(head.length);
    const digests = algorithms.length > 0 ? await readDigests(fd, file.size, algorithms, onPiece) : undefined;
    if (!isUnchanged(fd, file)) return CHANGED;
    return { ...(head && { head }), ...digests };
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    return { failure: 'read', reason: reasonOf(error) };
  } finally {
    closeSync(fd);
  }
}

/** A file that is not, or no longer, what it was when it was found. */
export const CHANGED: ReadFailure = { failure: 'changed', reason: 'it changed meanwhile' };

/** Whether an open file is, after it was read, what it was when it was found. */
export function isUnchanged(fd: number, file: TreeFile): boolean {
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isBlockDevice()) return true; // neither size nor time say anything
  return Number(stat.size) === file.size && stat.mtimeNs === file.mtimeNs && stat.ino === file.ino;
}
