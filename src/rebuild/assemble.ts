// One pass over the image in an IMAGE.tmp, front to back, putting in place what is at hand.
import { setTimeout } from 'node:timers/promises';
import { DIGEST_READ_BYTES } from '../checksum/stream/loop.js';
import type { FollowingDigest } from '../checksum/stream/client.js';
import type { Reporter } from '../io/reporter.js';
import { mismatch, PartCopier, type CopyOutcome } from './copy-part.js';
import { LateChecks } from './late-checks.js';
import { Interrupted, Pace } from './pace.js';
import type { Located } from './located.js';
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
  /** The image's digest, which follows what is there. If it watches the parts, that checks them. */
  readonly digest: FollowingDigest | undefined;
  readonly cache: PartCache | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** So far the copies run ahead of the digest that checks them: what is not checked is lost if the work is interrupted. Bytes. */
const COPIES_AHEAD_BYTES = 256 << 20;

/** So many milliseconds later it is looked again whether the digest has come near. */
const FRONTIER_POLL_MS = 2;

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
  /** So many bytes from the image's beginning the digest has been told to read. */
  #told = 0;
  /** Whether the digest was told to read a part that turned out to be wrong: its result is of no use, so it is told nothing more in this pass. */
  #misled = false;
  readonly #checks = new LateChecks();
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
    await this.#checks.settle(this.#told - (this.#told % DIGEST_READ_BYTES));
    // What could not be checked so is copied once more.
    await this.#copy(true);
    this.#tell();
    return { failed: this.#failed, bad: this.#bad };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transfers[Symbol.dispose]();
    await this.#data.close();
  }

  /** Lets the digest go on as far as everything is there. */
  #tell(): void {
    const { plan, tmp, digest } = this.#options;
    if (this.#misled) return;
    for (let [slice] = this.#untold; slice; [slice] = this.#untold) {
      if (!tmp.has(slice.entry) && !this.#checks.has(slice.entry)) return;
      this.#told = slice.offset + slice.length;
      // With the last byte it would end, and could not begin anew any more.
      if (!this.#checks.isEmpty) this.#told = Math.min(this.#told, plan.length - 1);
      digest?.advance(this.#told);
      this.#untold.shift();
    }
  }

  /** Takes back what the digest was told of a slice that is wrong, and what comes behind it. */
  #mislead({ offset }: Slice): void {
    // The first wrong one is the frontier until all are right.
    if (this.#misled || this.#told <= offset) return;
    this.#misled = true;
    this.#options.digest?.restart(offset);
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
    const done = (outcome: CopyOutcome): void => {
      this.#done(slice, place, outcome);
      // The digest may have been told to read the slice before the check of the part was given up and the part copied once more.
      if (outcome.kind !== 'copied') this.#mislead(slice);
    };
    const copyChecked = (): void => this.#transfers.add({ located, part: plan.parts[part], write, done });
    const coming = checkFiles ? this.#digestOf(slice) : undefined;
    if (checkFiles && !coming) {
      copyChecked();
    } else {
      await this.#unlessInterrupted(async () => {
        if (coming) await this.#keepNear(offset);
        const outcome = await this.#copier.copy(located, plan.parts[part], (bytes, position) => {
          write(bytes, position);
          return coming && this.#tellWithin(slice, offset + position + bytes.length);
        });
        if (coming && outcome.kind === 'copied') {
          this.#checks.add(slice, coming, this.#judge(slice, located, done, copyChecked));
        } else {
          done(outcome);
        }
      });
    }
    await this.#copy(false);
  }

  /** Lets the digest go on within a part, whose bytes before `end` are there: a large one would keep it waiting for long. */
  #tellWithin(slice: Slice, end: number): Promise<void> | undefined {
    if (this.#misled || this.#untold[0] !== slice) return undefined;
    this.#told = end;
    this.#options.digest?.advance(end);
    return this.#keepNear(end);
  }

  /** The digest of a slice, if it will come with the image's, before that ends. */
  #digestOf({ offset, length }: Slice): Promise<Uint8Array | undefined> | undefined {
    const { plan, digest } = this.#options;
    if (offset + length > plan.length - DIGEST_READ_BYTES) return undefined;
    const coming = digest?.digestOf(offset, length);
    return coming instanceof Promise ? coming : undefined;
  }

  /** What is done when the digest of a slice has come, or does not. */
  #judge(
    slice: Slice,
    located: Located,
    done: (outcome: CopyOutcome) => void,
    copyChecked: () => void,
  ): (digest: Uint8Array | undefined) => void {
    const { plan } = this.#options;
    return (digest) => {
      if (!digest) {
        copyChecked();
        return;
      }
      const isPart = Buffer.compare(digest, plan.parts[slice.part].digest) === 0;
      done(isPart ? { kind: 'copied' } : mismatch(located));
    };
  }

  /** Waits until the digest, if it has something to do, has come near byte `offset`. */
  async #keepNear(offset: number): Promise<void> {
    const { digest } = this.#options;
    while (digest && digest.done + COPIES_AHEAD_BYTES < offset && !digest.failure) {
      // It may wait for parts that wait for company.
      await this.#copy(true);
      this.#tell();
      if (digest.done + DIGEST_READ_BYTES > this.#told) return;
      await setTimeout(FRONTIER_POLL_MS);
      await this.#pace.step();
    }
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
