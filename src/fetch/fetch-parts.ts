// Fetches parts from all their servers at once, straight to their places.
import type { PartEntry } from '../format/template.js';
import type { Reporter } from '../io/reporter.js';
import { NetError, shownUrl } from '../net/net-error.js';
import type { Transport } from '../net/transport.js';
import { Interrupted, Pace } from '../rebuild/pace.js';
import type { BegunPart } from '../rebuild/begun-parts.js';
import type { FetchedParts } from '../rebuild/part-places.js';
import type { Plan } from '../rebuild/plan.js';
import type { Candidate } from './candidates.js';
import { fetchRange, Unsuitable } from './fetch-range.js';
import { attemptsOf, type FetchReport } from './fetch-report.js';
import { PartChecks } from './part-checks.js';
import { PartHash } from './part-hash.js';
import type { PartWork, Task } from './part-work.js';
import { Schedule, type Failure } from './schedule.js';

/** Milliseconds between two looks at rates, stalls and pauses that are over. */
const TICK = 200;
/**
 * The .tmp is saved after the first of these milliseconds, then after twice as long each time, up to the second; or after so many
 * bytes; and never for longer than this share of the time.
 */
const SAVE_FIRST = 400;
const SAVE_MS = 5000;
const SAVE_BYTES = 256 * 1024 * 1024;
const SAVE_SHARE = 10;

/** Milliseconds that the digests of what came out of order may work without a look at the network, whose buffers fill meanwhile. */
const CHECK_MS = 2;

/**
 * Parts of up to LATER_MAX bytes are checked by another thread when they are complete; but not those among the last LATER_MARGIN
 * bytes: nobody should have to wait for it at the end.
 */
const LATER_MAX = 16 << 20;
const LATER_MARGIN = 64 << 20;

/** What happens to parts, for whoever wants to know. */
export type FetchEvent =
  | { readonly event: 'part'; readonly part: PartEntry; readonly url: string }
  | { readonly event: 'failure'; readonly part: PartEntry; readonly url: string; readonly reason: string };

/** What is needed. */
export interface FetchPartsOptions {
  readonly plan: Plan;
  /** The parts to fetch, by index. */
  readonly parts: readonly number[];
  readonly places: FetchedParts;
  /** The places of a part, in order of preference. */
  readonly candidates: (part: number) => readonly Candidate[];
  readonly transport: Transport;
  readonly connections: number;
  readonly pipeline: number;
  readonly retries: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  readonly onEvent?: (event: FetchEvent) => void;
}

/**
 * Fetches parts. A part counts when its digest is right; the .tmp says so from the next save on, a few seconds later.
 *
 * Ends when every part is there or has failed at all its places. If the signal fires, it ends early.
 *
 * @throws JigdoError if the disk refuses
 */
export async function fetchParts(options: FetchPartsOptions): Promise<FetchReport> {
  await using crew = new Crew(options);
  return await crew.run();
}

class Crew implements AsyncDisposable {
  readonly #options: FetchPartsOptions;
  readonly #schedule: Schedule;
  readonly #pace: Pace;
  /** The parts that are begun, with the running digests of those that have one. */
  readonly #begun = new Map<PartWork, { round: number; hash: PartHash | undefined }>();
  /** The parts of which an earlier run has left something. */
  readonly #resumed: readonly PartWork[];
  readonly #later: PartChecks;
  readonly #stops = new Map<Task, AbortController>();
  readonly #total: number;
  /** Bytes of the parts that are in place. */
  #have = 0;
  /** Bytes of the parts that were begun. */
  #asked = 0;
  #parts = 0;
  /** Bytes that came, and parts that turned out right, since the last save. */
  #unsaved = 0;
  #savePause = SAVE_FIRST;
  #nextSave = performance.now() + SAVE_FIRST;
  #saving: Promise<void> | undefined;
  /** Checks that run besides the transfers. */
  #checks = 0;
  #failure: Error | undefined;
  #over = (): void => undefined;

  constructor(options: FetchPartsOptions) {
    const { plan, parts, places, candidates, connections, pipeline, retries, signal } = options;
    this.#options = options;
    this.#pace = new Pace(signal, CHECK_MS);
    const begun = new Map(places.begun(parts).map(({ part, stretches }) => [part, stretches]));
    const wanted = parts.map((part) => {
      const stretches = begun.get(part);
      const { length } = plan.parts[part];
      return { part, length, candidates: candidates(part), ...(stretches ? { begun: stretches } : {}) };
    });
    this.#total = wanted.reduce((sum, { length }) => sum + length, 0);
    this.#later = new PartChecks(plan.parts, places);
    this.#schedule = new Schedule(wanted, { connections, pipeline, retries });
    this.#resumed = this.#schedule.works.filter(({ resumed }) => resumed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#later[Symbol.asyncDispose]();
  }

  async run(): Promise<FetchReport> {
    const { signal } = this.#options;
    const stop = (): void => this.#stop(new Interrupted());
    signal?.addEventListener('abort', stop);
    const timer = setInterval(() => this.#tick(), TICK);
    try {
      await new Promise<void>((resolve) => {
        this.#over = resolve;
        if (signal?.aborted) stop();
        this.#tick();
      });
      await this.#saving;
      await this.#keepBegun();
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', stop);
    }
    if (this.#failure !== undefined && !(this.#failure instanceof Interrupted)) throw this.#failure;
    return this.#report();
  }

  #tick(): void {
    const now = performance.now();
    this.#schedule.tick(now);
    this.#pump();
    this.#progress();
    const due = (now >= this.#nextSave && this.#unsaved > 0) || this.#unsaved >= SAVE_BYTES;
    if (due && !this.#saving) this.#save(now);
  }

  /** Starts what can be started, and ends when there is nothing left. */
  #pump(): void {
    while (this.#failure === undefined) {
      const task = this.#schedule.next(performance.now());
      if (!task) break;
      void this.#run(task);
    }
    if (this.#schedule.active === 0) this.#later.finish();
    const over = this.#checks === 0 && (this.#failure !== undefined || this.#schedule.finished);
    // Answers that have brought all, and do not end, are not waited for.
    for (const [task, controller] of this.#stops) if (task.cancelled || over) controller.abort();
    if (over && this.#stops.size === 0) this.#over();
  }

  async #run(task: Task): Promise<void> {
    const { transport, places } = this.#options;
    const { work } = task;
    const controller = new AbortController();
    this.#stops.set(task, controller);
    try {
      const hash = this.#begin(work);
      await fetchRange(transport, task, controller.signal, {
        received: (bytes, position) => {
          places.write(work.part, bytes, position);
          if (hash) {
            hash.add(bytes, position);
            places.follow(work.part, hash.done);
          }
          this.#unsaved += bytes.length;
          this.#schedule.received(task, bytes.length, performance.now());
        },
        arrived: () => void this.#settle(work, hash, this.#schedule.arrived(task)),
        held: (held) => this.#schedule.held(task, held, performance.now()),
      });
      this.#stops.delete(task);
      this.#schedule.ended(task);
    } catch (error) {
      this.#stops.delete(task);
      this.#failed(task, error);
    }
    this.#pump();
  }

  #failed(task: Task, error: unknown): void {
    if (task.cancelled || this.#failure !== undefined) return;
    const failure = failureOf(error);
    if (!failure) return this.#stop(error);
    const { work, place } = task;
    const blamed = this.#schedule.failed(task, failure, performance.now());
    if (blamed) this.#tell(work, place.candidate.url, failure.reason, failure.kind === 'wrong');
  }

  /** Digests what came, which may take a while, though no connection is needed for it any more. */
  async #settle(work: PartWork, hash: PartHash | undefined, complete: boolean): Promise<void> {
    this.#checks++;
    try {
      const done = complete ? this.#check(work, hash) : this.#catchUp(work, hash);
      this.#pump();
      await done;
    } catch (error) {
      this.#stop(error);
    } finally {
      this.#checks--;
    }
    this.#pump();
  }

  /** Has the digest of a part go on with what came out of order. */
  async #catchUp(work: PartWork, hash: PartHash | undefined): Promise<void> {
    if (!hash) return;
    const { places } = this.#options;
    const { round } = work;
    const end = (): number => (work.round === round && !work.done ? work.beginning : 0);
    await hash.catchUp(work.part, places, end, this.#pace);
    if (end() > 0) places.follow(work.part, hash.done);
  }

  /** Looks whether a part is right whose bytes are all there. */
  async #check(work: PartWork, hash: PartHash | undefined): Promise<void> {
    const { plan, places, onEvent } = this.#options;
    const { part } = work;
    const right = await (hash ? hash.isRight(part, places, this.#pace) : this.#later.isRight(part));
    this.#begun.delete(work);
    if (right) {
      places.complete(part);
      this.#parts++;
      this.#have += work.length;
      // Also if nothing else comes.
      this.#unsaved++;
      for (const { candidate } of work.contributors) {
        onEvent?.({ event: 'part', part: plan.parts[part], url: shownUrl(candidate.url) });
      }
      this.#schedule.right(work);
      return;
    }
    const sources = [...work.contributors];
    const isJoined = work.resumed || work.joined;
    const culprit = this.#schedule.wrong(work);
    const single = isJoined ? 'put together from several answers' : 'among other answers on a connection';
    const mixed = sources.length > 1 ? 'from several servers together' : single;
    const reason = culprit ? 'wrong content' : `wrong content, ${mixed} - fetching it anew`;
    for (const { candidate } of sources) this.#tell(work, candidate.url, reason, true);
  }

  #tell(work: PartWork, url: string, reason: string, loud: boolean): void {
    const { plan, reporter, onEvent } = this.#options;
    onEvent?.({ event: 'failure', part: plan.parts[work.part], url: shownUrl(url), reason });
    if (loud) reporter.warning(`${shownUrl(url)}: ${reason}`);
  }

  /** The running digest of a part, a new one after each beginning; undefined if it is checked later. */
  #begin(work: PartWork): PartHash | undefined {
    let running = this.#begun.get(work);
    if (running?.round !== work.round) {
      const later = this.#asked < this.#total - LATER_MARGIN && work.length <= LATER_MAX;
      running = { round: work.round, hash: later ? undefined : new PartHash(this.#options.plan.parts[work.part]) };
      this.#begun.set(work, running);
      this.#asked += work.length;
    }
    return running.hash;
  }

  #save(now: number): void {
    this.#unsaved = 0;
    this.#saving = this.#options.places
      .save(this.#incomplete())
      .catch((error: unknown) => this.#stop(error))
      .finally(() => {
        this.#saving = undefined;
        const took = performance.now() - now;
        this.#savePause = Math.min(2 * this.#savePause, SAVE_MS);
        this.#nextSave = performance.now() + Math.max(this.#savePause, took * SAVE_SHARE);
      });
  }

  /** What is there of parts that are not complete. */
  #incomplete(): BegunPart[] {
    const works = new Set([...this.#begun.keys(), ...this.#resumed]);
    return [...works].filter(({ done, have }) => !done && have > 0).map(({ part, stretches }) => ({ part, stretches }));
  }

  /** Leaves word for a later run. */
  async #keepBegun(): Promise<void> {
    const { places } = this.#options;
    const begun = this.#incomplete();
    if (begun.length === 0) return places.forgetBegun();
    // The run ends with its own result: parts that cannot be noted now are only fetched again.
    await places.save(begun).catch(() => undefined);
  }

  /** Ends everything. */
  #stop(reason: unknown): void {
    this.#failure ??= reason instanceof Error ? reason : new Error(String(reason));
    for (const controller of this.#stops.values()) controller.abort();
    this.#pump();
  }

  #progress(): void {
    const { parts, reporter } = this.#options;
    const servers = this.#schedule.active;
    const note = `${this.#parts} of ${parts.length} files, ${servers} ${servers === 1 ? 'server' : 'servers'}`;
    let have = this.#have;
    for (const work of this.#begun.keys()) have += work.have;
    reporter.progress('downloading', have, this.#total, note);
  }

  #report(): FetchReport {
    const { mirrors, missing } = this.#schedule;
    const summaries = mirrors.map((mirror) => mirror.summary());
    return {
      parts: this.#parts,
      bytes: summaries.reduce((sum, { bytes }) => sum + bytes, 0),
      missing: missing.map((work) => ({ entry: this.#options.plan.parts[work.part], attempts: attemptsOf(work) })),
      mirrors: summaries,
    };
  }
}

/** What an error means for the part and the server; undefined if it is none of theirs, as a full disk. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Unsuitable) return error.failure;
  if (!(error instanceof NetError)) return undefined;
  const { kind, reason, retryAfter } = error;
  return { kind, reason, ...(retryAfter === undefined ? {} : { retryAfter }) };
}
