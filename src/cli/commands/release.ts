// `jigdo release`
import { existsSync } from 'node:fs';
import { EXIT } from '../../errors.js';
import { display, toPath, type ByteString } from '../../format/bytes.js';
import { toJson } from '../../format/secrets.js';
import { folderOf } from '../../format/paths.js';
import { makeFolder } from '../../io/make-folder.js';
import { refuseInput } from '../../io/output-place.js';
import { CONFIG_NAMES, placeholderWarnings, readConfig, type ReleaseConfig } from '../../release/config.js';
import { outputsOf } from '../../release/record.js';
import { sumsName } from '../../release/sums.js';
import { findImages } from '../../release/images.js';
import { requireTrees } from '../../release/trees.js';
import { release } from '../../release/release.js';
import type { Shard } from '../../release/shard.js';
import { cacheFilesOf, withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import { jobsOf, type CommandContext } from '../context.js';
import { refuseCache } from '../own-inputs.js';
import { releaseJson, releaseLines } from '../release-summary.js';
import { parsePercent } from '../units.js';
import { UsageError } from '../usage-error.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  if (args.operands.length > 1) throw new UsageError('One configuration file at a time');
  if (args.flag('init')) {
    const { writeStartingConfig } = await import('../../release/starting-config.js');
    const path = args.operands[0] ?? CONFIG_NAMES[0];
    for (const line of await writeStartingConfig(path)) context.reporter.info(line);
    return EXIT.ok;
  }
  const { reporter, signal, print } = context;
  const config = withMinMatched(readConfig(args.operands[0] ?? configHere()), args.text('min-matched'));
  const dryRun = args.flag('dry-run');
  const shard = shardArgument(args.text('shard'));
  const jobs = jobsOf(args);
  // Before a folder is made for the cache.
  const images = await findImages(config, reporter);
  const lists = config.sums.map((algorithm) => `${config.output}/${sumsName(algorithm, shard)}`);
  for (const output of [...images.flatMap((image) => outputsOf(config, image)), ...lists]) {
    refuseInput(output, config.path, 'the configuration');
    refuseCache(output, cacheFilesOf(args, config.cache));
  }
  requireTrees(config);
  for (const line of placeholderWarnings(config)) reporter.warning(line);
  const result = await withCache(
    args,
    reporter,
    (cache) => release({ config, cache, jobs, shard, dryRun, force: args.flag('force'), reporter, signal }),
    { file: cacheOf(config, dryRun) },
  );
  reporter.finish();
  for (const line of releaseLines(result, shard)) reporter.info(line);
  if (args.flag('json')) print(toJson(releaseJson(result, config, shard)));
  return result.exitCode;
}

function withMinMatched(config: ReleaseConfig, percent: ByteString | undefined): ReleaseConfig {
  if (percent === undefined) return config;
  return { ...config, options: { ...config.options, minMatched: parsePercent(percent) } };
}

function configHere(): ByteString {
  const name = CONFIG_NAMES.find((each) => existsSync(each));
  if (name !== undefined) return name;
  throw new UsageError(`No configuration file: name one, or make ${CONFIG_NAMES[0]} with \`jigdo release --init'`);
}

/** The cache of the configuration: its folder is made, unless nothing may be written. */
function cacheOf({ cache, state }: ReleaseConfig, dryRun: boolean): ByteString | undefined {
  if (dryRun) return existsSync(toPath(cache)) ? cache : undefined;
  if (`${state}/`.startsWith(folderOf(cache))) makeFolder(state);
  return cache;
}

function shardArgument(text: ByteString | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  const [, index, count] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new UsageError(`Invalid share \`${display(text)}' (must be I/N with I from 1 to N, as in 2/4)`);
}
