// When there is nothing else to do: which running transfer an idle connection should take over, or share. Pure.
import { sendsAll, type Lane, type Place, type Task } from './part-work.js';

/** Milliseconds without a byte after which another server, or the same one, may take a range over. */
const SILENT_MS = 2000;
const SILENT_SAME = 5000;
/** A transfer is judged after so many milliseconds; a thief must save at least as many. */
const TRIAL = 1000;
/** Bytes that both halves of a split range must have: sharing costs a request, and what is on its way. */
export const SPLIT_MIN = 4 * 1024 * 1024;
/**
 * Most bytes of a piece where several connections share a part. They fetch it from front to back, piece by piece, so that its digest and
 * the image's can follow.
 */
export const RANGE_BYTES = 32 * 1024 * 1024;
/** How often one part may be taken over, beyond once for each place: it may be the part that is slow. */
const THEFTS = 3;

/** A transfer to take over at `place`, or to share: its range cut into so many pieces. */
export interface Takeover {
  readonly victim: Task;
  readonly place: Place;
  readonly pieces: number | undefined;
}

/** The best use of an idle connection; undefined if all that runs is best left alone. Times in milliseconds. */
export function victimFor(lane: Lane, running: Iterable<Task>, now: number): Takeover | undefined {
  let best: Takeover | undefined;
  let most = 0;
  for (const victim of running) {
    const { work, range } = victim;
    const left = range.end - range.at;
    if (left === 0) continue;
    const silent = silence(victim, now);
    const place = placeFor(lane, victim, silent > SILENT_MS, now);
    if (!place) continue;
    const stuck = silent > (place.mirror === victim.lane.mirror ? SILENT_SAME : SILENT_MS);
    if (stuck || isMuchFaster(lane, victim, left, now)) {
      if (work.thefts < THEFTS + work.places.length) return { victim, place, pieces: undefined };
    } else if (left > most && !work.solo && !sendsAll(place) && isWorthSharing(victim, left, now)) {
      most = left;
      // With FTP each end before the end of the file costs a new login.
      best = { victim, place, pieces: lane.mirror.isWeb ? Math.max(2, Math.ceil(left / RANGE_BYTES)) : 2 };
    }
  }
  return best;
}

/** Milliseconds since the connection of a task brought anything, or could have: while the rate limit holds it back, nothing can come. */
function silence({ began, lane }: Task, now: number): number {
  return lane.held > 0 ? 0 : now - Math.max(began, lane.heard);
}

/** Where the lane's server has the part; a place of a later tier only if the present one has fallen silent. */
function placeFor({ mirror }: Lane, { work, place }: Task, silent: boolean, now: number): Place | undefined {
  return work.places.find(
    (other) =>
      other.mirror === mirror &&
      other.dead === undefined &&
      other.notBefore <= now &&
      (silent || other.candidate.tier <= place.candidate.tier),
  );
}

/** Whether a transfer will take so long that what is on its way beyond the split, and comes in vain, does not matter. */
function isWorthSharing({ began, from, range }: Task, left: number, now: number): boolean {
  const ran = now - began;
  return left >= 2 * SPLIT_MIN && ran >= TRIAL && (left / (range.at - from)) * ran > TRIAL;
}

/** Whether another server would be done long before the one at work. */
function isMuchFaster({ mirror, tasks }: Lane, victim: Task, left: number, now: number): boolean {
  const ran = now - victim.began;
  if (mirror === victim.lane.mirror || mirror.rate === undefined || ran < TRIAL || victim.lane.held > 0) return false;
  const there = (victim.range.at - victim.from) / ran;
  // The rate is that of all connections, of which at least this one is free.
  const here = mirror.rate / 1000 / (tasks.size + 2);
  return left / there > 2 * (left / here) + TRIAL;
}
