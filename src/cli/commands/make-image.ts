// `jigdo make-image`
import { toJson } from '../../format/secrets.js';
import { toGlobText } from '../../tree/glob-text.js';
import { makeImage } from '../../rebuild/make-image.js';
import { withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import { refuseMixedStdout, type CommandContext } from '../context.js';
import { locateMissing, missingJson, missingLines } from '../missing-parts.js';
import { imageAndTemplate } from '../names.js';
import { partCache } from '../part-cache.js';
import { listFiles } from '../tree-arguments.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter, signal } = context;
  const { image, template, jigdo } = imageAndTemplate(args);
  refuseMixedStdout(args, { image });
  const result = await withCache(args, reporter, async (cache) => {
    const files = [...(await listFiles(args, context))];
    return makeImage({ image, template, files, force: args.flag('force'), cache: partCache(cache), reporter, signal });
  });
  const missing = locateMissing(result.missing, jigdo, reporter);
  for (const line of missingLines(missing)) reporter.info(line);
  if (args.flag('json')) {
    const { status, needed, found } = result;
    context.print(toJson({ image: toGlobText(image), status, needed, found, missing: missingJson(missing) }));
  }
  return result.exitCode;
}
