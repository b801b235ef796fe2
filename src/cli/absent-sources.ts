// Sources of parts that are not there: the work goes on without them, and says what that costs.
import { display } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import type { UnusableObject } from '../tree/walk.js';

/** Collects what cannot be used of the sources that a command names, for one warning each. */
export class AbsentSources {
  readonly #reporter: Reporter;
  /** What becomes of files that no source has: `will be downloaded`. */
  readonly #fate: string;
  #absent: UnusableObject[] = [];

  constructor(reporter: Reporter, fate: string) {
    this.#reporter = reporter;
    this.#fate = fate;
  }

  /** For `walkTree`. */
  readonly onUnusable = (object: UnusableObject): void => {
    if (object.named) this.#absent.push(object);
    else this.#reporter.warning(object.message);
  };

  /**
   * Warns, once it is known how much is needed.
   *
   * @param needed how many files the image needs
   * @param more whether some may be there: in other sources, or in IMAGE.tmp
   */
  tell(needed: number, more: boolean): void {
    const all = `all ${needed} files ${this.#fate}`;
    this.#tell(more ? `what nothing else has of ${needed} files ${this.#fate}` : all);
  }

  /** Warns of what was not told: nothing was needed. */
  finish(): void {
    this.#tell(undefined);
  }

  #tell(consequence: string | undefined): void {
    const absent = this.#absent;
    this.#absent = [];
    for (const { name, reason } of absent) {
      const what = reason === NOT_THERE ? 'is not there' : `cannot be read (${reason})`;
      this.#reporter.warning(`\`${display(name)}' ${what}${consequence === undefined ? '' : `: ${consequence}`}`);
    }
  }
}

const NOT_THERE = 'No such file or directory';
