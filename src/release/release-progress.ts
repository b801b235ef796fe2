// The progress of several images as one.
import { display } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import type { ReleaseImage } from './images.js';

/** Adds up what the images tell of themselves: each is scanned once and, if it is to be checked, rebuilt once. */
export class ReleaseProgress {
  readonly #reporter: Reporter;
  readonly #steps: readonly string[];
  readonly #total: number;
  /** Bytes done of each step of each image. */
  readonly #done = new Map<string, number>();
  #sum = 0;

  constructor(reporter: Reporter, images: readonly ReleaseImage[], check: boolean) {
    this.#reporter = reporter;
    this.#steps = check ? ['scanning image', 'checking the template'] : ['scanning image'];
    this.#total = images.reduce((sum, { size }) => sum + size, 0) * this.#steps.length;
  }

  /** What an image may tell: its warnings with its name, its progress as part of the whole. */
  of({ name }: ReleaseImage): Reporter {
    return {
      info: () => {},
      warning: (line) => this.#reporter.warning(`${display(name)}: ${line}`),
      progress: (what, done) => {
        if (!this.#steps.includes(what)) return;
        const key = `${what}\0${name}`;
        this.#sum += done - (this.#done.get(key) ?? 0);
        this.#done.set(key, done);
        this.#reporter.progress('making templates', this.#sum, this.#total);
      },
    };
  }
}
