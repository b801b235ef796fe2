// One request: a range of a part, from a server to its place in the .tmp.
import type { Transport } from '../net/transport.js';
import type { Failure } from './schedule.js';
import type { Task } from './part-work.js';

/** Why a transfer makes no sense to go on with, though the network is fine. */
export class Unsuitable extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/** Gets bytes of a part; `position` counts from the part's first byte. Only valid until it returns. */
export type RangeSink = (bytes: Uint8Array, position: number) => void;

/**
 * Fetches what is missing of a task's range, and moves `range.at` along. Ends early, without an error, if the task is cancelled.
 *
 * Never passes on more than the range: its end may come nearer meanwhile, when another connection takes the rest.
 *
 * @throws Unsuitable if the file has another length, or the server ignores ranges; NetError; what `sink` throws
 */
export async function fetchRange(
  transport: Transport,
  task: Task,
  signal: AbortSignal,
  sink: RangeSink,
): Promise<void> {
  const { work, range, place, lane } = task;
  const asked = range.end;
  const end = asked < work.length ? asked : undefined;
  const options = {
    offset: range.at,
    ...(end === undefined ? {} : { end }),
    signal,
    rawNames: true,
    lane: lane.number,
  };
  const resource = await transport.get(place.candidate.url, options);
  try {
    const { length = work.length, offset, body } = resource;
    if (length !== work.length) throw wrongLength(length, work.length);
    if (offset < range.at) {
      // Somebody else fetches what is before: no need to fetch it twice, the first time.
      if (range.start > 0 && !lane.mirror.ignoresRanges) throw new Unsuitable({ kind: 'ranges', reason: 'no ranges' });
      lane.mirror.ignoresRanges = true;
    }
    let position = offset;
    for await (const chunk of body) {
      if (task.cancelled) return;
      const skipped = Math.min(chunk.length, range.at - position);
      const piece = skipped > 0 ? chunk.subarray(skipped) : chunk;
      position += chunk.length;
      const wanted = piece.length > range.end - range.at ? piece.subarray(0, range.end - range.at) : piece;
      if (wanted.length > 0) {
        sink(wanted, range.at);
        range.at += wanted.length;
      }
      if (position > work.length) throw wrongLength(undefined, work.length);
      // Only what will not end by itself: the connection is closed.
      if (range.at === range.end && range.end < asked) return;
    }
    if (range.at < range.end) throw new Unsuitable({ kind: 'temporary', reason: 'The transfer ended too early' });
  } catch (error) {
    // All that was wanted is there: how the connection ends does not matter.
    if (error instanceof Unsuitable || task.cancelled || range.at < range.end) throw error;
  } finally {
    resource.cancel();
  }
}

function wrongLength(length: number | undefined, wanted: number): Unsuitable {
  const reason = length === undefined ? `more than ${wanted} bytes` : `${length} bytes instead of ${wanted}`;
  return new Unsuitable({ kind: 'wrong', reason: `wrong content: ${reason}` });
}
