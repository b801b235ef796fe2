// One pass over the image in an IMAGE.tmp, front to back, putting in place what is at hand.
import type { FollowingDigest } from '../checksum/following-digest.js';
import type { Reporter } from '../io/reporter.js';
import { PartCopier } from './copy-part.js';
import { Interrupted, Pace } from './pace.js';
import type { Plan, Slice } from './plan.js';
import type { Found, PartCache } from './sources.js';
import type { TmpFile } from './tmp-file.js';
import { UnmatchedData } from './unmatched.js';

/** What a pass needs to know. */
export interface PassOptions {
  readonly plan: Plan;
  readonly tmp: TmpFile;
  /** Places of the parts, by index. */
  readonly found: ReadonlyMap<number, Found>;
  /** Whether the .tmp is empty yet: unmatched data, and zeros for what is missing, are then written, too. */
  readonly fresh: boolean;
  /** Leaves holes instead of zeros: what is missing will be written soon. */
  readonly holes: boolean;
  /** Whether to check the parts' digests. */
  readonly checkFiles: boolean;
  /** The image's digest, which follows what is complete. */
  readonly digest: FollowingDigest | undefined;
  readonly cache: PartCache | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** What came of a pass. */
export interface PassResult {
  /** Parts whose source turned out not to be them, by index. */
  readonly failed: ReadonlySet<number>;
  /** Whether one of the sources was bad: changed since it was verified, or unreadable. The user was told. */
  readonly bad: boolean;
}

/**
 * Writes all that is missing and at hand, in image order, and marks it in the .tmp (in memory: `save` is the caller's).
 *
 * If the signal fires, no more parts are copied, but a fresh .tmp still gets all its unmatched data, without which nobody
 * could complete it. The caller looks at the signal afterwards.
 *
 * @throws JigdoError if the template is damaged or the disk refuses
 */
export async function assemble(options: PassOptions): Promise<PassResult> {
  const pass = new Pass(options);
  try {
    return await pass.run();
  } finally {
    await pass.data.close();
  }
}

class Pass {
  readonly data: UnmatchedData;
  readonly #options: PassOptions;
  readonly #copier: PartCopier;
  readonly #failed = new Set<number>();
  #bad = false;

  constructor(options: PassOptions) {
    this.#options = options;
    this.data = new UnmatchedData(options.plan.template);
    this.#copier = new PartCopier(options.checkFiles, new Pace(options.signal));
  }

  async run(): Promise<PassResult> {
    const { plan, tmp, fresh, digest, reporter, signal } = this.#options;
    const pace = new Pace();
    let complete = true;
    for (const slice of plan.slices()) {
      if (signal?.aborted && !fresh) break;
      await pace.step();
      if (slice.part >= 0) await this.#part(slice);
      else if (fresh) await this.#unmatched(slice, pace);
      complete &&= tmp.has(slice.entry);
      if (complete) digest?.advance(slice.offset + slice.length);
      reporter.progress('writing image', slice.offset + slice.length, plan.length);
    }
    return { failed: this.#failed, bad: this.#bad };
  }

  async #unmatched({ from, offset, length }: Slice, pace: Pace): Promise<void> {
    const { tmp } = this.#options;
    let position = offset;
    for await (const chunk of this.data.read(from, length)) {
      tmp.write(chunk, position);
      position += chunk.length;
      await pace.step();
    }
  }

  async #part(slice: Slice): Promise<void> {
    const { plan, tmp, found, fresh, holes, cache, signal, reporter } = this.#options;
    const { entry, part, offset, length } = slice;
    if (tmp.has(entry) || signal?.aborted) return;
    const place = this.#failed.has(part) ? undefined : found.get(part);
    if (!place) {
      if (fresh && !holes) tmp.writeZeros(offset, length);
      return;
    }
    try {
      const wanted = plan.parts[part];
      const outcome = await this.#copier.copy(place.located, wanted, (bytes, position) => {
        tmp.write(bytes, offset + position);
        reporter.progress('writing image', offset + position, plan.length);
      });
      if (outcome.kind === 'copied') {
        tmp.mark(entry);
        if (place.file && this.#options.checkFiles) cache?.remember(place.file, wanted.algorithm, wanted.digest);
        return;
      }
      tmp.writeZeros(offset, length);
      this.#failed.add(part);
      // That a file of the right length and head is another one after all is no fault of the file.
      if (outcome.kind === 'differs' && !place.verified) return;
      this.#bad = true;
      reporter.warning(outcome.problem);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }
}
