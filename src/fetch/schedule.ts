// Who fetches what next. Pure: knows of no network and no clock; whoever runs the tasks tells what came of them.
//
// Each range of a part is in one of three states, and each part is `done`, given up, or open:
//
//   waiting   `at < end`, no task      in the queues of all servers that may be asked for the part         -> fetched   (#start)
//   fetched   `at < end`, a task       among the tasks that run                                            -> complete  (arrived)
//                                                                                                          -> waiting   (failed, ended)
//                                                                                                          -> fetched   (#takeOver)
//   complete  `at === end`, no task    never asked for again                                               -> waiting   (#restart)
//
// When the last range of a part is complete, `arrived` or `ended` says so, once: whoever hears it checks the part, and calls `right`
// (done) or `wrong` (all of it waits again). A part is given up when no place of it is alive while something of it waits. Therefore,
// whatever changes `alive` or makes a range wait has to call #offer or #offerAgain.
import type { NetErrorKind } from '../net/net-error.js';
import type { BegunRange } from '../rebuild/begun-parts.js';
import type { Candidate } from './candidates.js';
import { Mirror, backoff, ranked } from './mirror.js';
import { PartWork, sendsAll, type Lane, type Place, type Range, type Task } from './part-work.js';
import { LARGE_PART_BYTES, Queue } from './queue.js';
import { victimFor } from './takeover.js';

/** Servers that are asked at the same time. */
const ACTIVE = 4;
/** With so many bytes on their way on one connection, no more is asked for: half a second's worth, within these bounds. */
const AHEAD_MIN = 256 * 1024;
const AHEAD_MAX = 4 * 1024 * 1024;
/** A transfer that brought so many bytes before it broke was worth repeating. */
export const PROGRESS = 64 * 1024;

/** A part and where it may be had. */
export interface WantedPart {
  /** Index in the plan. */
  readonly part: number;
  readonly length: number;
  readonly candidates: readonly Candidate[];
  /** What an earlier run has left of it, if anything. */
  readonly begun?: readonly BegunRange[];
}

export interface ScheduleOptions {
  /** Connections to one server. */
  readonly connections: number;
  /** Requests on their way on one connection. */
  readonly pipeline: number;
  /** Temporary failures in a row that are forgiven, to a place and to a server. */
  readonly retries: number;
}

/** What went wrong with a task. */
export interface Failure {
  /** `wrong`: what comes cannot be the part. `ranges`: everything came where a range was asked for. */
  readonly kind: NetErrorKind | 'wrong' | 'ranges';
  readonly reason: string;
  readonly retryAfter?: number;
}

/** The work on all parts. Times in milliseconds. */
export class Schedule {
  readonly mirrors: readonly Mirror[];
  readonly works: readonly PartWork[];
  readonly #options: ScheduleOptions;
  readonly #queues = new Map<Mirror, Queue>();
  readonly #lanes = new Map<Mirror, Lane[]>();
  readonly #running = new Set<Task>();
  /** Parts that are neither done nor given up. */
  #open: Set<PartWork>;
  /** What the servers were worth when parts were offered last. */
  #standings: string;

  constructor(parts: readonly WantedPart[], options: ScheduleOptions) {
    this.#options = options;
    const mirrors = new Map<string, Mirror>();
    const mirrorOf = (server: string): Mirror => {
      let mirror = mirrors.get(server);
      if (!mirror) mirrors.set(server, (mirror = new Mirror(server, mirrors.size)));
      return mirror;
    };
    let position = 0;
    this.works = parts.map(({ part, length, candidates, begun }) => {
      const places = candidates.map((candidate): Place => ({
        candidate,
        mirror: mirrorOf(candidate.server),
        attempts: 0,
        notBefore: 0,
        dead: candidate.useless,
        whole: false,
        alone: false,
        doubted: undefined,
      }));
      position += length;
      // On one of several connections: while it comes, the others bring as much each, which should not lie behind it.
      const work = new PartWork(part, length, places, position - options.connections * length);
      if (begun) work.resume(begun);
      return work;
    });
    const inOrder = this.works.toSorted((a, b) => a.due - b.due);
    for (const [rank, work] of inOrder.entries()) work.rank = rank;
    this.mirrors = [...mirrors.values()];
    for (const mirror of this.mirrors) {
      this.#queues.set(mirror, new Queue((work) => work.alive.some((place) => place.mirror === mirror)));
      const numbers = Array.from({ length: options.connections }, (_, number) => number);
      this.#lanes.set(
        mirror,
        numbers.map((number) => ({ mirror, number, tasks: new Set<Task>(), heard: -Infinity, held: 0 })),
      );
    }
    this.#standings = this.#standingsNow();
    this.#open = new Set(this.works);
    for (const work of inOrder) this.#offer(work);
  }

  /** Whether nothing is left to do: every part is there, or cannot be had. */
  get finished(): boolean {
    return this.#open.size === 0 && this.#running.size === 0;
  }

  /** The parts that could not be had. */
  get missing(): PartWork[] {
    return this.works.filter(({ done }) => !done);
  }

  /** The servers with a request under way. */
  get active(): number {
    return this.#busy().size;
  }

  /**
   * The next task to run at the same time as those that run already; undefined if there is none at the moment.
   *
   * A task may take the range of a slow one, which is then `cancelled`, and to be stopped.
   */
  next(now: number): Task | undefined {
    const mirrors = this.#askable(now);
    for (const idle of [true, false]) {
      for (const mirror of mirrors) {
        const lane = this.#lane(mirror, idle);
        const task = lane && this.#take(lane, now);
        if (task) return task;
      }
    }
    for (const mirror of mirrors) {
      const lane = this.#lane(mirror, true);
      const task = lane && this.#takeOver(lane, now);
      if (task) return task;
    }
    return undefined;
  }

  /** Bytes came. */
  received(task: Task, bytes: number, now: number): void {
    task.lane.heard = now;
    task.lane.mirror.received(bytes);
    task.work.received(task);
  }

  /** The rate limit holds back what came by a task, or does so no longer: what we do not take, nobody can send. */
  held(task: Task, held: boolean, now: number): void {
    task.lane.held += held ? 1 : -1;
    task.lane.heard = now;
  }

  /**
   * The last byte of a task's range came. Its connection is free only when its answer has `ended`.
   *
   * @returns whether the part is complete: then its content is to be checked, and `right` or `wrong` called
   */
  arrived(task: Task): boolean {
    if (!this.#running.has(task)) return false;
    this.#stop(task);
    task.place.attempts = 0;
    const { work } = task;
    if (work.waiting) this.#offer(work);
    return work.complete && !work.done;
  }

  /** The answer to a task has ended. @returns as `arrived`, unless that was said before */
  ended(task: Task): boolean {
    task.lane.tasks.delete(task);
    return this.arrived(task);
  }

  /** The part's content is right. */
  right(work: PartWork): void {
    work.done = true;
    this.#open.delete(work);
    for (const { mirror } of work.contributors) mirror.delivered();
    for (const place of work.places) this.#asideOver(work, place, work.contributors.includes(place));
    this.#offerAgain();
  }

  /**
   * The part's content is wrong: it begins anew, elsewhere.
   *
   * @returns the place whose fault it is; undefined if several had a share in it, or if it came by several answers, which may be of
   *   different times: then the place is asked for all of it once; or among other answers, which may be mixed up: then once alone
   */
  wrong(work: PartWork): Place | undefined {
    const [place, ...others] = work.contributors;
    const joined = work.resumed || (work.joined && !place.whole);
    const isOne = others.length === 0;
    const aside = isOne && !joined && work.answer !== undefined && this.#setAside(work.answer);
    const culprit = isOne && !joined && !aside ? place : undefined;
    if (isOne && joined) place.whole = true;
    if (culprit) {
      culprit.dead = 'wrong content';
      culprit.mirror.lied();
      this.#asideOver(work, culprit, false);
    }
    work.solo = true;
    this.#restart(work);
    this.#offerAgain(work);
    return culprit;
  }

  /**
   * A task failed. Nothing happens for one that was cancelled, or had all that it was to bring.
   *
   * @returns whether that speaks against the place; not if it is now asked for all of the part, since it did badly with a range
   */
  failed(task: Task, { kind, reason, retryAfter }: Failure, now: number): boolean {
    const running = this.#running.has(task);
    this.#release(task);
    if (!running) return false;
    const { work, place, began } = task;
    const { mirror } = place;
    // An answer to a range that makes no sense says nothing about the file.
    const again = !place.whole && task.ranged && kind !== 'unfit';
    let blamed = true;
    if (kind === 'ranges') {
      mirror.ignoresRanges = true;
      blamed = false;
    } else if (kind === 'temporary') {
      const progress = task.range.at - task.from >= PROGRESS;
      const { retries } = this.#options;
      const answered = task.range.at > task.from;
      const news = mirror.failed(reason, { now, began, answered, retries, retryAfter });
      if (progress) {
        place.attempts = 0;
      } else if (news) {
        place.attempts++;
        // The last time that it is asked, it is asked for all.
        if (place.attempts === retries && again) place.whole = true;
      }
      place.notBefore = now + (retryAfter ?? (progress ? 0 : backoff(Math.max(1, place.attempts))));
      if (place.attempts > retries) place.dead = reason;
    } else if (again) {
      place.whole = true;
      blamed = false;
    } else if ((kind === 'wrong' || mirror.mixesUp) && kind !== 'unfit' && this.#setAside(task)) {
      blamed = false;
    } else {
      place.dead = reason;
      if (task.amongOthers && (kind === 'missing' || kind === 'refused')) place.doubted = kind;
      // What a place sent before it had the file no more, or refused it, is as good as ever.
      if (kind === 'wrong' && work.contributors.includes(place)) this.#restart(work);
      if (kind === 'missing') mirror.lacked();
      else if (kind === 'wrong') mirror.lied();
      else if (kind === 'unfit') mirror.retired = reason;
      else mirror.problem = reason;
    }
    if (place.dead !== undefined) this.#asideOver(work, place, kind === 'missing');
    if (work.alive.every(sendsAll)) work.rejoin();
    this.#offerAgain(work);
    return blamed;
  }

  /** To be called a few times a second: measures rates. */
  tick(now: number): void {
    const busy = this.#busy();
    for (const mirror of this.mirrors) mirror.measure(now, busy.has(mirror));
  }

  /** The servers in whose queues a part is. */
  queuedAt(work: PartWork): Mirror[] {
    return this.mirrors.filter((mirror) => this.#queues.get(mirror)?.has(work));
  }

  /** Has a place asked once more, alone, if what a task brought from there may belong to another request. @returns whether it is */
  #setAside({ amongOthers, place, work }: Task): boolean {
    if (!amongOthers || place.alone) return false;
    place.alone = true;
    place.mirror.setAside(work);
    return true;
  }

  /** What a place said alone is known. If a server mixes up its answers, all that it said among others is asked anew. */
  #asideOver(work: PartWork, { alone, mirror }: Place, mixedUp: boolean): void {
    if (!alone || mirror.mixesUp) return;
    mirror.asideOver(work, mixedUp);
    if (!mirror.mixesUp) return;
    for (const other of this.works) {
      const doubted = other.places.filter((place) => place.doubted !== undefined && place.mirror === mirror);
      for (const place of doubted) {
        if (place.doubted === 'missing') mirror.missing--;
        place.dead = place.doubted = undefined;
      }
      if (doubted.length === 0 || other.done) continue;
      this.#open.add(other);
      this.#offer(other);
    }
  }

  /** Throws away what came of a part, and stops what is still coming. */
  #restart(work: PartWork): void {
    for (const { task } of work.ranges) {
      if (!task) continue;
      task.cancelled = true;
      this.#release(task);
    }
    work.reset();
  }

  /** Puts a part into the queues of the servers that may be asked for it; gives it up if there is none. */
  #offer(work: PartWork): void {
    const { alive } = work;
    if (alive.length === 0) this.#open.delete(work);
    for (const mirror of new Set(alive.map((place) => place.mirror))) this.#queues.get(mirror)?.push(work);
  }

  /** Offers a part that waits again; all of them, if a server was given up, became doubtful, or is trusted again. */
  #offerAgain(work?: PartWork): void {
    const before = this.#standings;
    this.#standings = this.#standingsNow();
    if (this.#standings !== before) {
      for (const open of this.#open) if (open.waiting) this.#offer(open);
    } else if (work) {
      this.#offer(work);
    }
  }

  #standingsNow(): string {
    return this.mirrors.map(({ standing }) => standing).join();
  }

  /** The servers that may be asked now, best first: those at work, and others while few are. */
  #askable(now: number): Mirror[] {
    const busy = this.#busy();
    const more = busy.size < ACTIVE;
    return ranked(this.mirrors.filter((mirror) => mirror.usable(now) && (more || busy.has(mirror))));
  }

  #busy(): Set<Mirror> {
    return new Set(Array.from(this.#running, ({ lane }) => lane.mirror));
  }

  #lanesOf(mirror: Mirror): readonly Lane[] {
    return this.#lanes.get(mirror) as Lane[];
  }

  /** A connection that can take another request: one without any, or one that has few bytes to wait for. */
  #lane(mirror: Mirror, idle: boolean): Lane | undefined {
    const lanes = this.#lanesOf(mirror);
    if (idle) return lanes.find(({ tasks }) => tasks.size === 0);
    if (!mirror.pipelines) return undefined;
    return lanes.find((lane) => lane.tasks.size < this.#options.pipeline && this.#hasRoom(lane));
  }

  /**
   * Whether more may be asked for beyond what is on its way on a connection already: whatever its length, or large parts would have to
   * wait until there are no small ones left.
   */
  #hasRoom({ tasks, mirror }: Lane): boolean {
    const share = (mirror.rate ?? 0) / this.#options.connections / 2;
    let room = Math.min(AHEAD_MAX, Math.max(AHEAD_MIN, share));
    for (const { range } of tasks) room -= range.end - range.at;
    return room > 0;
  }

  #take(lane: Lane, now: number): Task | undefined {
    const { mirror } = lane;
    const large = this.#lanesOf(mirror).filter(({ tasks }) =>
      [...tasks].some(({ work }) => work.length >= LARGE_PART_BYTES),
    );
    // At first all connections fetch large ones: each small one costs work, which takes long while the code for it is not compiled.
    const preferLarge = mirror.rate === undefined || large.length * 2 < this.#options.connections;
    const fits = (work: PartWork): boolean => this.#placeAt(work, mirror, now) !== undefined;
    const work = this.#queues.get(mirror)?.take(preferLarge, fits);
    const range = work?.waiting;
    const place = work && this.#placeAt(work, mirror, now);
    return work && range && place ? this.#start(work, range, place, lane, now) : undefined;
  }

  /** The place on a server from which a part's next range may be had now. */
  #placeAt(work: PartWork, mirror: Mirror, now: number): Place | undefined {
    const { alive, waiting } = work;
    // All that lies before the range would come, too.
    const sensible = waiting?.start === 0 || alive.every(sendsAll) ? alive : alive.filter((place) => !sendsAll(place));
    return sensible.find((place) => place.mirror === mirror && place.notBefore <= now);
  }

  #takeOver(lane: Lane, now: number): Task | undefined {
    const found = victimFor(lane, this.#running, now);
    if (!found) return undefined;
    const { victim, place, pieces } = found;
    const { work, range } = victim;
    if (pieces !== undefined) {
      const task = this.#start(work, work.split(range, pieces), place, lane, now);
      if (work.waiting) this.#offer(work);
      return task;
    }
    victim.cancelled = true;
    victim.lane.mirror.slow++;
    work.thefts++;
    this.#release(victim);
    return this.#start(work, range, place, lane, now);
  }

  #start(work: PartWork, range: Range, place: Place, lane: Lane, now: number): Task {
    if (work.solo && !work.contributors.includes(place)) this.#restart(work);
    const target = work.solo ? work.ranges[0] : range;
    const ranged = !place.whole && (target.at > 0 || target.end < work.length);
    const task: Task = {
      work,
      range: target,
      place,
      lane,
      began: now,
      from: target.at,
      ranged,
      amongOthers: lane.tasks.size > 0,
      cancelled: false,
    };
    for (const other of lane.tasks) other.amongOthers = true;
    target.task = task;
    lane.tasks.add(task);
    this.#running.add(task);
    return task;
  }

  #release(task: Task): void {
    task.lane.tasks.delete(task);
    this.#stop(task);
  }

  #stop(task: Task): void {
    this.#running.delete(task);
    if (task.range.task === task) task.range.task = undefined;
  }
}
