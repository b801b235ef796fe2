// Files that a command could not use, while it goes on with the others.
import { EXIT, type ExitCode } from '../errors.js';
import type { Reporter } from '../io/reporter.js';
import type { UnusableObject } from '../tree/walk.js';

/** Special files of a tree are none of those that are looked for. */
const NOT_REGULAR = 'Not a regular file';

/** Tells of them, and remembers that there were some. */
export class UnusableFiles {
  readonly #reporter: Reporter;
  #some = false;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** For `walkTree`. */
  readonly take = ({ reason, named, message }: UnusableObject): void => {
    if (named || reason !== NOT_REGULAR) this.#some = true;
    this.#reporter.warning(message);
  };

  /** @param failed how many more there were, of which somebody else told */
  exitCode(failed: number): ExitCode {
    return this.#some || failed > 0 ? EXIT.failed : EXIT.ok;
  }
}
