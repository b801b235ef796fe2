// Reads the files of a batch, and hashes eight of them at a time where that is faster.
import { closeSync, openSync } from 'node:fs';
import { DIGEST_LENGTH } from '../checksum/digest.js';
import { Md5Lanes } from '../checksum/md5-lanes.js';
import type { Message } from '../checksum/message.js';
import { reasonOf } from '../errors.js';
import { toPath } from '../format/bytes.js';
import { OPEN_FLAGS } from '../io/open-file.js';
import { readFully } from '../io/read-fully.js';
import { readHead, type Head } from './head.js';
import { CHANGED, isUnchanged, readFacts, type ReadOutcome, type ReadTask } from './read-facts.js';
import { pathOf } from './types.js';

/**
 * A file is hashed together with others if it has this part of their bytes at most. A longer one would be left alone at the end,
 * in a lane that has a third of node:crypto's speed.
 */
const SHARE = 1 / 16;

/** Those of this thread: most threads need none. */
let lanes: Md5Lanes | undefined;

/**
 * Reads each file once.
 *
 * @param onPiece called after each piece with its length in bytes; awaited where a file is long
 * @returns outcomes in the order of the tasks
 * @throws what `onPiece` throws
 */
export async function readBatch(
  tasks: readonly ReadTask[],
  onPiece: (length: number) => Promise<void> | undefined,
): Promise<ReadOutcome[]> {
  const outcomes: ReadOutcome[] = [];
  const together = shortOnes(tasks);
  if (together.length > 0) {
    let sum = 0;
    hashTogether(tasks, together, outcomes, (length) => (sum += length));
    await onPiece(sum);
  }
  for (const [i, task] of tasks.entries()) outcomes[i] ??= await readFacts(task, onPiece);
  return outcomes;
}

/** The indices of the files that are hashed together, the longest first: so the lanes end at about the same time. */
function shortOnes(tasks: readonly ReadTask[]): number[] {
  const length = (i: number): number => tasks[i].file.size;
  const sorted = Array.from(tasks.keys())
    .filter((i) => tasks[i].algorithms.length === 1 && tasks[i].algorithms[0] === 'md5')
    .sort((a, b) => length(b) - length(a));
  let sum = sorted.reduce((bytes, i) => bytes + length(i), 0);
  let first = 0;
  while (first < sorted.length && length(sorted[first]) > sum * SHARE) sum -= length(sorted[first++]);
  return sorted.slice(first);
}

function hashTogether(
  tasks: readonly ReadTask[],
  indices: readonly number[],
  outcomes: ReadOutcome[],
  count: (length: number) => void,
): void {
  // One memory for all digests: they go from thread to thread in one piece.
  const digests = new Uint8Array(indices.length * DIGEST_LENGTH.md5);
  let next = 0;
  const supply = (): Message | undefined => {
    while (next < indices.length) {
      const digest = digests.subarray(next * DIGEST_LENGTH.md5, (next + 1) * DIGEST_LENGTH.md5);
      const i = indices[next++];
      const message = openMessage(tasks[i], digest, count, (outcome) => (outcomes[i] = outcome));
      if (message) return message;
    }
    return undefined;
  };
  lanes ??= new Md5Lanes();
  lanes.run(supply, true);
}

/** Opens a file. It is closed as soon as its outcome is told. */
function openMessage(
  { file, headLength }: ReadTask,
  digest: Uint8Array,
  count: (length: number) => void,
  tell: (outcome: ReadOutcome) => void,
): Message | undefined {
  let fd: number;
  try {
    fd = openSync(toPath(pathOf(file)), OPEN_FLAGS);
  } catch (error) {
    tell({ failure: 'open', reason: reasonOf(error) });
    return undefined;
  }
  const end = (outcome: ReadOutcome): void => {
    closeSync(fd);
    tell(outcome);
  };
  const fail = (error: unknown): void => end({ failure: 'read', reason: reasonOf(error) });
  let head: Head | undefined;
  try {
    head = headLength > 0 ? readHead(fd, file.size, headLength) : undefined;
    if (head) count(head.length);
  } catch (error) {
    fail(error);
    return undefined;
  }
  let position = 0;
  return {
    length: file.size,
    next(target) {
      try {
        const length = readFully(fd, target, position);
        position += length;
        count(length);
        if (length === target.length) return true;
        end(CHANGED);
      } catch (error) {
        fail(error);
      }
      return false;
    },
    done(md5) {
      digest.set(md5);
      end(isUnchanged(fd, file) ? { ...(head && { head }), md5: digest } : CHANGED);
    },
  };
}
