// Messages and progress on stderr, as `--report` asks (docs/spec/cli-behaviour.md 3).
import { withoutSecrets } from '../format/secrets.js';
import type { Reporter, ProgressUnit } from '../io/reporter.js';
import { withAnnotation } from './failures.js';
import { NO_PROGRESS, progressFor, type Progress, type Screen } from './progress-bar.js';

/** The values of `--report`. */
export type ReportMode = 'default' | 'noprogress' | 'quiet' | 'grep';

/** Writes what people read to stderr; stdout is for results. */
export class ConsoleReporter implements Reporter {
  readonly mode: ReportMode;
  readonly #screen: Screen;
  readonly #progress: Progress;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(mode: ReportMode, screen: Screen, environment: NodeJS.ProcessEnv = process.env) {
    this.mode = mode;
    this.#screen = screen;
    this.#environment = environment;
    this.#progress = mode === 'default' ? progressFor(screen, environment) : NO_PROGRESS;
  }

  info(line: string): void {
    if (this.mode !== 'quiet') this.warning(line);
  }

  warning(line: string): void {
    this.#progress.clear();
    this.#screen.write(withAnnotation('warning', withoutSecrets(line), '', this.#environment));
  }

  progress(what: string, done: number, total: number, note?: string, unit?: ProgressUnit): void {
    this.#progress.update(what, done, total, note, unit);
  }

  /** Removes the bar: results or an error follow. */
  finish(): void {
    this.#progress.clear();
  }
}
