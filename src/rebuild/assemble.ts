// One pass over the image in an IMAGE.tmp, front to back, putting in place what is at hand.
import type { FollowingDigest } from '../checksum/following-digest.js';
import type { Reporter } from '../io/reporter.js';
import { PartCopier, type CopyOutcome } from './copy-part.js';
import { Interrupted, Pace } from './pace.js';
import type { Plan, Slice } from './plan.js';
import type { Found, PartCache } from './sources.js';
import type { TmpFile } from './tmp-file.js';
import { Transfers } from './transfers.js';
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
  await using pass = new Pass(options);
  return await pass.run();
}

class Pass implements AsyncDisposable {
  readonly #options: PassOptions;
  readonly #data: UnmatchedData;
  readonly #pace: Pace;
  readonly #copier: PartCopier;
  readonly #transfers: Transfers;
  readonly #failed = new Set<number>();
  /** Slices that the digest has not been told of, in image order. */
  readonly #untold: Slice[] = [];
  #bad = false;

  constructor(options: PassOptions) {
    this.#options = options;
    this.#data = new UnmatchedData(options.plan.template);
    this.#pace = new Pace(options.signal);
    this.#copier = new PartCopier(false, this.#pace);
    this.#transfers = new Transfers(this.#pace);
  }

  async run(): Promise<PassResult> {
    const { plan, fresh, reporter, signal } = this.#options;
    const pace = new Pace();
    for (const slice of plan.slices()) {
      if (signal?.aborted && !fresh) break;
      await pace.step();
      this.#untold.push(slice);
      if (slice.part >= 0) await this.#part(slice);
      else if (fresh) await this.#unmatched(slice, pace);
      this.#tell();
      reporter.progress('writing image', slice.offset + slice.length, plan.length);
    }
    await this.#copy(true);
    if (signal?.aborted) this.#transfers.finishShort();
    this.#tell();
    return { failed: this.#failed, bad: this.#bad };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transfers[Symbol.dispose]();
    await this.#data.close();
  }

  /** Lets the digest go on as far as everything is in place. */
  #tell(): void {
    const { tmp, digest } = this.#options;
    for (let [slice] = this.#untold; slice && tmp.has(slice.entry); [slice] = this.#untold) {
      digest?.advance(slice.offset + slice.length);
      this.#untold.shift();
    }
  }

  async #unmatched({ from, offset, length }: Slice, pace: Pace): Promise<void> {
    const { tmp } = this.#options;
    let position = offset;
    for await (const chunk of this.#data.read(from, length)) {
      tmp.write(chunk, position);
      position += chunk.length;
      await pace.step();
    }
  }

  async #part(slice: Slice): Promise<void> {
    const { plan, tmp, found, fresh, holes, checkFiles, signal } = this.#options;
    const { entry, part, offset, length } = slice;
    if (tmp.has(entry) || signal?.aborted) return;
    const place = this.#failed.has(part) ? undefined : found.get(part);
    if (!place) {
      if (fresh && !holes) tmp.writeZeros(offset, length);
      return;
    }
    const { located } = place;
    const write = (bytes: Uint8Array, position: number): void => tmp.write(bytes, offset + position);
    const done = (outcome: CopyOutcome): void => this.#done(slice, place, outcome);
    if (checkFiles) this.#transfers.add({ located, part: plan.parts[part], write, done });
    else await this.#unlessInterrupted(async () => done(await this.#copier.copy(located, plan.parts[part], write)));
    await this.#copy(false);
  }

  /** Has the parts copied that wait for it. */
  async #copy(toTheEnd: boolean): Promise<void> {
    await this.#unlessInterrupted(() => this.#transfers.run(toTheEnd));
  }

  /** The caller looks at the signal; until then there may be other work to finish. */
  async #unlessInterrupted(work: () => Promise<void>): Promise<void> {
    try {
      if (!this.#options.signal?.aborted) await work();
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }

  /** A part was copied, or could not be. */
  #done({ entry, part, offset, length }: Slice, { file, verified }: Found, outcome: CopyOutcome): void {
    const { plan, tmp, checkFiles, cache, reporter } = this.#options;
    if (outcome.kind === 'copied') {
      tmp.mark(entry);
      const { algorithm, digest } = plan.parts[part];
      if (file && checkFiles) cache?.remember(file, algorithm, digest);
      return;
    }
    tmp.writeZeros(offset, length);
    if (this.#failed.has(part)) return;
    this.#failed.add(part);
    // That a file of the right length and head is another one after all is no fault of the file.
    if (outcome.kind === 'differs' && !verified) return;
    this.#bad = true;
    reporter.warning(outcome.problem);
  }
}
