// jigdo-file scan
import { scanFiles } from '../../../cache/scan.js';
import { EXIT } from '../../../errors.js';
import { MIN_MIN_LENGTH } from '../../../make/make-template.js';
import { UsageError } from '../../usage-error.js';
import { listOriginalFiles, withOriginalCache, type Context } from '../context.js';
import { splitPair } from '../settings.js';

export async function run(context: Context): Promise<number> {
  const { settings, reporter, signal } = context;
  if (settings.cache === undefined) throw new UsageError('scan: Please specify a --cache file.');
  for (const text of settings.labels) splitPair('label', text);
  for (const text of settings.uris) splitPair('uri', text);
  await withOriginalCache(context, async (cache) =>
    scanFiles({
      files: [...(await listOriginalFiles(context))],
      cache,
      whole: settings.scanWholeFile,
      headLength: Math.max(MIN_MIN_LENGTH, settings.minLength),
      algorithms: [settings.algorithm],
      reporter,
      signal,
    }),
  );
  return EXIT.ok;
}
