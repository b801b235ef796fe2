// What is still to be fetched of one part, and from where. Pure bookkeeping; positions and lengths in bytes.
import type { Candidate } from './candidates.js';
import type { BegunRange } from '../rebuild/begun-parts.js';
import type { Mirror } from './mirror.js';

/** A place of a part, and what came of it. */
export interface Place {
  readonly candidate: Candidate;
  readonly mirror: Mirror;
  /** Failures in a row. */
  attempts: number;
  /** When it may be tried again. */
  notBefore: number;
  /** Why it is not tried any more. */
  dead: string | undefined;
  /** Whether it is asked for all of the part, whatever is wanted: what it sent for a range was of no use, or did not fit the rest. */
  whole: boolean;
  /** Whether it is asked once more, alone on a connection: what came among other answers was wrong. */
  alone: boolean;
  /** Why it is dead, if an answer among others said so, which may have been meant for another request. */
  doubted: 'missing' | 'refused' | undefined;
}

/** Whether all of the part comes from a place, whatever is asked for. */
export function sendsAll({ whole, mirror }: Place): boolean {
  return whole || mirror.ignoresRanges;
}

/** A run of a part: `at` is how far it has come. */
export interface Range {
  readonly start: number;
  at: number;
  end: number;
  task: Task | undefined;
}

/** One of a server's connections. */
export interface Lane {
  readonly mirror: Mirror;
  readonly number: number;
  readonly tasks: Set<Task>;
  /** When the last byte came. */
  heard: number;
  /** Transfers on it that the rate limit holds back. */
  held: number;
}

/** A request: a range from a place over a connection. */
export interface Task {
  readonly work: PartWork;
  readonly range: Range;
  readonly place: Place;
  readonly lane: Lane;
  readonly began: number;
  /** Where the range was when it began. */
  readonly from: number;
  /** Whether less than the whole part is asked for. */
  readonly ranged: boolean;
  /** Whether other answers came, or were to come, on its connection meanwhile. */
  amongOthers: boolean;
  /** Somebody else got the range: whoever runs this task is to stop. */
  cancelled: boolean;
}

/** One part. */
export class PartWork {
  readonly part: number;
  readonly length: number;
  readonly places: readonly Place[];
  /** When it should be begun: at so many bytes of all that is to be fetched. May be negative. */
  readonly due: number;
  /** Its place in the order in which parts are due. */
  rank = 0;
  /** In order, without gaps. */
  ranges: Range[];
  /** The places that its present bytes came from, each once. No set: a million parts may wait, most of which have none yet. */
  readonly contributors: Place[] = [];
  /** The first request that its present bytes came by, and whether others brought some of them, too. */
  answer: Task | undefined;
  joined = false;
  /** Whether all bytes must come from one place: a mixture was wrong, and nobody knows whose fault it was. */
  solo = false;
  /** How often a range was taken from a slow connection. */
  thefts = 0;
  /** Whether an earlier run has left some of it. */
  resumed = false;
  done = false;
  /** Counts how often it began anew. */
  round = 0;

  constructor(part: number, length: number, places: readonly Place[], due: number) {
    this.part = part;
    this.due = due;
    this.length = length;
    this.places = places;
    this.ranges = [{ start: 0, at: 0, end: length, task: undefined }];
  }

  /** The places to try now: of the first tier that has any left; of doubtful servers only if there is no other. */
  get alive(): Place[] {
    const left = this.places.filter(({ dead, mirror }) => dead === undefined && mirror.retired === undefined);
    const trusted = left.filter(({ mirror }) => !mirror.doubtful);
    const alive = trusted.length > 0 ? trusted : left;
    return alive.filter(({ candidate }) => candidate.tier === alive[0].candidate.tier);
  }

  /** The first range that nobody fetches. */
  get waiting(): Range | undefined {
    return this.done ? undefined : this.ranges.find(({ task, at, end }) => !task && at < end);
  }

  /** Whether all bytes are there, and nobody is at work on it any more. */
  get complete(): boolean {
    return this.ranges.every(({ at, end, task }) => at === end && !task);
  }

  /** Bytes that are there from the first on, without a gap. */
  get beginning(): number {
    const open = this.ranges.find(({ at, end }) => at < end);
    return open ? open.at : this.length;
  }

  /** Bytes that are there. */
  get have(): number {
    return this.ranges.reduce((sum, { start, at }) => sum + at - start, 0);
  }

  /** What is there, in order: from one position to another. */
  get stretches(): BegunRange[] {
    return this.ranges.filter(({ start, at }) => at > start).map(({ start, at }): BegunRange => [start, at]);
  }

  /** Goes on with what an earlier run has left. The last byte is fetched anyway, so that somebody has the part checked. */
  resume(stretches: readonly BegunRange[]): void {
    this.resumed = true;
    const starts = [...(stretches[0][0] > 0 ? [0] : []), ...stretches.map(([from]) => from)];
    const ends = new Map(stretches);
    this.ranges = starts.map((start, i) => {
      const at = Math.min(ends.get(start) ?? start, this.length - 1);
      return { start, at, end: starts[i + 1] ?? this.length, task: undefined };
    });
  }

  /** Begins anew: what came was wrong. */
  reset(): void {
    this.resumed = false;
    this.ranges = [{ start: 0, at: 0, end: this.length, task: undefined }];
    this.contributors.length = 0;
    this.answer = undefined;
    this.joined = false;
    this.round++;
  }

  /** Bytes came by a task. */
  received(task: Task): void {
    if (!this.contributors.includes(task.place)) this.contributors.push(task.place);
    this.answer ??= task;
    if (this.answer !== task) this.joined = true;
  }

  /** Cuts what is left of a range into pieces, the first of which it keeps; the others wait. Returns the second. */
  split(range: Range, pieces: number): Range {
    const { at, end } = range;
    const length = Math.ceil((end - at) / pieces);
    const others: Range[] = [];
    for (let start = at + length; start < end; start += length) {
      others.push({ start, at: start, end: Math.min(start + length, end), task: undefined });
    }
    range.end = at + length;
    this.ranges = this.ranges.flatMap((each) => (each === range ? [range, ...others] : each));
    return others[0];
  }

  /** Undoes splits: a range of which nothing is there, and that nobody fetches, belongs to the one before, if that is not complete. */
  rejoin(): void {
    for (let i = this.ranges.length - 1; i > 0; i--) {
      const [before, { start, at, end, task }] = this.ranges.slice(i - 1, i + 1);
      if (task || at > start || before.at === before.end) continue;
      before.end = end;
      this.ranges.splice(i, 1);
    }
  }
}
