// One server: what it was asked for, what it delivered, and whether to ask it again. Pure bookkeeping; times in milliseconds.
import type { ByteString } from '../format/bytes.js';

/** Weight of the latest second in the measured rate. */
const SMOOTHING = 0.4;
/** Milliseconds to measure before the rate is known, and before it is looked at anew. */
const FIRST_WINDOW = 200;
const WINDOW = 1000;
/** Milliseconds to wait after a first failure; twice as long after each further one. */
const BACKOFF = 500;
const BACKOFF_MAX = 8000;
/** A server that wants to be left alone for longer is not waited for. */
const PATIENCE = 60_000;
/** So many wrong files, and one in so many, make a server doubtful. */
const WRONG_MOST = 3;
const WRONG_SHARE = 10;
/** So many wrong files and not a single right one: it is not a mirror of what we want. */
const WRONG_ALL = 50;

const MIXED_UP =
  'it, or a proxy before it, mixes up answers to requests that are sent before earlier ones are answered';

/** What came of a server, for the report. */
export interface MirrorSummary {
  readonly server: ByteString;
  readonly files: number;
  readonly bytes: number;
  /** Files that it does not have, that had other content, and transfers that failed. */
  readonly missing: number;
  readonly wrong: number;
  readonly failures: number;
  /** Connections taken away from it because it was slow or silent. */
  readonly slow: number;
  /** Why it was not asked any more. */
  readonly retired: string | undefined;
  /** The last failure. */
  readonly problem: string | undefined;
}

/** How long to wait after the `count`th failure in a row. */
export function backoff(count: number): number {
  return Math.min(BACKOFF * 2 ** (count - 1), BACKOFF_MAX);
}

/** A server and its record. */
export class Mirror {
  readonly server: ByteString;
  /** Its place in the order of first mention. */
  readonly order: number;
  files = 0;
  bytes = 0;
  missing = 0;
  wrong = 0;
  failures = 0;
  slow = 0;
  retired: string | undefined;
  problem: string | undefined;
  /** Whether it sends everything where a range was asked for. */
  ignoresRanges = false;
  /** Whether it, or a proxy before it, gave answers to requests that they did not belong to. */
  mixesUp = false;
  /** Bytes a second of late, over all connections; undefined until measured. */
  rate: number | undefined;
  #suspendedUntil = -Infinity;
  #suspendedAt = -Infinity;
  /** Failures in a row. */
  #strikes = 0;
  /** Parts that came wrong among other answers, and are asked for alone. */
  readonly #asides = new Set<object>();
  #windowStart: number | undefined;
  #windowBytes = 0;

  constructor(server: ByteString, order: number) {
    this.server = server;
    this.order = order;
  }

  /** Whether it may be asked now. */
  usable(now: number): boolean {
    return this.retired === undefined && now >= this.#suspendedUntil;
  }

  /** Whether requests may be sent before earlier ones are answered: it works, and did not trouble of late. */
  get pipelines(): boolean {
    return this.#strikes === 0 && this.files > 0 && this.isWeb && !this.mixesUp && this.#asides.size === 0;
  }

  /** A part is asked for alone: until that is over, nothing is sent before earlier requests are answered. */
  setAside(part: object): void {
    this.#asides.add(part);
  }

  /** @param mixedUp whether it was right, or gone, when it was asked for alone */
  asideOver(part: object, mixedUp: boolean): void {
    if (!this.#asides.delete(part) || !mixedUp) return;
    this.mixesUp = true;
    this.problem = MIXED_UP;
  }

  get isWeb(): boolean {
    return this.server.startsWith('http');
  }

  received(bytes: number): void {
    this.bytes += bytes;
    this.#windowBytes += bytes;
  }

  /** A whole file came, and it was right. */
  delivered(): void {
    this.files++;
    this.#strikes = 0;
  }

  /** It has no such file: an answer, and so a sign of life. */
  lacked(): void {
    this.missing++;
    this.#strikes = 0;
  }

  /** It sent other content. */
  lied(): void {
    this.wrong++;
    if (this.wrong >= WRONG_ALL && this.files === 0) this.retired = 'it sends wrong content';
  }

  /**
   * Whether it sent much wrong content. Such a server is asked only for what no other has: it may have a newer release of some files,
   * and be the only one that has the rest.
   */
  get doubtful(): boolean {
    return this.wrong >= WRONG_MOST && this.wrong * WRONG_SHARE > this.files;
  }

  /** Which parts it may be asked for: as long as this stays the same, it is the same ones. */
  get standing(): 'good' | 'doubtful' | 'retired' {
    if (this.retired !== undefined) return 'retired';
    return this.doubtful ? 'doubtful' : 'good';
  }

  /**
   * A request failed in a way that may pass.
   *
   * @param began when the request was made: what fails together counts once
   * @param answered whether it brought anything: then it is the file that has to wait, not the server
   * @param retries failures in a row that are forgiven
   * @param retryAfter the wait that it asks for
   * @returns whether this was news, and not the echo of an earlier failure
   */
  failed(
    reason: string,
    {
      now,
      began,
      answered,
      retries,
      retryAfter,
    }: {
      now: number;
      began: number;
      answered: boolean;
      retries: number;
      retryAfter: number | undefined;
    },
  ): boolean {
    this.failures++;
    this.problem = reason;
    if (began < this.#suspendedAt) return false;
    if (answered && retryAfter === undefined) return true;
    this.#strikes++;
    this.#suspendedAt = now;
    this.#suspendedUntil = now + (retryAfter ?? backoff(this.#strikes));
    if (this.#strikes > retries) this.retired = reason;
    if (retryAfter !== undefined && retryAfter > PATIENCE) {
      this.retired = `${reason}; it asks to come back in ${Math.round(retryAfter / 1000)} s`;
    }
    return true;
  }

  /** To be called now and then while requests are under way, to keep the rate up to date. */
  measure(now: number, busy: boolean): void {
    if (!busy || this.#windowStart === undefined) {
      this.#windowStart = busy ? now : undefined;
      this.#windowBytes = 0;
      return;
    }
    const span = now - this.#windowStart;
    if (span < (this.rate === undefined ? FIRST_WINDOW : WINDOW)) return;
    const rate = (this.#windowBytes / span) * 1000;
    this.rate = this.rate === undefined ? rate : this.rate + SMOOTHING * (rate - this.rate);
    this.#windowStart = now;
    this.#windowBytes = 0;
  }

  summary(): MirrorSummary {
    const { server, files, bytes, missing, wrong, failures, slow, retired, problem } = this;
    return { server, files, bytes, missing, wrong, failures, slow, retired, problem };
  }
}

/**
 * The servers in the order in which they get work: fast ones first. One that has not been measured yet counts as fast as the
 * best, so that all get their chance; among equals the order of mention decides.
 */
export function ranked(mirrors: Iterable<Mirror>): Mirror[] {
  const all = [...mirrors];
  const best = all.reduce((most, { rate = 0 }) => Math.max(most, rate), 0);
  return all.sort((a, b) => (b.rate ?? best) - (a.rate ?? best) || a.order - b.order);
}
