// jigdo-file make-template
import { EXIT } from '../../../errors.js';
import { display, type ByteString } from '../../../format/bytes.js';
import { baseOf } from '../../../format/paths.js';
import { makeTemplate } from '../../../make/make-template.js';
import { pathOf, type TreeFile } from '../../../tree/types.js';
import { availableParallelism } from 'node:os';
import { cacheFilesAt } from '../../cache.js';
import { refuseCache } from '../../own-inputs.js';
import { listOriginalFiles, namesMissing, withOriginalCache, type Context } from '../context.js';
import { splitPair } from '../settings.js';

export async function run(context: Context): Promise<number> {
  const { settings, reporter, signal, stdin } = context;
  const { image, jigdo, template } = settings;
  if (!image || !jigdo || !template) throw namesMissing('make-template', 'Not all of --image, --jigdo, --template');
  for (const output of [jigdo, template]) refuseCache(output, cacheFilesAt(settings.cache));
  const labels = firstOf(settings.labels.map((text) => labelOf(text)));
  const uris = firstOf(settings.uris.map((text) => splitPair('uri', text)));
  if (settings.files.length === 0 && settings.filesFrom.length === 0) {
    reporter.info('Warning - no files specified. The template will contain the complete image contents!');
  }
  const result = await withOriginalCache(context, (cache) =>
    makeTemplate({
      image,
      jigdo,
      template,
      files: () => listOriginalFiles(context),
      input: stdin.rest(),
      labels,
      uris,
      algorithm: settings.algorithm,
      compression: settings.compression,
      level: settings.level,
      minLength: settings.minLength,
      merge: settings.merge,
      imageSection: settings.imageSection,
      serversSection: settings.serversSection,
      matchExec: settings.matchExec && Buffer.from(settings.matchExec, 'latin1').toString('utf8'),
      cache,
      force: settings.force,
      jobs: availableParallelism(),
      reporter,
      signal,
      onMatch: ({ file, offset }) => tellMatch(context, file, offset),
    }),
  );
  if (reporter.mode === 'default') reporter.info(`Finished - image size is ${result.image.length} bytes.`);
  return EXIT.ok;
}

/** `LABEL=PATH` as prefix -> label. */
function labelOf(text: ByteString): [ByteString, ByteString] {
  const [label, path] = splitPair('label', text);
  return [baseOf(path), label];
}

/** Of several values for one key the first counts: so the original does it, and scripts were written with it. */
function firstOf(pairs: readonly (readonly [ByteString, ByteString])[]): Map<ByteString, ByteString> {
  return new Map([...pairs].reverse());
}

function tellMatch({ reporter, print }: Context, file: TreeFile, offset: number): void {
  if (reporter.mode === 'grep') print(`${offset} ${pathOf(file)}`);
  else reporter.info(`Match of \`${display(file.rest)}' at offset ${offset}`);
}
