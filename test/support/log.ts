// A reporter that keeps what it is told.
import type { Reporter } from '../../src/io/reporter.js';

export class Log implements Reporter {
  readonly infos: string[] = [];
  readonly warnings: string[] = [];
  /** Called with each progress. */
  readonly #watch: (what: string, done: number) => void;

  constructor(watch: (what: string, done: number) => void = () => {}) {
    this.#watch = watch;
  }

  info(line: string): void {
    this.infos.push(line);
  }

  warning(line: string): void {
    this.warnings.push(line);
  }

  progress(what: string, done: number): void {
    this.#watch(what, done);
  }
}
