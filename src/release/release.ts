// `jigdo release`: .jigdo and template of every image of a release, and lists of their checksums.
import type { Cache } from '../cache/types.js';
import type { Algorithm } from '../checksum/algorithm.js';
import { EXIT, JigdoError, type ExitCode } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { problemOf } from '../format/errors.js';
import { abortable, untilNow } from '../io/abort.js';
import { whileLocked } from '../io/lock.js';
import { isFolder } from '../io/is-file.js';
import { makeFolder, mustBeWritable } from '../io/make-folder.js';
import { outputTarget } from '../io/output-place.js';
import { LeftParts } from '../io/output.js';
import type { Reporter } from '../io/reporter.js';
import type { TreeFile } from '../tree/types.js';
import type { ReleaseConfig } from './config.js';
import { fileAt, stateOf } from './file-state.js';
import { findImages, type ReleaseImage } from './images.js';
import { makeOutputs } from './make-outputs.js';
import { outputsOf, writeRecord, type ImageRecord } from './record.js';
import { ReleaseProgress } from './release-progress.js';
import { shardOf, type Shard } from './shard.js';
import { stalenessOf } from './staleness.js';
import { sumsName, sumsText, writeSums, type Summed } from './sums.js';
import { listTrees } from './trees.js';
import { PartFiles } from './tree-state.js';

export interface ReleaseRun {
  readonly config: ReleaseConfig;
  readonly cache: Cache;
  /** How many cores to use. */
  readonly jobs: number;
  /** All images, if undefined. */
  readonly shard?: Shard;
  /** Say what would be done; write nothing. */
  readonly dryRun?: boolean;
  /** Make everything again. */
  readonly force?: boolean;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What became of an image. */
export interface ImageOutcome {
  readonly image: ReleaseImage;
  /** `current`: nothing was to be done. `stale`: it would have been made, but for the dry run. */
  readonly status: 'made' | 'current' | 'stale' | 'failed';
  /** Why it was made, or is stale, or failed. */
  readonly reasons: readonly string[];
  /** Of what was made or is current. */
  readonly record?: ImageRecord;
  /** Of a failure. */
  readonly exitCode?: ExitCode;
}

export interface ReleaseResult {
  /** In byte order of the images' names; those of other shards left out. */
  readonly images: readonly ImageOutcome[];
  /** Paths of the lists of checksums; none after a dry run. */
  readonly sums: readonly ByteString[];
  readonly seconds: number;
  /** 0, or the highest of the images that failed. */
  readonly exitCode: ExitCode;
}

/**
 * Makes what is not up to date of a release. An image that fails does not keep the others from being made.
 *
 * @throws JigdoError before any work if images, trees and outputs do not fit together, after it if a list of checksums cannot be
 *   written; the signal's reason: what was made by then is kept, and known to the next run
 */
export async function release(run: ReleaseRun): Promise<ReleaseResult> {
  return await abortable(run.signal, () => makeRelease(run));
}

async function makeRelease(run: ReleaseRun): Promise<ReleaseResult> {
  const began = performance.now();
  const { config, reporter, signal, shard, dryRun = false } = run;
  const all = await findImages(config, reporter);
  const files = await listTrees(config, all, reporter, signal);
  const images = shard ? shardOf(all, shard) : all;
  const work = new ReleaseWork(run, images, files);
  const { outcomes, sums } = dryRun ? { outcomes: await work.tryOut(), sums: [] } : await work.runAlone();
  return {
    images: outcomes,
    sums,
    seconds: (performance.now() - began) / 1000,
    exitCode: outcomes.reduce<ExitCode>((code, outcome) => worse(code, outcome.exitCode ?? EXIT.ok), EXIT.ok),
  };
}

function worse(a: ExitCode, b: ExitCode): ExitCode {
  return a > b ? a : b;
}

class ReleaseWork {
  readonly #run: ReleaseRun;
  readonly #images: readonly ReleaseImage[];
  readonly #files: readonly TreeFile[];
  readonly #parts: PartFiles;
  /** Reading more of the trees than the images are long costs more than to make the templates again. */
  readonly #budget: number;

  constructor(run: ReleaseRun, images: readonly ReleaseImage[], files: readonly TreeFile[]) {
    this.#run = run;
    this.#images = images;
    this.#files = files;
    this.#parts = new PartFiles(files, run.config);
    this.#budget = images.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Makes what is stale, and the lists. What killed runs have left is removed.
   *
   * @throws JigdoError if another run is at work, or something is in the way that may not be replaced
   */
  async runAlone(): Promise<{ outcomes: ImageOutcome[]; sums: ByteString[] }> {
    const { config, shard, reporter } = this.#run;
    for (const folder of [config.output, config.state]) makeFolder(folder);
    // Shards of a release may run beside one another.
    const share = shard ? `.${shard.index}-of-${shard.count}` : '';
    return await whileLocked(`${config.state}/release${share}`, reporter, async () => {
      const left = new LeftParts();
      this.#checkLists();
      const outputs = [
        ...this.#images.flatMap((image) => outputsOf(config, image)),
        ...this.#lists().map(({ path }) => path),
      ];
      for (const path of outputs) await left.tidy(path);
      const outcomes = await this.carryOut(await this.plan());
      return { outcomes, sums: await this.writeLists(outcomes) };
    });
  }

  /** What `runAlone` would come to, but for what only making an image can show. */
  async tryOut(): Promise<ImageOutcome[]> {
    const { config } = this.#run;
    for (const folder of [config.output, config.state]) if (!isFolder(folder)) mustBeWritable(folder);
    this.#checkLists();
    return await this.plan();
  }

  #lists(): { algorithm: Algorithm; path: ByteString }[] {
    const { config, shard } = this.#run;
    return config.sums.map((algorithm) => ({ algorithm, path: `${config.output}/${sumsName(algorithm, shard)}` }));
  }

  /** @throws JigdoError if something is in the way of a list that may not be replaced */
  #checkLists(): void {
    for (const { path } of this.#lists()) outputTarget(path, { force: true });
  }

  /** What is to be done: `current`, `stale`, or `failed` if that cannot be told or the outputs cannot be written. */
  async plan(): Promise<ImageOutcome[]> {
    const { config, force = false, dryRun = false } = this.#run;
    const options = { ...this.#run, parts: this.#parts, budget: this.#budget, force, dryRun };
    const outcomes: ImageOutcome[] = [];
    for (const image of this.#images) {
      outcomes.push(
        await this.#attempt(image, async () => {
          const verdict = await stalenessOf(image, options);
          if (!verdict.stale) {
            return { image, status: 'current', reasons: [], record: await this.#complete(image, verdict.record) };
          }
          for (const folder of [config.output, config.state]) mustBeWritable(folder);
          for (const path of outputsOf(config, image)) outputTarget(path, { force: true });
          return { image, status: 'stale', reasons: verdict.reasons };
        }),
      );
    }
    return outcomes;
  }

  /** Makes what is stale. */
  async carryOut(plan: readonly ImageOutcome[]): Promise<ImageOutcome[]> {
    const { config, reporter } = this.#run;
    const progress = new ReleaseProgress(
      reporter,
      plan.filter(({ status }) => status === 'stale').map(({ image }) => image),
      config.options.check,
    );
    const outcomes: ImageOutcome[] = [];
    for (const outcome of plan) {
      const made = outcome.status === 'stale' ? await this.#make(outcome, progress) : outcome;
      if (made.status === 'failed') reporter.warning(`${display(made.image.name)}: failed: ${made.reasons.join(', ')}`);
      outcomes.push(made);
    }
    return this.#recordContent(outcomes);
  }

  /** Writes the lists of checksums of what is made or current. */
  async writeLists(outcomes: readonly ImageOutcome[]): Promise<ByteString[]> {
    await untilNow(this.#run.signal);
    const files = outcomes.flatMap(({ image, record }): Summed[] =>
      record
        ? [
            { name: image.name, digests: record.image.digests },
            { name: image.jigdo, digests: record.jigdo.digests },
            { name: image.template, digests: record.template.digests },
          ]
        : [],
    );
    const lists = this.#lists();
    for (const { algorithm, path } of lists) await writeSums(path, sumsText(files, algorithm));
    return lists.map(({ path }) => path);
  }

  #make({ image, reasons }: ImageOutcome, progress: ReleaseProgress): Promise<ImageOutcome> {
    const { reporter } = this.#run;
    reporter.info(`${display(image.name)}: making, because ${reasons.join(', ')}`);
    return this.#attempt(image, async () => {
      const record = await makeOutputs(image, {
        ...this.#run,
        files: this.#files,
        listing: this.#parts.listing,
        reporter: progress.of(image),
      });
      return { image, status: 'made', reasons, record };
    });
  }

  async #attempt(image: ReleaseImage, work: () => Promise<ImageOutcome>): Promise<ImageOutcome> {
    try {
      return await work();
    } catch (error) {
      this.#run.signal?.throwIfAborted();
      // An error of the program is not one of this image.
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      const exitCode = error instanceof JigdoError ? error.exitCode : EXIT.failed;
      return { image, status: 'failed', reasons: [problem], exitCode };
    }
  }

  /** Adds digests that a list wants and an earlier run did not. */
  async #complete(image: ReleaseImage, record: ImageRecord): Promise<ImageRecord> {
    const { config, dryRun } = this.#run;
    const paths = {
      image: image.path,
      jigdo: `${config.output}/${image.jigdo}`,
      template: `${config.output}/${image.template}`,
    };
    let complete = record;
    for (const what of ['image', 'jigdo', 'template'] as const) {
      const { digests } = record[what];
      if (dryRun || config.sums.every((algorithm) => digests[algorithm] !== undefined)) continue;
      const file = fileAt(paths[what]);
      if (!file) throw new JigdoError(`${display(paths[what])}: removed meanwhile`);
      complete = { ...complete, [what]: await stateOf(file, config.sums, { ...this.#run, known: digests }) };
    }
    if (complete !== record) await writeRecord(config, image, complete);
    return complete;
  }

  /** Remembers the content of the trees, so that a later run knows them again whatever their times are. */
  async #recordContent(outcomes: readonly ImageOutcome[]): Promise<ImageOutcome[]> {
    const { config } = this.#run;
    const completed: ImageOutcome[] = [];
    for (const outcome of outcomes) {
      const { record } = outcome;
      let content: string | undefined;
      if (record?.tree.content === undefined && record?.tree.listing === this.#parts.listing) {
        content = await this.#parts.content({ ...this.#run, budget: this.#budget });
      }
      if (!record || content === undefined) {
        completed.push(outcome);
        continue;
      }
      const whole = { ...record, tree: { ...record.tree, content } };
      await writeRecord(config, outcome.image, whole);
      completed.push({ ...outcome, record: whole });
    }
    return completed;
  }
}
