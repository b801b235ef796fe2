// How far the work is: a bar on a terminal, now and then a line elsewhere.
import type { ProgressUnit } from '../io/reporter.js';
import { formatBytes, formatClock } from './units.js';

/** Where progress is drawn: what we use of a terminal's stream. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Shows the progress of one step after the other. */
export interface Progress {
  /** Called often with bytes (or files) done and in all (0 = unknown), and what else there is to say; draws rarely. */
  update(what: string, done: number, total: number, note?: string, unit?: ProgressUnit): void;
  /** Makes room for a line of text. The next update draws again. */
  clear(): void;
}

/** When a step began, and how fast it goes: the mean rate since its first report. */
class Step {
  readonly what: string;
  readonly #start: number;
  readonly #first: number;
  readonly #unit: ProgressUnit;

  constructor(what: string, done: number, now: number, unit: ProgressUnit = 'bytes') {
    this.what = what;
    this.#unit = unit;
    this.#start = now;
    this.#first = done;
  }

  /** Amount, rate a second and seconds left, or what of it is known. */
  describe(done: number, total: number, now: number): string {
    const { amount, speed } = this.figures(done, total, now);
    return speed === '' ? amount : `${amount}, ${speed}`;
  }

  /** The same in two. `speed` is empty as long as nobody knows. */
  figures(done: number, total: number, now: number): { amount: string; speed: string } {
    const seconds = (now - this.#start) / 1000;
    const rate = seconds > 0 ? (done - this.#first) / seconds : 0;
    const isFiles = this.#unit === 'files';
    const figure = (n: number): string => (isFiles ? String(n) : formatBytes(n));
    const all = total > 0 ? `${figure(done)} of ${figure(total)}` : figure(done);
    const amount = isFiles ? `${all} files` : all;
    if (seconds < 0.5 || rate < 1) return { amount, speed: '' };
    const left = total > done ? `, ${formatClock((total - done) / rate)} left` : '';
    return { amount, speed: `${figure(Math.round(rate))}/s${left}` };
  }
}

function percent(done: number, total: number): string {
  return total > 0 ? `${String(Math.floor((Math.min(done, total) / total) * 100)).padStart(3)}%` : '';
}

/** A bar in the last line of a terminal, redrawn ten times a second at most. */
export class ProgressBar implements Progress {
  readonly #screen: Screen;
  readonly #colour: boolean;
  readonly #now: () => number;
  #step: Step | undefined;
  #drawn = false;
  #last = -Infinity;

  /**
   * @param colour whether escape sequences for colours are welcome
   * @param now milliseconds, for tests
   */
  constructor(screen: Screen, colour: boolean, now: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#colour = colour;
    this.#now = now;
  }

  update(what: string, done: number, total: number, note = '', unit: ProgressUnit = 'bytes'): void {
    const now = this.#now();
    if (this.#step?.what !== what) this.#step = new Step(what, done, now, unit);
    else if (now - this.#last < 100) return;
    this.#last = now;
    this.#screen.write(`\r${this.#line(done, total, note, now)}\x1b[K`);
    this.#drawn = true;
  }

  clear(): void {
    if (this.#drawn) this.#screen.write('\r\x1b[K');
    this.#drawn = false;
    this.#last = -Infinity;
  }

  /** `scanning image  [=====>    ]  45%  288 MB of 640 MB, 61.2 MB/s, 0:06 left`, one column shorter than the terminal. */
  #line(done: number, total: number, note: string, now: number): string {
    const width = (this.#screen.columns || 80) - 1;
    const head = this.#step?.what ?? '';
    const figures = `${percent(done, total)}  ${this.#step?.describe(done, total, now) ?? ''}`;
    // The longest figures there are, so that the bar keeps its length while the numbers change theirs.
    const longest = head.length + Math.max(figures.length, 46) + 5;
    // A note is worth more than a long bar, but not than any.
    const said = note !== '' && width - longest - note.length - 2 >= 8 ? `, ${note}` : '';
    const tail = figures + said;
    const room = Math.min(40, width - longest - said.length);
    if (total <= 0 || room < 8) return this.#narrow(width, [`${head} ${tail}`, `${head} ${figures}`], done, total, now);
    const filled = Math.floor((Math.min(done, total) / total) * room);
    const bar = filled < room ? `${'='.repeat(filled)}>`.slice(0, room).padEnd(room) : '='.repeat(room);
    return `${head}  [${this.#colour ? `\x1b[36m${bar}\x1b[0m` : bar}] ${tail}`;
  }

  /** Where not even a short bar has room: of these lines and shorter ones the first that fits. Rate and time left go last. */
  #narrow(width: number, lines: readonly string[], done: number, total: number, now: number): string {
    const { amount, speed } = this.#step?.figures(done, total, now) ?? { amount: '', speed: '' };
    const share = percent(done, total).trim();
    const figures = speed === '' ? amount : speed;
    const left = speed.replace(/^.*, /, '');
    const all = [
      ...lines,
      `${this.#step?.what ?? ''} ${share} ${figures}`,
      `${share} ${figures}`,
      `${share} ${left}`,
      share,
    ];
    return all.find((line) => line.length <= width) ?? '';
  }
}

/** Lines for logs: nothing in the first seconds, then one every few seconds. */
export class ProgressLines implements Progress {
  readonly #screen: Screen;
  readonly #now: () => number;
  #step: Step | undefined;
  #next: number;

  /** Milliseconds of silence at the beginning, and between two lines. */
  static readonly INTERVAL = 5000;

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#now = now;
    this.#next = now() + ProgressLines.INTERVAL;
  }

  update(what: string, done: number, total: number, note = '', unit: ProgressUnit = 'bytes'): void {
    const now = this.#now();
    if (this.#step?.what !== what) this.#step = new Step(what, done, now, unit);
    if (now < this.#next) return;
    this.#next = now + ProgressLines.INTERVAL;
    const figures = `${`${percent(done, total)} `.trimStart()}${this.#step.describe(done, total, now)}`;
    this.#screen.write(`${what}: ${figures}${note === '' ? '' : `, ${note}`}\n`);
  }

  clear(): void {
    // Lines stay.
  }
}

/** Shows nothing. */
export const NO_PROGRESS: Progress = { update() {}, clear() {} };

/** The right kind of progress for a stream: a bar where lines can be redrawn, else lines. */
export function progressFor(screen: Screen, environment: NodeJS.ProcessEnv): Progress {
  if (screen.isTTY !== true || environment.TERM === 'dumb') return new ProgressLines(screen);
  return new ProgressBar(screen, !environment.NO_COLOR);
}
