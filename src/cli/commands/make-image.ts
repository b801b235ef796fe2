// `jigdo make-image`
import { toJson } from '../../format/secrets.js';
import { existsSync } from 'node:fs';
import { toPath } from '../../format/bytes.js';
import { toGlobText } from '../../tree/glob-text.js';
import { ListedUris } from '../../inspect/listed-uris.js';
import { refuseInput } from '../../io/output-place.js';
import { makeImage } from '../../rebuild/make-image.js';
import type { TreeFile } from '../../tree/types.js';
import { AbsentSources } from '../absent-sources.js';
import { withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import { refuseMixedStdout, type CommandContext } from '../context.js';
import { locateMissing, missingJson, missingPartLines } from '../missing-parts.js';
import { imageAndTemplate } from '../names.js';
import { refuseOwnInputs } from '../own-inputs.js';
import { partCache } from '../part-cache.js';
import { listFiles } from '../tree-arguments.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter, signal } = context;
  // Without an option it says which image, with one where parts may be.
  const isNamed = ['image', 'output', 'jigdo', 'template'].some((name) => args.text(name) !== undefined);
  const [first] = args.operands;
  const operand = !isNamed && /\.(?:jigdo|template)$/.test(first ?? '') ? first : undefined;
  const { image, template, jigdo } = imageAndTemplate(args, operand);
  refuseMixedStdout(args, { image });
  refuseOwnInputs(args, image);
  if (jigdo !== undefined) refuseInput(image, jigdo, 'the .jigdo');
  const absent = new AbsentSources(reporter, 'will be missing');
  const result = await withCache(args, reporter, async (cache) => {
    let files: TreeFile[] = [];
    const sources = operand === undefined ? args : args.withoutFirst();
    const list = async (): Promise<TreeFile[]> => (files = [...(await listFiles(sources, context, absent.onUnusable))]);
    const onPlan = (needed: number): void =>
      absent.tell(needed, files.length > 0 || existsSync(toPath(`${image}.tmp`)));
    const options = { image, template, files: list, onPlan, force: args.flag('force') };
    return makeImage({ ...options, cache: partCache(cache), reporter, signal });
  });
  const listed = new ListedUris(result.missing.length);
  const missing = locateMissing(result.missing, jigdo, reporter, args.flag('json') ? listed.wanted : 1);
  for (const line of missingPartLines(missing)) reporter.info(line);
  if (args.flag('json')) {
    const { status, needed, found } = result;
    context.print(toJson({ image: toGlobText(image), status, needed, found, missing: missingJson(missing, listed) }));
  }
  return result.exitCode;
}
