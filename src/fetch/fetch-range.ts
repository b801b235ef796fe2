// One request: a range of a part, from a server to its place in the .tmp.
import { packed } from '../net/http-answer.js';
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

/** Milliseconds that a connection may take to end an answer of which all came that was wanted; then it is closed. */
const ENDING = 1000;

/** Who runs a transfer. */
export interface RangeEvents {
  /** Gets bytes of the part; `position` counts from the part's first byte. The bytes are only valid until it returns. */
  received(bytes: Uint8Array, position: number): void;
  /** The range is complete. What follows only serves the connection, which can be used again when the answer has ended. */
  arrived(): void;
  /** The rate limit holds back what came, or does so no longer. */
  held(held: boolean): void;
}

/**
 * Fetches what is missing of a task's range, and moves `range.at` along. Ends early, without an error, if the task is cancelled.
 *
 * Never passes on more than the range: its end may come nearer meanwhile, when another connection takes the rest, or move away, when
 * nobody else does; then it ends with what was asked for. How an answer ends that brought everything does not matter.
 *
 * @throws Unsuitable if the file has another length, or the server ignores ranges; NetError; what `received` throws
 */
export async function fetchRange(
  transport: Transport,
  task: Task,
  signal: AbortSignal,
  events: RangeEvents,
): Promise<void> {
  const { work, range, place, lane, ranged } = task;
  const asked = ranged ? range.end : work.length;
  const options = {
    ...(ranged ? { offset: range.at } : {}),
    ...(asked < work.length ? { end: asked } : {}),
    signal,
    rawNames: true,
    lane: lane.number,
    onHold: (held: boolean) => events.held(held),
  };
  const resource = await transport.get(place.candidate.url, options);
  let arrived = false;
  let ending: NodeJS.Timeout | undefined;
  try {
    const { encoding, offset, body } = resource;
    // A file that is compressed anyway has the length of the part.
    if (encoding !== undefined && resource.length !== work.length) {
      throw new Unsuitable({ kind: 'refused', reason: packed(encoding) });
    }
    const { length = work.length } = resource;
    if (length !== work.length) throw wrongLength(length, work.length);
    if (ranged && offset < range.at) {
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
        events.received(wanted, range.at);
        range.at += wanted.length;
      }
      if (range.at < range.end) continue;
      if (!arrived) {
        arrived = true;
        events.arrived();
        ending = setTimeout(() => resource.cancel(), ENDING);
      }
      // What will not end by itself, or has not ended where it should: the connection is closed.
      if (range.end < asked || position > asked) return;
    }
    if (range.at < Math.min(asked, range.end)) {
      throw new Unsuitable({ kind: 'temporary', reason: 'The transfer ended too early' });
    }
  } catch (error) {
    if (!arrived) throw error;
  } finally {
    clearTimeout(ending);
    resource.cancel();
  }
}

function wrongLength(length: number, wanted: number): Unsuitable {
  return new Unsuitable({ kind: 'wrong', reason: `wrong content: ${length} bytes instead of ${wanted}` });
}
